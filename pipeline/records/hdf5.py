"""HDF5 files: groups and data sets with their attributes, and what the values of each data set say.

Needs h5py (extra `science`). External and soft links are not followed: they lead out of the file, or in a circle.
"""

import math
from collections.abc import Iterator
from typing import Any

from pipeline.records import grids
from pipeline.records.facts import Cells, Fact, Record, content_of, present
from pipeline.records.grids import LARGEST, TOLD, summary
from shards.extras import load
from shards.schema import storable

_ROWS, _DEEPEST = 100, 30
_ABOUT = ("title", "description", "comment", "author", "creator", "institution", "instrument", "date")


def record(content: bytes) -> Record:
    """Return the record of a file; an `OSError` if it is none."""
    import io

    with load("h5py").File(io.BytesIO(content), "r") as file:
        rows, fields, unread, left = list[Cells](), list[Record](), 0, LARGEST
        attributes = _attributes(file)
        for path, dataset in _datasets(file, "", set()):
            if len(rows) >= _ROWS:
                unread += dataset.size or 0
                continue
            row, field = _dataset(path, dataset, left)
            left -= math.prod(dataset.shape or ()) if field is not None else 0
            rows.append(row)
            fields += [field] if field is not None and len(fields) < TOLD and len(dataset.shape) > 0 else []
            unread += max((dataset.size or 0) - (2 if field is not None else 0), 0)
    facts: dict[str, Fact | None] = {name: _find(attributes, name) for name in _ABOUT}
    facts["datasets"] = rows
    facts["attributes"] = [
        {"name": name, "value": value} for name, value in attributes.items() if name.lower() not in _ABOUT
    ]
    content_said = content_of(
        [
            *attributes.values(),
            *(str(cell) for row in rows for cell in row.values() if cell),
            *(one.content for one in fields),
        ]
    )
    return Record("hdf5", present(facts), content_said, parts=tuple(fields), unread=unread)


def _datasets(group: Any, path: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """Yield every data set that hangs in the file by hard links, with its path, each once.

    Hard links can lead in circles, and twice to each group: then there are more paths than can be gone.
    """
    h5py = load("h5py")
    for name in sorted(group):
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            continue
        member = group[name]
        if (address := h5py.h5o.get_info(member.id).addr) in seen:
            continue
        seen.add(address)
        if isinstance(member, h5py.Dataset):
            yield f"{path}{name}", member
        elif isinstance(member, h5py.Group) and path.count("/") < _DEEPEST:
            yield from _datasets(member, f"{path}{name}/", seen)


def _dataset(path: str, dataset: Any, most: int) -> tuple[Cells, Record | None]:
    attributes = _attributes(dataset)
    meaning = _find(attributes, "long_name") or _find(attributes, "description") or _find(attributes, "title")
    unit = _find(attributes, "units") or _find(attributes, "unit")
    row: dict[str, str | None] = {
        "name": storable(path),
        "meaning": meaning,
        "unit": unit,
        "shape": " × ".join(map(str, dataset.shape)) or None,
    }
    small = getattr(dataset.dtype, "kind", "") in "iuf" and math.prod(dataset.shape) > 0
    statistics = summary(lambda part: dataset[part], dataset.shape, most) if small and dataset.shape else None
    if statistics is None:
        return row, None
    name = meaning or path.rpartition("/")[2]
    low_at, high_at = ("(" + ", ".join(map(str, at)) + ")" for at in (statistics.low_at, statistics.high_at))
    field = grids.field(name, statistics, unit=unit, low_at=low_at, high_at=high_at)
    row |= {key: str(field.facts[key]) for key in ("low", "mean", "high")}
    return row, field


def _attributes(holder: Any) -> dict[str, str]:
    """Return the attributes that are texts or numbers, or short lists of them."""
    attributes = {}
    for name in list(holder.attrs)[:_ROWS]:
        try:
            value = holder.attrs[name]
        except (OSError, TypeError, ValueError, KeyError):  # of a type of the user's own
            continue
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        listed = value.ravel().tolist()[:10] if hasattr(value, "ravel") else [value]
        said = ", ".join(str(one.decode("utf-8", "replace") if isinstance(one, bytes) else one) for one in listed)
        if said.strip() and len(said) <= 2000 and "<HDF5" not in said:
            attributes[storable(name)] = " ".join(storable(said).split())
    return attributes


def _find(attributes: dict[str, str], name: str) -> str | None:
    return next((value for key, value in attributes.items() if key.lower() == name), None)
