"""NetCDF files: what a data set is and what its values say, told in sentences. Needs the extra `science`.

`fields: {template: …}` renders what the file says of itself instead, without its arrays. A record then has the global
attributes by their names, and `variables` (name, long_name, standard_name, units, dimensions, shape), `dimensions`
(name, size) and `groups` (name, and their attributes) as lists; what is in a group has the group before its name:
`PRODUCT/co`. The attribute `license` goes before what is declared of the collection. Rejected rows, by reason:
`not_netcdf`, `no_field`, `no_text`, `too_large`.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from pipeline.records import netcdf
from pipeline.sources.archive import Member
from pipeline.sources.base import Row, Skipped, Split, opened
from pipeline.sources.fields import Fields, as_text, columns_of, mapped
from pipeline.sources.streams import digest_of
from pipeline.sources.telling import Telling
from shards import files
from shards.extras import load, require
from shards.schema import Subject, storable

_DEEPEST = 50  # groups within groups
# What the library raises for damage, and for types of the user's own that it cannot make an array of.
_UNREADABLE = (OSError, RuntimeError, AttributeError, KeyError, TypeError, ValueError, IndexError)


class NetCdf(Telling):
    """NetCDF files, classic and NetCDF-4."""

    kind: Literal["netcdf"] = "netcdf"
    # which field of a record is which column
    fields: Fields = Fields(id="id", title="title", author="creator_name", doi="doi", license="license")
    domain: Subject | None = "meteorology"
    cpu_seconds: int = Field(600, ge=1)  # CPU seconds that one file may take; a file that takes more is `cpu_time`
    max_record_bytes: int = 1 << 30  # a larger file that is not local, which must be held whole, is rejected

    suffixes: ClassVar[tuple[str, ...]] = (".nc", ".nc4", ".cdf", ".netcdf")
    signature: ClassVar[bytes] = rb"^CDF|\x89HDF"
    libraries: ClassVar[tuple[str, ...]] = ("netCDF4",)

    @model_validator(mode="after")
    def _installed(self) -> "NetCdf":
        require("netCDF4", "science")
        return self

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield the row of the file."""
        local = files.scheme(split.file) is None
        with opened(split.file) as file:
            size = int(file.size())
            content = None if local else file.read(self.max_record_bytes + 1)
            digest = digest_of(file, content or b"")
        damage = "too_large" if content is not None and len(content) > self.max_record_bytes else None
        record = Member("", 0, size, b"" if damage else content or b"", digest, digest, damage)
        yield from self.parsed(split.name, [record], skipped, {"file": os.path.abspath(split.file) if local else None})

    def parse(self, file: str, record: Member, skipped: Skipped, about: Mapping[str, Any]) -> Iterator[Row]:
        """Yield the row of a file, which is opened where it lies if it is local."""
        where = self.place(file, record.digest, offset=0, length=record.length)
        if record.damage:
            yield self.rejected(record.damage, record.digest, where)
            return
        place = about["file"]
        try:
            with load("netCDF4").Dataset(place or file, memory=None if place else record.content) as dataset:
                values = _record(dataset)
                records = netcdf.record(dataset, values, list(_groups(dataset, "", 0))) if self.fields.tells else None
        except _UNREADABLE:
            yield self.rejected("not_netcdf", record.digest, where)
            return
        if records is None:
            yield mapped(self, self.fields, values, where)
            return
        columns = columns_of(self, self.fields, values) | {"source_id": as_text(values.get(self.fields.id or ""))}
        yield from self.tell(records, 0, where, skipped, columns)


def _record(dataset: Any) -> dict[str, Any]:
    """Return the attributes, dimensions and variables of a data set, those in groups under the group's name."""
    record: dict[str, Any] = {**_attributes(dataset), "dimensions": [], "variables": [], "groups": []}
    for path, group in _groups(dataset, "", 0):
        record["dimensions"] += [
            {"name": path + name, "size": len(dimension)} for name, dimension in group.dimensions.items()
        ]
        for name, variable in group.variables.items():
            place = {"name": path + name, "dimensions": list(variable.dimensions), "shape": list(variable.shape)}
            record["variables"].append(_attributes(variable) | place)
        if path:
            record["groups"].append(_attributes(group) | {"name": path.rstrip("/")})
    return record


def _groups(group: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Yield a group and those in it, each with the prefix of the names of its variables: `PRODUCT/`."""
    yield path, group
    for name, inner in group.groups.items() if depth < _DEEPEST else ():
        yield from _groups(inner, f"{path}{name}/", depth + 1)


def _attributes(holder: Any) -> dict[str, Any]:
    """Return the attributes of a data set, group or variable; one of a type that cannot be read is none."""
    attributes = {}
    for name in holder.ncattrs():
        with contextlib.suppress(*_UNREADABLE):
            attributes[name] = _plain(holder.getncattr(name))
    return attributes


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    return value.tolist() if hasattr(value, "tolist") else value
