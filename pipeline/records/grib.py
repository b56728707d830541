"""GRIB messages: which field, where, when, on which level, and what its values say. Needs ecCodes (extra `grib`).

Places of extremes are those of the grid's own points. The first two fields are told in sentences, all in a table.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from pipeline.records import grids
from pipeline.records.facts import Cells, Fact, Record, content_of, present
from pipeline.records.grids import TOLD, Summary, mean, number

Keys: TypeAlias = Mapping[str, Any]
ROWS = 200  # of the table
CORNERS = tuple(
    f"{axis}GridPointInDegrees" for axis in ("latitudeOfFirst", "latitudeOfLast", "longitudeOfFirst", "longitudeOfLast")
)
LARGEST = 1 << 26  # values of a message that is decoded
MOST = 1 << 30  # values of a file that are decoded: of messages behind them only the keys are told


def values_of(eccodes: Any, handle: Any) -> dict[str, Any]:
    """Return the extremes of a message with their places, its mean, and how many values it has and lacks."""
    size = int(eccodes.codes_get_size(handle, "values"))
    if not 0 < size <= LARGEST:
        return {"size": size}
    missing = -1e100
    eccodes.codes_set(handle, "missingValue", missing)
    values = eccodes.codes_get_values(handle)
    there = values != missing
    if not there.any():
        return {"size": size, "missing": size}
    places = np.flatnonzero(there)
    low, high = int(places[values[there].argmin()]), int(places[values[there].argmax()])
    figures = {"size": size, "missing": int(size - len(places)), "low": float(values[low]), "high": float(values[high])}
    return figures | {
        "mean": float(values[there].mean()),
        "low_at": _at(eccodes, handle, low),
        "high_at": _at(eccodes, handle, high),
    }


def _at(eccodes: Any, handle: Any, place: int) -> str | None:
    try:
        north, east = (
            eccodes.codes_get_double_elements(handle, key, [place])[0] for key in ("latitudes", "longitudes")
        )
    except eccodes.CodesInternalError:
        return None
    return f"{number(north, packed=True)}° N, {number(east, packed=True)}° E"


def record(shared: Keys, messages: Sequence[Keys]) -> Record:
    """Return the record of a file: what its messages share, and the keys and values of each."""
    rows = [_row(message) for message in messages[:ROWS]]
    fields = [field for message in messages if (field := _field(message)) is not None]
    facts: dict[str, Fact | None] = {
        "centre": _said(shared.get("centreDescription")),
        "date": _said(shared.get("date")),
        "time": f"{shared['dataTime']:04d}" if isinstance(shared.get("dataTime"), int) else None,
        "messages": str(len(messages)),
        "edition": _said(shared.get("edition")),
        "grid": _said(shared.get("gridType")),
        "columns": _said(shared.get("Ni")),
        "lines": _said(shared.get("Nj")),
        "fields": rows,
    }
    content = [str(value) for value in facts.values() if isinstance(value, str)]
    content += [str(cell) for row in rows for cell in row.values() if cell]
    unread = sum(max(int(message.get("size") or 0) - 2, 0) for message in messages)
    return Record(
        "grib",
        present(facts),
        content_of([*content, *(one.content for one in fields)]),
        parts=tuple(fields[:TOLD]),
        unread=unread,
    )


def _said(value: object) -> str | None:
    return None if value is None else str(value)


def _level(message: Keys) -> str | None:
    kind, level = _said(message.get("typeOfLevel")), message.get("level")
    return f"{kind} {level}" if kind and level is not None else kind


def _row(message: Keys) -> Cells:
    numbers_said = {key: _number(message.get(key)) for key in ("low", "high")}
    return {
        "name": _said(message.get("name")),
        "short": _said(message.get("shortName")),
        "unit": _said(message.get("units")),
        "level": _level(message),
        "step": _said(message.get("stepRange")),
        "mean": mean(message["mean"]) if "mean" in message else None,
        **numbers_said,
    }


def _number(value: Any) -> str | None:
    return None if value is None else number(value, packed=True)


def _field(message: Keys) -> Record | None:
    if "mean" not in message:
        return None
    name = _said(message.get("name")) or _said(message.get("shortName")) or "?"
    step = _said(message.get("stepRange"))
    size, missing = message["size"], message["missing"]
    statistics = Summary(size - missing, missing, message["low"], message["high"], (), (), message["mean"])
    facts: dict[str, Fact | None] = {
        "unit": _said(message.get("units")),
        "low_at": message.get("low_at"),
        "high_at": message.get("high_at"),
        "level": _level(message),
        "area": _area(message),
        "time": f"+{step} h" if step else None,
    }
    return grids.field(name, statistics, lambda value: number(value, packed=True), Name=name, **facts)


def _area(message: Keys) -> str | None:
    corners = [message.get(axis) for axis in CORNERS]
    if any(corner is None for corner in corners):
        return None
    north, south, west, east = (number(corner, packed=True) for corner in corners)
    return f"{north}° N … {south}° N, {west}° E … {east}° E"
