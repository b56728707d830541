"""Who is to be named: the page of a licence, equal bytes for equal rows, and what validation notices."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from shards.release import attribution
from shards.schema import PUBLISHED, batch_of

ROWS: list[dict[str, Any]] = [
    {
        "id": "1",
        "text": "雨<|pii:email|>",
        "title": "雨",
        "author": "林",
        "license": "CC-BY-4.0",
        "published": date(2024, 5, 6),
    },
    {
        "id": "2",
        "text": "مطر",
        "url": "https://x.example/",
        "license": "GFDL-1.3-only",
        "license_url": "https://own.example/",
    },
]
BATCH = batch_of([{"source": "s", "source_id": row["id"], **row} for row in ROWS], PUBLISHED)


@pytest.mark.parametrize(
    ("expression", "page"),
    [
        ("CC-BY-SA-4.0", "https://creativecommons.org/licenses/by-sa/4.0/"),
        ("CC-BY-NC-ND-3.0-DE", "https://creativecommons.org/licenses/by-nc-nd/3.0/de/"),
        ("CC-BY-3.0-IGO", "https://creativecommons.org/licenses/by/3.0/igo/"),
        ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("CC-PDM-1.0", "https://creativecommons.org/publicdomain/mark/1.0/"),
        ("MIT", "https://spdx.org/licenses/MIT.html"),
        ("LicenseRef-Contract-12ab", None),
        ("MIT OR CC-BY-4.0", None),
        (None, None),
    ],
)
def test_a_licence_has_its_own_page(expression: str | None, page: str | None) -> None:
    assert attribution.license_page(expression) == page


def written(path: Path) -> Path:
    with attribution.writing(str(path)) as attributions:
        for row in range(BATCH.num_rows):
            attributions.add(BATCH.slice(row, 1))
    assert (attributions.rows, attributions.written.bytes) == (2, path.stat().st_size)
    return path


def test_title_author_source_licence_and_changes_are_kept(tmp_path: Path) -> None:
    first, second = attribution.read(str(written(tmp_path / "a.jsonl.gz")))
    assert (first["title"], first["author"], first["published"]) == ("雨", "林", "2024-05-06")
    assert first["changes"].endswith("Personal data was replaced by placeholders.")
    assert "Personal data" not in second["changes"]
    assert (second["url"], second["license_url"]) == ("https://x.example/", "https://own.example/")


def test_equal_documents_give_equal_bytes(tmp_path: Path) -> None:
    assert written(tmp_path / "a.gz").read_bytes() == written(tmp_path / "b.gz").read_bytes()


def test_a_line_that_names_another_is_noticed(tmp_path: Path) -> None:
    lines = attribution.read(str(written(tmp_path / "a.gz")))
    documents = pa.Table.from_batches([BATCH])
    assert list(attribution.differences(lines, documents)) == []
    assert list(attribution.differences(lines[::-1], documents)) == [
        "its lines are not those of the documents of its shard"
    ]
    lines[0]["author"], lines[1]["changes"] = "王", ""
    assert list(attribution.differences(lines, documents)) == [
        "1: not the document's author",
        "2: says nothing of changes",
    ]
