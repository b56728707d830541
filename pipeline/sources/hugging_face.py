"""Hugging Face datasets, in a folder or on the hub: `datasets` finds the files, and they are read as what they are.

A path is a folder with data files, a folder that `save_to_disk` wrote, or `hf://datasets/owner/name@revision`. The
rows are those of the sources `parquet`, `arrow`, `jsonl` and `csv`, in their tasks and with their reasons.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias

from pipeline.errors import ConfigError, SourceError
from pipeline.sources.arrow import Arrow
from pipeline.sources.base import Row, Skipped, Source, Split
from pipeline.sources.delimited import Delimited
from pipeline.sources.fields import Fields
from pipeline.sources.jsonl import Jsonl
from pipeline.sources.names import File, Names, divided
from pipeline.sources.parquet import Parquet
from shards import files, globs

_HUB = "hf://datasets/"
_OWN = {"kind", "paths", "config", "split"}

Tabular: TypeAlias = Parquet | Arrow | Jsonl | Delimited
_KINDS: tuple[type[Tabular], ...] = (Parquet, Arrow, Jsonl, Delimited)


class HuggingFace(Source):
    """One split of one configuration of a dataset."""

    kind: Literal["hugging_face"] = "hugging_face"
    config: str | None = None  # the configuration of the data set, if it has several
    split: str = "train"  # the split to read, e.g. train or validation
    fields: Fields = Fields()  # which field of a record is which column

    supported: ClassVar[tuple[str, ...]] = tuple(suffix for kind in _KINDS for suffix in kind.suffixes)

    def pieces(self, file: File, size: int) -> list[Split]:
        """Return the tasks of a file, as the source of its format cuts it."""
        return self._reader(file.uri).pieces(file, size)

    def columns(self, file: str) -> list[str] | None:
        return self._reader(file).columns(file)

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield the rows of the file, as the source of its format gives them."""
        return self._reader(split.file).read(split, skipped)

    def _reader(self, file: str) -> Tabular:
        declared = {name: value for name, value in self if name not in _OWN}
        for kind in _KINDS:
            if file.lower().endswith(kind.suffixes):
                return kind(**declared, paths=(file,))
        raise ConfigError(
            f"{self.name}: {file}: of the formats of datasets, these are read: {', '.join(self.supported)}"
        )

    def _files(self, pattern: str, names: Names) -> Iterator[tuple[File, int | None]]:
        uris = self._files_of(pattern)
        if not uris:
            raise ConfigError(f"{self.name}: {pattern} has no files of the split {self.split}")
        for uri in uris:
            (info,) = globs.expand([uri])
            yield File(uri, names.name(*_divided(uri, pattern))), info.size

    def _files_of(self, path: str) -> list[str]:
        for folder in (Path(path) / self.split, Path(path)):
            if (folder / "state.json").is_file():  # of save_to_disk
                state = json.loads((folder / "state.json").read_bytes())
                return [files.join(str(folder), item["filename"]) for item in state["_data_files"]]
        name, _, revision = path.removeprefix(_HUB).partition("@") if path.startswith(_HUB) else (path, "", "")
        resolved = _data_files(self.name, name, self.config, revision or None)
        if self.split not in resolved:
            raise ConfigError(f"{self.name}: split: {self.split} is none of {', '.join(sorted(resolved))} of {path}")
        return resolved[self.split]


def _divided(uri: str, path: str) -> tuple[str, str]:
    """Return the dataset that a file belongs to, without its revision, and the file's path in it."""
    if uri.startswith(_HUB) and "@" in uri:
        dataset, _, revised = uri.partition("@")
        return dataset, revised.partition("/")[2]
    absolute = os.path.abspath(uri)
    for folder in (os.path.abspath(path), os.path.realpath(path)):
        if absolute.startswith(folder + "/"):
            return path, absolute.removeprefix(folder + "/")
    return divided(uri, "")


def _data_files(source: str, name: str, config: str | None, revision: str | None) -> dict[str, list[str]]:
    import datasets  # 0.7 s in every worker, and only planning needs it

    try:
        builder: Any = datasets.load_dataset_builder(name, config, revision=revision)
    except (ValueError, FileNotFoundError, datasets.exceptions.DatasetsError) as error:
        raise ConfigError(f"{source}: paths: {name}: {error}") from error
    except OSError as error:
        raise SourceError(f"{source}: {name}: {error}") from error
    return {str(split): [str(file) for file in uris] for split, uris in (builder.config.data_files or {}).items()}
