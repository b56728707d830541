"""NetCDF data sets: what is said of them, and what their values say: range, mean, where and when the extremes are.

Read after the CF conventions (https://cfconventions.org): a coordinate variable has the name of its dimension; those of
two dimensions are named by `coordinates`, or as models name them (XLAT, XLONG, nav_lat, nav_lon). Times are decoded by
their units and calendar. The first two fields are told in sentences, all in a table.
"""

import contextlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.records import grids
from pipeline.records.facts import Cells, Fact, Record, content_of, present, said
from pipeline.records.grids import LARGEST, TOLD, Place, number, summary
from shards.extras import load
from shards.schema import storable

_FIELDS = 60  # rows of the table
_ABOUT = (
    *("title", "summary", "comment", "institution", "source", "history", "references", "Conventions", "creator_name"),
    *("project", "platform", "instrument", "keywords", "time_coverage_start", "time_coverage_end"),
)
_NORTH, _EAST = ("lat", "latitude", "xlat", "nav_lat", "gphit"), ("lon", "longitude", "xlong", "nav_lon", "glamt")
_UNREADABLE = (OSError, RuntimeError, AttributeError, KeyError, TypeError, ValueError, IndexError, OverflowError)


def record(dataset: Any, about: Mapping[str, Any], groups: Sequence[tuple[str, Any]]) -> Record:
    """Return the record of an open data set; `about` has its attributes, `groups` every group with its path."""
    fields, rows, unread, left = list[Record](), list[Cells](), 0, LARGEST
    for path, group in groups:
        for name, variable in group.variables.items():
            size = math.prod(variable.shape)
            field = _readable(group, path + name, variable, left) if len(rows) < _FIELDS else None
            if field is not None:
                rows.append(_row(field))
                left -= size
                is_coordinate = name in variable.dimensions or not variable.dimensions
                fields += [] if is_coordinate or len(fields) == TOLD else [field]
                size -= 2
            elif len(rows) < _FIELDS:
                rows.append(_named(path + name, variable))
            unread += max(size, 0)
    facts: dict[str, Fact | None] = {key.lower(): _text(about.get(key)) for key in _ABOUT}
    facts["dimensions"] = [
        {"name": path + name, "size": str(len(dimension))}
        for path, group in groups
        for name, dimension in group.dimensions.items()
    ]
    facts["variables"] = rows
    attributes = [str(value) for value in about.values() if isinstance(value, str | int | float)]
    content = content_of([*attributes, *said(facts), *(one.content for one in fields)])
    return Record("netcdf", present(facts), content, parts=tuple(fields), unread=unread)


def _text(value: Any) -> str | None:
    return " ".join(storable(value).split()) or None if isinstance(value, str) else None


def _attribute(variable: Any, name: str) -> str | None:
    return _text(variable.getncattr(name)) if name in variable.ncattrs() else None


def _named(name: str, variable: Any) -> Cells:
    return {
        "name": name,
        "meaning": _attribute(variable, "long_name") or _attribute(variable, "standard_name"),
        "unit": _attribute(variable, "units"),
        "dimensions": ", ".join(variable.dimensions) or None,
    }


def _readable(group: Any, name: str, variable: Any, most: int) -> Record | None:
    with contextlib.suppress(*_UNREADABLE):  # a type of the user's own, or damage
        return _field(group, name, variable, most)
    return None


def _field(group: Any, name: str, variable: Any, most: int) -> Record | None:
    """Return a variable of at most so many numbers as a field; None for any other."""
    if getattr(variable.dtype, "kind", "") not in "iuf":
        return None
    packed = "scale_factor" in variable.ncattrs() or "add_offset" in variable.ncattrs()
    statistics = summary(lambda part: variable[part], variable.shape, most)
    if statistics is None:
        return None
    named = _named(name, variable)
    meaning = str(named["meaning"] or name)
    times = is_time(variable)
    facts: dict[str, Fact | None] = {
        "unit": None if times or named["unit"] == "1" else str(named["unit"] or "") or None,
        "low_at": _where(group, variable, statistics.low_at),
        "high_at": _where(group, variable, statistics.high_at),
        "area": _area(group, variable),
        "time": _times(group, variable),
        "row": [named],
        **({"mean": None} if times else {}),
    }
    return grids.field(meaning, statistics, lambda value: _value(variable, value, packed=packed), **facts)


def _row(field: Record) -> Cells:
    rows = field.facts["row"]
    named = rows[0] if isinstance(rows, list) and isinstance(rows[0], Mapping) else {}
    extremes = {key: value for key in ("low", "mean", "high") if isinstance(value := field.facts.get(key), str)}
    return {**named, **extremes}


def is_time(variable: Any) -> bool:
    """Return whether a variable counts time from a moment: `hours since 1900-01-01`."""
    return " since " in (_attribute(variable, "units") or "")


def _value(variable: Any, value: Any, *, packed: bool = False) -> str:
    if is_time(variable):
        with contextlib.suppress(*_UNREADABLE):
            calendar = _attribute(variable, "calendar") or "standard"
            moment = load("netCDF4").num2date(value, variable.units, calendar=calendar)
            return str(moment.strftime("%Y-%m-%d %H:%M UTC"))
    return number(value, packed=packed)


def _coordinate(group: Any, dimension: str) -> Any | None:
    """Return the coordinate variable of a dimension, of this group or of one above."""
    while group is not None:
        axis = group.variables.get(dimension)
        if axis is not None and axis.dimensions == (dimension,):
            return axis
        group = group.parent
    return None


def _where(group: Any, variable: Any, place: Place) -> str | None:
    """Return the coordinates of a value: `latitude 35 degrees_north, time 2024-01-01 00:00 UTC`."""
    places = []
    for dimension, index in zip(variable.dimensions, place, strict=True):
        coordinate = _coordinate(group, dimension)
        if coordinate is not None and coordinate is not variable and getattr(coordinate.dtype, "kind", "") in "iuf":
            places.append(_at(coordinate, index))
    places += [_at(other, place[-2:]) for other in _plane(group, variable)]
    return ", ".join(places) or None


def _at(coordinate: Any, index: Any) -> str:
    unit = None if is_time(coordinate) else _attribute(coordinate, "units")
    return " ".join(part for part in (coordinate.name, _value(coordinate, coordinate[index]), unit) if part)


def _plane(group: Any, variable: Any) -> list[Any]:
    """Return latitude and longitude of a grid that has them in two dimensions."""
    planes = [group.variables[name] for name in group.variables if name.lower() in (*_NORTH, *_EAST)]
    return [plane for plane in planes if len(plane.dimensions) == 2 and plane.dimensions == variable.dimensions[-2:]]


def _area(group: Any, variable: Any) -> str | None:
    ranges = []
    for dimension in variable.dimensions:
        coordinate = _coordinate(group, dimension)
        if coordinate is None or coordinate is variable or is_time(coordinate) or len(coordinate) < 2:
            continue
        if getattr(coordinate.dtype, "kind", "") in "iuf":
            unit = _attribute(coordinate, "units")
            ends = f"{coordinate.name} {_value(coordinate, coordinate[0])} … {_value(coordinate, coordinate[-1])}"
            ranges.append(f"{ends} {unit}" if unit else ends)
    return ", ".join(ranges) or None


def _times(group: Any, variable: Any) -> str | None:
    for dimension in variable.dimensions:
        coordinate = _coordinate(group, dimension)
        if coordinate is not None and coordinate is not variable and is_time(coordinate) and len(coordinate):
            ends = list(dict.fromkeys(_value(coordinate, coordinate[place]) for place in (0, -1)))
            return " … ".join(ends)
    return None
