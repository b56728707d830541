"""Journeys as JSON, for programs: a form that is described in docs/asking.md, and stays.

    format       1; a change that a reader must know of has another number
    run          the output folder that was asked
    documents    a list: one for each document that has the wanted id, URL or source id
        document     every column of `shards.schema.DOCUMENT`, as the run leaves it, the text included
        rejected_by  `filter.signal`, or null; rejected_in: the stage
        published    the release shard that has it, or null
        verdicts     by stage: the columns of its verdicts
        signals      name, value, bound, outcome (`pipeline.answers.journey.Outcome`)

Days are written 2026-11-22, instants 2026-11-22T08:00:00+00:00. JSON has no NaN: it is null, and a signal's `outcome`
tells `undefined`, which was measured and has no value, from `rejected_before`, which was not measured.
"""

import datetime
import math
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import JsonValue

from pipeline.answers.journey import Journey
from pipeline.answers.measurement import Measurement

FORMAT = 1


def journeys_as_json(run: str, journeys: Iterable[Journey]) -> dict[str, JsonValue]:
    """Return the journeys of the documents that a question found in a run."""
    return {"format": FORMAT, "run": run, "documents": [journey_as_json(journey) for journey in journeys]}


def journey_as_json(journey: Journey) -> dict[str, JsonValue]:
    """Return one journey."""
    return {
        "document": json_value(journey.document),
        "rejected_by": journey.rejected_by,
        "rejected_in": journey.rejected_in,
        "published": journey.published,
        "verdicts": json_value(journey.verdicts),
        "signals": [_measurement(measurement) for measurement in journey.signals],
    }


def _measurement(measurement: Measurement) -> dict[str, JsonValue]:
    return {
        "name": measurement.name,
        "value": json_value(measurement.value),
        "bound": measurement.bound.model_dump(mode="json"),
        "outcome": measurement.outcome,
    }


def json_value(value: Any) -> JsonValue:
    """Return a value of an Arrow row as JSON has it.

    Raises
    ------
    TypeError
        for a value of a type that no column has.
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case datetime.date():  # a datetime is one, too
            return value.isoformat()
        case Mapping():
            return {str(key): json_value(item) for key, item in value.items()}
        case list() | tuple():
            return [json_value(item) for item in value]
    raise TypeError(f"no form in JSON for a {type(value).__name__}: {value!r}")
