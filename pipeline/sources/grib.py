"""GRIB files: which fields a forecast or analysis holds, and what their values say. Needs the extra `grib` (ecCodes).

`fields: {template: …}` renders the keys instead, without decoding a value. A record then is the first message's keys
(`centre`, `dataDate`, `gridType`, …) with `messages`, their number, and `parameters` (name, shortName, units, levels,
steps) as a list. A damaged message is counted; a file with no readable message is a row rejected as `not_grib`.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from pipeline.records import grib
from pipeline.sources.archive import Member
from pipeline.sources.base import Row, Skipped, Split, opened
from pipeline.sources.fields import Fields, columns_of, mapped
from pipeline.sources.members import Window
from pipeline.sources.streams import digest_of
from pipeline.sources.telling import Telling
from shards import files
from shards.extras import load, require
from shards.schema import Subject

_KEYS = ("centre", "centreDescription", "dataDate", "dataTime", "edition", "gridType", "Ni", "Nj")
_PARAMETER = ("name", "shortName", "units", "typeOfLevel")
_MAGIC, _END = b"GRIB", b"7777"


class Grib(Telling):
    """GRIB files of both editions."""

    kind: Literal["grib"] = "grib"
    fields: Fields = Fields(published="date")  # which field of a record is which column
    domain: Subject | None = "meteorology"
    max_record_bytes: int = 256 << 20  # a larger message is rejected as `too_large`
    # CPU seconds per file, however many messages it has; a file that takes more is rejected as `cpu_time`
    cpu_seconds: int = Field(600, ge=1)

    suffixes: ClassVar[tuple[str, ...]] = (".grib", ".grb", ".grib2", ".grb2", ".grib1")
    signature: ClassVar[bytes] = rb"GRIB"
    libraries: ClassVar[tuple[str, ...]] = ("eccodes", "eccodeslib")

    @model_validator(mode="after")
    def _installed(self) -> "Grib":
        require("eccodes", "grib")
        return self

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield the row of the file."""
        with opened(split.file) as file:
            digest, size = digest_of(file), int(file.size())
        place = split.file if files.scheme(split.file) else os.path.abspath(split.file)
        yield from self.parsed(split.name, [Member("", 0, size, b"", digest, digest)], skipped, {"file": place})

    def parse(self, file: str, record: Member, skipped: Skipped, about: Mapping[str, Any]) -> Iterator[Row]:
        """Yield the row of a file, which is read where it lies."""
        digest = record.digest
        with opened(about["file"]) as content:
            whole = _messages(Window(content), self.max_record_bytes)
            messages, left = list[dict[str, Any]](), grib.MOST if self.fields.tells else 0
            for message in whole:
                keys = _keys(message, skipped, decode=left > 0)
                left -= int(keys.get("size") or 0)
                messages += [keys] if keys else []
        where = self.place(file, digest, offset=0, length=record.length)
        if not messages:
            yield self.rejected("not_grib", digest, where)
            return
        values = _record(messages)
        identity = hashlib.sha256(repr(messages).encode()).hexdigest()
        if not self.fields.tells:
            yield mapped(self, self.fields, values, where, identity)
            return
        columns = columns_of(self, self.fields, values) | {"source_id": identity}
        yield from self.tell(grib.record(values, messages), 0, where, skipped, columns)


def _messages(window: Window, max_bytes: int) -> Iterator[bytes]:
    """Yield the messages, each found by its first bytes and measured by its own length; nothing of one not whole."""
    position = window.find(_MAGIC, 0)
    while position is not None:
        head = bytes(window.at(position, 16))
        length = int.from_bytes(head[4:7] if head[7:8] == b"\1" else head[8:16], "big")
        whole = 16 < length <= max_bytes and bytes(window.at(position + length - 4, 4)) == _END
        yield bytes(window.at(position, length)) if whole else b""
        position = window.find(_MAGIC, position + (length if whole else 4))


def _keys(message: bytes, skipped: Skipped, *, decode: bool) -> dict[str, Any]:
    eccodes = load("eccodes")
    try:
        handle = eccodes.codes_new_from_message(message) if message else None
    except eccodes.CodesInternalError:
        handle = None
    if handle is None:
        skipped["grib.damaged_message"] += 1
        return {}
    try:
        names = (*_KEYS, *_PARAMETER, "level", "stepRange", *(grib.CORNERS if decode else ()))
        keys = {key: _key(eccodes, handle, key) for key in names}
        if not decode:
            return keys
        keys |= _values(eccodes, handle, skipped)
        return keys if keys["name"] is not None or "mean" in keys else {}
    finally:
        eccodes.codes_release(handle)


def _values(eccodes: Any, handle: Any, skipped: Skipped) -> dict[str, Any]:
    """Return what the values of a message say; of one that cannot be decoded nothing, and it is counted."""
    try:
        return grib.values_of(eccodes, handle)
    except eccodes.CodesInternalError:
        skipped["grib.undecoded_message"] += 1
        return {}


def _key(eccodes: Any, handle: Any, key: str) -> Any:
    try:
        value = eccodes.codes_get(handle, key)
    except eccodes.CodesInternalError:
        return None
    return None if value in ("unknown", "missing", 2147483647) else value


def _record(messages: list[dict[str, Any]]) -> dict[str, Any]:
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for message in messages:
        groups.setdefault(tuple(message[key] for key in _PARAMETER), []).append(message)
    record = {key: messages[0][key] for key in _KEYS} | {"messages": len(messages)}
    record["date"] = f"{str(record['dataDate'])[:4]}-{str(record['dataDate'])[4:6]}-{str(record['dataDate'])[6:]}"
    record["parameters"] = [
        {
            **dict(zip(("name", "shortName", "units", "level_type"), group, strict=True)),
            "levels": _listed(message["level"] for message in members),
            "steps": _listed(message["stepRange"] for message in members),
        }
        for group, members in groups.items()
    ]
    return record


def _listed(values: Iterator[Any]) -> list[Any]:
    return list(dict.fromkeys(value for value in values if value is not None))
