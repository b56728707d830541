"""Where a record came from: the same wherever its source lies, to be found again, and to be checked."""

import bz2
import hashlib
import json
import re
import zlib
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pytest
from fastwarc.stream_io import ZstdReader
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalogue import SOURCES
from pipeline.errors import PipelineError
from pipeline.sources.base import Row, Source
from pipeline.sources.warc import reread
from shards.schema import PROVENANCE
from tests.pipeline.sources.samples import FILES, RECORDS, lay, source_at

KINDS = SOURCES.names()


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    datasets.disable_progress_bars()
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path_factory.mktemp("cache"))


def rows_of(source: Source) -> list[Row]:
    """Return every row up to where a file cannot be read on."""
    found: list[Row] = []
    for split in source.splits():
        try:
            found.extend(source.read(split))
        except PipelineError:
            continue
    return found


def check(rows: list[Row], names: set[str], folder: Path) -> None:
    for row in rows:
        where = row["provenance"]
        assert set(where) == {field.name for field in PROVENANCE}
        assert where["source"] == row["source"] == "a collection"
        assert where["file"] in names
        assert re.fullmatch("[0-9a-f]{64}", where["digest"])
        assert (where["offset"] is None) != (where["row"] is None)
        assert str(folder) not in json.dumps(row, default=repr)
        assert folder.name not in json.dumps(row, default=repr)


def test_every_kind_of_source_has_a_sample() -> None:
    assert sorted(FILES) == sorted(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_place_and_the_digest_of_a_record_are_true(tmp_path: Path, kind: str) -> None:
    found = lay(tmp_path / "collection", kind)
    rows = rows_of(source_at(tmp_path / "collection", kind))
    assert rows
    assert {row["provenance"]["file"] for row in rows} >= set(FILES[kind]) - {"index.parquet"}
    check(rows, {*FILES[kind], "gone.warc.gz"}, tmp_path)
    for row in rows:
        where = row["provenance"]
        if where["row"] is not None:
            assert where["digest"] in {digest_of_row(record) for record in TABLE}
        elif where["file"] != "gone.warc.gz":
            content = found[where["file"]].read_bytes()
            assert where["digest"] in {hashlib.sha256(each).hexdigest() for each in readings(content, where)}


TABLE: list[Any] = [
    *({"text": record["text"]} for record in RECORDS),
    *([str(record["text"]), str(record["n"])] for record in RECORDS),
    ["too", "many", "3"],
]


def digest_of_row(record: Any) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def readings(content: bytes, where: dict[str, Any]) -> list[bytes]:
    """Return what the place may mean: bytes of the file, of what it decompresses to, or of the member that is there."""
    offset, length = where["offset"], where["length"]
    here = content[offset : None if length is None else offset + length]
    if ".warc" in where["file"]:
        return [here] + ([member.removesuffix(b"\r\n\r\n")] if (member := inflated(here)) else [])
    if length is None:  # a bzip2 stream, of several pages
        pages = inflated(here).split(b"<page>")[1:]
        return [b"<page>" + page.partition(b"</page>")[0] + b"</page>" for page in pages]
    return [here, inflated(content)[offset : offset + length]]


def inflated(content: bytes) -> bytes:
    if content.startswith(b"\x1f\x8b"):
        return zlib.decompressobj(31).decompress(content)
    if content.startswith(b"BZh"):
        return bz2.BZ2Decompressor().decompress(content)
    if content.startswith(b"\x28\xb5\x2f\xfd"):
        return bytes(ZstdReader(pa.BufferReader(content)).read())
    return b""


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20)
@given(data=st.data())
def test_a_damaged_file_says_nothing_of_the_machine_and_has_digests_too(
    tmp_path_factory: pytest.TempPathFactory, kind: str, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    found = lay(folder / "collection", kind)
    path = found[data.draw(st.sampled_from(sorted(found)))]
    content = path.read_bytes()
    at = data.draw(st.integers(0, len(content)))
    path.write_bytes(content[:at] + data.draw(st.sampled_from([b"", b"\0\xff\x7f" + content[at + 3 :]])))
    try:
        rows = rows_of(source_at(folder / "collection", kind))
    except PipelineError:
        return
    check(rows, {*FILES[kind], "gone.warc.gz"}, folder)


@pytest.mark.parametrize("kind", KINDS)
def test_a_collection_has_the_same_rows_wherever_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    for place in ("mount", "another/mount"):
        found = lay(tmp_path / place, kind)
        for path in found.values():
            cut = path.stat().st_size > 100 and path.suffix not in (".parquet", ".arrow")
            path.write_bytes(path.read_bytes()[: -9 if cut else None])
    monkeypatch.chdir(tmp_path / "another")
    rows = [
        rows_of(source_at(folder, kind)) for folder in (tmp_path / "mount", tmp_path / "another" / "mount", "mount")
    ]
    assert rows[0]
    assert rows[0] == rows[1] == rows[2]


def test_a_record_is_read_again_from_where_its_collection_lies_now(tmp_path: Path) -> None:
    lay(tmp_path / "before", "warc")
    rows = rows_of(source_at(tmp_path / "before", "warc"))
    (tmp_path / "before").rename(tmp_path / "after")
    for row in rows:
        if row.get("payload"):
            assert reread(source_at(tmp_path / "after", "warc"), row["provenance"]) == row["payload"]
    assert sum(bool(row.get("payload")) for row in rows) == 9
