"""What a result was made from, in words that name no place: the same input read from another mount says the same.

Of a source's files on this machine or in a bucket of the builder's nothing is said: what was read of them is named by
its content, in the names of the tasks. Addresses on the web stay, as they are what they name. Of lists and models the
file's name is left; their contents have digests under `resources`.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel

from pipeline.config import PipelineConfig
from pipeline.inputs import IMMUTABLE
from pipeline.plan import PlannedStage
from pipeline.stages.documents import DocumentsStage
from shards import files

LOCATED = ("path", "model")  # of filters: a model's file, or its address


def lineage_of(
    config: PipelineConfig, plans: Sequence[PlannedStage], unreadable: Iterable[str], inputs: Sequence[str]
) -> dict[str, Any]:
    """Return the configuration and the stages of a result, and the inputs that could not be read to their end.

    `unreadable` says which, each with why; `inputs` are all files that were looked at.
    """
    ran = config.model_dump(mode="json", exclude={"output": True, "ray": True, "parameters": True, "crawl": NETWORK})
    ran["stages"] = [_without_places(stage) for stage in ran["stages"]]
    names = {place: name for place in _places(config.stages) if (name := _last(place)) != place}
    stages = [{"folder": plan.folder.rpartition("/")[2], **plan.basis} for plan in plans]
    known = {uri: _name(uri, config) for uri in inputs}
    return {
        "config": _renamed(ran, names),
        "stages": _renamed(stages, names),
        "unreadable": sorted(_placeless(why, known) for why in unreadable),
    }


NETWORK = {"test_network"}


def _without_places(stage: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a stage without where the sources and the earlier indexes lie."""
    kept = {name: value for name, value in stage.items() if name != "against"}
    if "sources" in kept:
        kept["sources"] = [_source(source) for source in kept["sources"]]
    return kept


def _source(source: Mapping[str, Any]) -> dict[str, Any]:
    public = {
        "paths": [path for path in source["paths"] if _public(path)],
        "prefix": source["prefix"] if _public(source["prefix"]) else "",
    }
    kept = {name: value for name, value in source.items() if name not in public}
    return kept | {name: value for name, value in public.items() if value}


def _public(place: str) -> bool:
    """Return whether a place is the same to everyone, and what lies there never another."""
    return files.scheme(place) in IMMUTABLE


def _places(value: Any) -> Iterator[str]:
    """Yield the places that settings name: every path, and every model's."""
    if isinstance(value, Path):
        yield str(value)
    elif isinstance(value, BaseModel):
        for name, item in value:
            yield from [item] if name in LOCATED and isinstance(item, str) else _places(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _places(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _places(item)


def _last(place: str) -> str:
    return place if _public(place) else PurePosixPath(place).name


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if not names:
        return value
    if isinstance(value, Mapping):
        return {name: _renamed(item, names) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_renamed(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def _name(uri: str, config: PipelineConfig) -> str:
    """Return the name of an input within its source: its path below the folder that a pattern begins with."""
    if _public(uri):
        return uri
    roots = {_root(path) for stage in config.stages if isinstance(stage, DocumentsStage) for path in _paths(stage)}
    above = [root for root in roots if uri.startswith(root)]
    return uri.removeprefix(max(above, key=len)) if above else uri.rpartition("/")[2]


def _paths(stage: DocumentsStage) -> list[str]:
    return [path for source in stage.sources for path in source.paths]


def _root(pattern: str) -> str:
    """Return the folder that a pattern begins with, with a slash at its end."""
    fixed = re.split(r"[*?\[]", pattern)[0]
    return fixed.rpartition("/")[0] + "/" if fixed != pattern else pattern.rstrip("/") + "/"


def _placeless(text: str, names: Mapping[str, str]) -> str:
    """Return a message in which inputs have their names in the place of where they lie."""
    for uri in sorted(names, key=len, reverse=True):
        if files.scheme(uri) is None:
            text = text.replace(os.path.abspath(uri), names[uri])
        text = text.replace(uri, names[uri])
    return text
