"""VTK files of the legacy format (`.vtk`): the kind of mesh, its size, and what the values of its fields say.

Read after "VTK File Formats" (https://docs.vtk.org/en/latest/vtk_file_formats/vtk_legacy_file_format.html), ASCII and
binary (big endian). Vectors and tensors are told by their magnitude.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.records import grids
from pipeline.records.facts import Cells, Fact, Record, content_of, present
from pipeline.records.grids import TOLD, number, summary
from shards.arrays import Array

_TYPES = {
    "float": "f4",
    "double": "f8",
    "int": "i4",
    "unsigned_int": "u4",
    "long": "i8",
    "vtktypeint64": "i8",
    "unsigned_char": "u1",
    "char": "i1",
    "short": "i2",
    "unsigned_short": "u2",
    "vtkidtype": "i8",
    "unsigned_long": "u8",
}
_MOST = 1 << 27  # values of one array
_SHAPES = {"scalars": 1, "vectors": 3, "normals": 3, "tensors": 9}


class NotVtkError(ValueError):
    """The file is none of the legacy format, or says more than it has."""


@dataclass
class _Reader:
    content: bytes
    position: int
    binary: bool
    values_read: int = 0

    def line(self) -> str | None:
        """Return the next line that is not empty."""
        while self.position < len(self.content):
            end = self.content.find(b"\n", self.position)
            end = len(self.content) if end < 0 else end
            said = self.content[self.position : end].decode("latin-1").strip()
            self.position = end + 1
            if said:
                return said
        return None

    def values(self, count: int, kind: str) -> Array:
        """Return the next values."""
        if kind.lower() not in _TYPES or not 0 <= count <= _MOST:
            raise NotVtkError(f"{count} values of {kind}")
        self.values_read += count
        dtype = np.dtype(f">{_TYPES[kind.lower()]}")
        if self.binary:
            end = self.position + count * dtype.itemsize
            if end > len(self.content):
                raise NotVtkError("values break off")
            array = np.frombuffer(self.content, dtype, count, self.position)
            self.position = end
            return array.astype(dtype.newbyteorder("="))
        words = list[bytes]()
        while len(words) < count:
            line = self.line()
            if line is None:
                raise NotVtkError("values break off")
            words += line.encode("latin-1").split()
        return np.array(words[:count], dtype=np.float64).astype(dtype.newbyteorder("="))


def record(content: bytes) -> Record:
    """Return the record of a file; a `NotVtkError` if it is none."""
    head = content[:400].split(b"\n", 3)
    if len(head) < 4 or not head[0].startswith(b"# vtk DataFile"):
        raise NotVtkError("no legacy VTK file")
    title, form = head[1].decode("utf-8", "replace").strip(), head[2].strip().upper()
    reader = _Reader(content, sum(len(line) + 1 for line in head[:3]), form == b"BINARY")
    facts: dict[str, Fact | None] = {
        "title": title or None,
        "version": head[0].decode("latin-1").rpartition(" ")[2].strip(),
    }
    rows, fields = list[Cells](), list[Record]()
    for name, where, values in _arrays(reader, facts):
        row, field = _field(name, where, values)
        rows.append(row)
        fields += [field] if field is not None and len(fields) < TOLD else []
    facts["fields"] = rows
    said = [str(value) for value in facts.values() if isinstance(value, str)]
    said += [str(cell) for row in rows for cell in row.values() if cell]
    unread = max(reader.values_read - 2 * len(rows), 0)
    return Record(
        "vtk", present(facts), content_of([*said, *(one.content for one in fields)]), parts=tuple(fields), unread=unread
    )


def _arrays(reader: _Reader, facts: dict[str, Fact | None]) -> Iterator[tuple[str, str, Array]]:
    """Yield the arrays of points and cells, and put the geometry into the facts."""
    where, count = "", 0
    while (line := reader.line()) is not None:
        words = line.split()
        match words[0].upper(), words[1:]:
            case "DATASET", [kind, *_]:
                facts["mesh"] = kind.replace("_", " ").lower()
            case "DIMENSIONS" | "ORIGIN" | "SPACING" | "ASPECT_RATIO" as key, values if len(values) == 3:
                facts[key.lower()] = " × ".join(values) if key == "DIMENSIONS" else f"({', '.join(values)})"
            case "POINTS", [number_of, kind, *_] if number_of.isdigit():
                facts["points"] = number_of
                facts["box"] = _box(reader.values(3 * int(number_of), kind))
            case (("CELLS" | "POLYGONS" | "LINES" | "VERTICES" | "TRIANGLE_STRIPS"), [number_of, size, *_]) if (
                size.isdigit()
            ):
                facts["cells"] = number_of
                _skip_cells(reader, int(number_of), int(size))
            case "CELL_TYPES", [number_of, *_] if number_of.isdigit():
                reader.values(int(number_of), "int")
            case ("X_COORDINATES" | "Y_COORDINATES" | "Z_COORDINATES") as axis, [number_of, kind, *_] if (
                number_of.isdigit()
            ):
                array = reader.values(int(number_of), kind)
                facts[f"{axis[0].lower()}_axis"] = (
                    f"{number(array.min())} … {number(array.max())}" if len(array) else None
                )
            case (("POINT_DATA" | "CELL_DATA"), [number_of, *_]) if number_of.isdigit():
                where, count = words[0].upper().removesuffix("_DATA").lower(), int(number_of)
            case "FIELD", [_, number_of, *_] if number_of.isdigit():
                yield from _of_field(reader, int(number_of), where)
            case ("SCALARS" | "VECTORS" | "NORMALS" | "TENSORS") as key, [name, kind, *components]:
                width = (
                    int(components[0])
                    if key == "SCALARS" and components and components[0].isdigit()
                    else _SHAPES[key.lower()]
                )
                if key == "SCALARS":
                    _skip_table(reader)
                yield name, where, reader.values(count * width, kind).reshape(count, width)
            case _:
                continue


def _of_field(reader: _Reader, count: int, where: str) -> Iterator[tuple[str, str, Array]]:
    for _ in range(min(count, 1000)):
        line = reader.line()
        words = line.split() if line else []
        if len(words) < 4 or not (words[1].isdigit() and words[2].isdigit()):
            return
        width, rows = int(words[1]), int(words[2])
        if width * rows > _MOST:
            raise NotVtkError("a field is too large")
        yield words[0], where, reader.values(width * rows, words[3]).reshape(rows, width)


def _skip_cells(reader: _Reader, count: int, size: int) -> None:
    """Pass over the connectivity, of either version of the format."""
    start = reader.position
    line = reader.line()
    if line is not None and line.upper().startswith("OFFSETS"):
        reader.values(count, line.split()[-1])
        inner = reader.line()
        reader.values(size, inner.split()[-1] if inner else "")
        return
    reader.position = start
    reader.values(size, "int")


def _skip_table(reader: _Reader) -> None:
    start = reader.position
    line = reader.line()
    if line is None or not line.upper().startswith("LOOKUP_TABLE"):
        reader.position = start


def _box(values: Array) -> str | None:
    places = values.reshape(-1, 3)
    if not len(places):
        return None
    return ", ".join(
        f"{axis} {number(places[:, place].min())} … {number(places[:, place].max())}"
        for place, axis in enumerate("xyz")
    )


def _field(name: str, where: str, values: Array) -> tuple[Cells, Record | None]:
    width = values.shape[1] if values.ndim > 1 else 1
    magnitudes = np.sqrt((values.astype(np.float64) ** 2).sum(axis=1)) if width > 1 else values.reshape(-1)
    statistics = summary(lambda part: magnitudes[part], magnitudes.shape)
    row: dict[str, str | None] = {"name": name, "where": where, "components": str(width)}
    if statistics is None:
        return row, None
    label = f"|{name}|" if width > 1 else name
    field = grids.field(label, statistics, lambda value: number(value, packed=width > 1), Name=label)
    row |= {key: str(field.facts[key]) for key in ("low", "high", "mean")}
    return row, field
