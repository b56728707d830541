"""What the lineage of a release says of how its documents may be used, and of how many there were."""

from collections.abc import Iterator, Mapping, Set
from typing import Any

from pydantic import JsonValue

from pipeline.authorisation import Authorisation, Use
from pipeline.errors import ShardError


def trial_in(lineage: Mapping[str, Any]) -> int | None:
    """Return how many documents were read of each source, at most, if that was limited."""
    return next((stage["limit"] for stage in lineage["config"]["stages"] if stage.get("limit") is not None), None)


def check_authorised(lineage: Mapping[str, Any], sources: Set[str]) -> None:
    """Raise ShardError if one of the sources that are published may not be, by its record: `documents` has judged so.

    It stands between a mistake there, or a shard from elsewhere, and a release of what nobody may pass on.
    """
    for record in authorisations_in(lineage):
        name, use = record.pop("source"), Use.model_validate(record.pop("use"))
        if name in sources and (why := Authorisation.model_validate(record).refusal(use)):
            raise ShardError(
                f"publish: documents of {name} were kept, and its authorisation does not admit them: {why}"
            )


def authorisations_in(lineage: Mapping[str, Any]) -> Iterator[dict[str, JsonValue]]:
    """Yield the record of each source that has one, with the use by which it was judged."""
    for stage in lineage["config"]["stages"]:
        for source in stage.get("sources", ()):
            if source["authorisation"] is not None:
                yield {"source": source["name"], **source["authorisation"], "use": stage["use"]}
