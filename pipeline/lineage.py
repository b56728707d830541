"""What a result was made from, in words that name no place: the same input read from another mount says the same.

Of where a source's files lie nothing is said: what was read is named by its content, in the names of the tasks, and a
document's provenance names the file within its source. Of lists and models the file's name is left, or the address on
the web; their contents have digests under `resources`.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel

from pipeline.config import PipelineConfig
from pipeline.inputs import IMMUTABLE
from pipeline.plan import PlannedStage
from shards import files
from shards.secrets import redacted_in

LOCATED = ("path", "model")  # of filters: a model's file, or its address
# Of a configuration, what decides nothing but where; of plug-ins the code is named in each stage.
PLACES: dict[str, Any] = dict.fromkeys(("output", "buckets", "ray", "parameters", "modules"), True) | {
    "crawl": {"test_network"}
}


def lineage_of(config: PipelineConfig, plans: Sequence[PlannedStage], unreadable: Sequence[str]) -> dict[str, Any]:
    """Return the configuration and the stages of a result, and the inputs that could not be read to their end, and why.

    `unreadable` calls them by their names within their sources.
    """
    ran = config.model_dump(mode="json", exclude=PLACES)
    ran["stages"] = [_without_places(stage) for stage in ran["stages"]]
    names = {place: name for place in _places(config.stages) if (name := _last(place)) != place}
    stages = [{"folder": plan.folder.rpartition("/")[2], **plan.basis} for plan in plans]
    made_from = {
        "config": _renamed(ran, names),
        "stages": _renamed(stages, names),
        "unreadable": list(unreadable),
    }
    return {name: redacted_in(value) for name, value in made_from.items()}


def _without_places(stage: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a stage without where the sources and the earlier indexes lie."""
    kept = {name: value for name, value in stage.items() if name != "against"}
    if "sources" in kept:
        kept["sources"] = [
            {name: value for name, value in source.items() if name not in ("paths", "prefix")}
            for source in kept["sources"]
        ]
    return kept


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
    return place if files.scheme(place) in IMMUTABLE else PurePosixPath(place).name


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if not names:
        return value
    if isinstance(value, Mapping):
        return {name: _renamed(item, names) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_renamed(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value
