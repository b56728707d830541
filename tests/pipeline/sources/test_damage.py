"""Whatever a file holds, its task goes on: damaged and hostile files of every format, beside sound ones.

`make damage` tries many more than the tests do.
"""

import os
from pathlib import Path

import pytest

from pipeline.catalogue import SOURCES
from pipeline.sources.base import Row, Skipped, Source, Split, batches
from pipeline.stages.guard import read_rows
from tests.pipeline.sources.damage import damaged
from tests.pipeline.sources.samples import FILES, lay, source_at

COUNT = int(os.environ.get("DAMAGED", "7"))  # of each file
KINDS = [kind for kind in SOURCES.names() if kind not in ("common_crawl", "hugging_face")]  # they read as others do


def read(source: Source, file: Path, name: str) -> tuple[list[Row], list[str]]:
    """Return the rows of a file and why it is not whole, as a task reads it."""
    unreadable: list[str] = []
    rows = list(read_rows(source, Split(file=str(file), name=name), Skipped(), unreadable))
    assert sum(batch.num_rows for batch in batches(rows)) == len(rows)
    return rows, unreadable


def holds_nothing(kind: str, content: bytes) -> bool:
    """Return whether a file is a sound one without a record: blank, names of columns alone, an archive's end."""
    if kind == "csv":
        return len(content.splitlines()) < 2
    after_licence = 1024 if kind == "repository" else 0  # which is the first member there, and no document
    return not content[after_licence:].strip(b"\r\n\0 ")


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind in KINDS for name in FILES[kind] if FILES[kind][name]]
)
def test_a_damaged_file_gives_rows_or_is_named_and_its_neighbour_is_read(kind: str, name: str, tmp_path: Path) -> None:
    places = lay(tmp_path, kind)
    source = source_at(tmp_path, kind)
    sound = read(source, places[name], name)
    damaged_file = tmp_path / ("damaged" + "".join(Path(name).suffixes))
    for content in damaged(FILES[kind][name], f"{kind} {name}", COUNT):
        damaged_file.write_bytes(content)
        rows, unreadable = read(source, damaged_file, "damaged")
        assert rows or unreadable or holds_nothing(kind, content), content
        assert all("damaged" in why for why in unreadable)
    assert read(source, places[name], name) == sound
