"""Evaluation items out of the files of their repositories: JSON, lines of JSON, and tables."""

import csv
import gzip
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.decontamination.index import Item
from pipeline.decontamination.settings import Benchmark
from pipeline.errors import ConfigError

_FIELD = re.compile(r"\{([^{}]+)\}")


def items(benchmark: Benchmark, root: Path) -> Iterator[Item]:
    """Yield the items of a set, in the order of its files.

    Raises
    ------
    ConfigError
        naming the file that cannot be read so, or in which nothing asks.
    """
    folder = root / benchmark.name
    for path in sorted({path for pattern in benchmark.paths for path in folder.glob(pattern) if path.is_file()}):
        asked = 0
        try:
            for number, row in enumerate(_rows(benchmark, path)):
                for place, item in enumerate(_items(benchmark, row, f"{path.relative_to(folder)}#{number}")):
                    asked += bool(item.question)
                    yield item if not place else Item(**{**vars(item), "id": f"{item.id}.{place}"})
        except (ValueError, csv.Error) as error:
            raise ConfigError(f"{benchmark.name}: {path}: {error}") from error
        if not asked:
            raise ConfigError(f"{benchmark.name}: {path}: no item has {benchmark.question!r}")


def _items(benchmark: Benchmark, row: Any, place: str) -> Iterator[Item]:
    """Yield the item of a row; where its question is in a list, one for each, with the options at the same place."""
    questions = _texts(row, benchmark.question)
    options = [text for field in benchmark.options for text in _texts(row, field)]
    answer = " ".join(_texts(row, benchmark.answer)) if benchmark.answer else ""
    passage = " ".join(_texts(row, benchmark.passage)) if benchmark.passage else ""
    for question in questions:
        yield Item(benchmark.name, f"{benchmark.name}/{place}", question, tuple(options), answer, passage)


def _rows(benchmark: Benchmark, path: Path) -> Iterator[Any]:
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    if benchmark.format == "jsonl":
        yield from (json.loads(line) for line in text.splitlines() if line.strip())
    elif benchmark.format == "json":
        found = json.loads(text)
        for key in benchmark.items.split(".") if benchmark.items else ():
            found = [one for part in _listed(found) if isinstance(part, Mapping) for one in _listed(part.get(key, ()))]
        yield from _listed(found)
    else:
        dialect = "excel" if benchmark.format == "csv" else "excel-tab"
        table = list(csv.reader(io.StringIO(text), dialect))
        names = table.pop(0) if benchmark.header and table else [str(n) for n in range(len(table[0]) if table else 0)]
        yield from (dict(zip(names, line, strict=False)) for line in table if line)


def _listed(found: Any) -> Sequence[Any]:
    return (
        list(found.values())
        if isinstance(found, Mapping) and not _is_item(found)
        else (found if isinstance(found, list) else [found])
    )


def _is_item(found: Mapping[str, Any]) -> bool:
    """Return whether a mapping is one thing, and not a table of things by their ids."""
    return not all(isinstance(value, Mapping) for value in found.values()) or not found


def _texts(row: Any, field: str) -> list[str]:
    """Return the texts of a field; several where lists lie on the way."""
    if "{" in field:
        return [" ".join(_FIELD.sub(lambda match: " ".join(_texts(row, match[1])), field).split())]
    found = [row]
    for key in field.split("."):
        found = [
            value for one in found for part in _flat(one) if isinstance(part, Mapping) for value in [part.get(key)]
        ]
    return [str(text) for one in found for text in _flat(one, values=True) if text is not None and str(text).strip()]


def _flat(found: Any, *, values: bool = False) -> Iterator[Any]:
    if isinstance(found, list):
        for one in found:
            yield from _flat(one, values=values)
    elif values and isinstance(found, Mapping):
        for one in found.values():
            yield from _flat(one, values=True)
    else:
        yield found
