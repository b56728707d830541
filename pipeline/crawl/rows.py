"""Gzipped JSON lines: how the files of a crawl lie on disk. What a line says is known to the class it is a row of."""

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]  # as JSON has it: what `to_json` of a class gives and its `from_json` takes


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write gzipped JSON lines, whole or not at all; the same rows give the same bytes."""
    temporary = path.with_name(path.name + ".tmp")
    with (
        temporary.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=6, mtime=0) as file,
    ):
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, sort_keys=True).encode() + b"\n")
    temporary.replace(path)


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a file of gzipped JSON lines."""
    with gzip.open(path, "rb") as file:
        for line in file:
            yield json.loads(line)
