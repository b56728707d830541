import errno
import itertools
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from pipeline.catalogue import SOURCES, AnySource
from pipeline.errors import ConfigError, ShardError, SourceError
from pipeline.sources.base import Row, Source, Split, as_date, batches, byte_ranges, opened
from pipeline.sources.jsonl import Jsonl
from pipeline.sources.names import File
from pipeline.sources.text import Text
from shards.schema import storable


def rows(count: int, size: int = 10) -> list[Row]:
    source = Text(name="t", paths=("x",))
    return [source.row(str(number), source.place("f", "0" * 64, offset=number), "x" * size) for number in range(count)]


@pytest.mark.parametrize(("count", "size", "expected"), [(0, 1, []), (5, 1, [2, 2, 1]), (3, 100, [1, 1, 1])])
def test_batches_are_small_in_rows_and_in_bytes(count: int, size: int, expected: list[int]) -> None:
    assert [batch.num_rows for batch in batches(rows(count, size), max_rows=2, max_bytes=50)] == expected


@given(st.integers(0, 10_000), st.integers(1, 3000))
def test_byte_ranges_cover_a_file_once_and_in_order(size: int, limit: int) -> None:
    ranges = byte_ranges(File("f", "f"), size, limit)
    bounds = [(split.start or 0, size if split.end is None else split.end) for split in ranges]
    assert [bounds[0][0], bounds[-1][1]] == [0, size]
    assert all(before[1] == after[0] for before, after in itertools.pairwise(bounds))
    assert all(end - start <= limit for start, end in bounds)


def test_the_kind_selects_the_source_and_a_wrong_field_is_named() -> None:
    adapter = TypeAdapter(AnySource)
    source = adapter.validate_python({"kind": "jsonl", "name": "a", "paths": ["x"], "fields": {"text": "body"}})
    assert isinstance(source, Jsonl)
    assert source.fields.text == "body"
    with pytest.raises(ValidationError, match="licence"):
        adapter.validate_python({"kind": "warc", "name": "a", "paths": ["x"], "licence": "CC0-1.0"})
    with pytest.raises(ValidationError, match="kind"):
        adapter.validate_python({"kind": "word", "name": "a", "paths": ["x"]})


def test_every_kind_of_source_has_its_own_name_and_reads() -> None:
    assert {"warc", "csv", "hugging_face"} <= {*SOURCES.names()}
    assert [source.model_fields["kind"].default for source in SOURCES.every()] == SOURCES.names()
    assert all(source.read is not Source.read for source in SOURCES.every())


def test_files_of_other_kinds_in_a_folder_are_left_out_but_a_named_file_never_is(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.JSONL.gz", "README.md", "c.data"):
        (tmp_path / name).write_text("x")
    adapter = TypeAdapter(AnySource)
    paths = [str(tmp_path), str(tmp_path / "c.data")]
    splits = adapter.validate_python({"kind": "jsonl", "name": "a", "paths": paths}).splits()
    assert [split.file.rpartition("/")[2] for split in splits] == ["a.jsonl", "b.JSONL.gz", "c.data"]


@pytest.mark.parametrize("pattern", ["nothing/", "nothing.jsonl", "nothing/*.jsonl", "**/*.warc.gz", "第[12]章.jsonl"])
@pytest.mark.parametrize(
    "source",
    [
        source
        for source in SOURCES.every()
        if source.model_fields["paths"].is_required() and source._files is Source._files
    ],
    ids=lambda source: source.__name__,
)
def test_a_pattern_that_names_no_file_is_an_error_that_names_the_source_and_the_pattern(
    tmp_path: Path, source: type[Source], pattern: str
) -> None:
    kind = source.model_fields["kind"].default
    named = source.model_construct(kind=kind, name="notes", paths=(str(tmp_path / pattern),))
    with pytest.raises(ConfigError, match=r"^notes: paths: ") as caught:
        named.splits()
    assert str(tmp_path / pattern).rstrip("/") in str(caught.value)


def test_trouble_with_a_store_may_be_tried_again_and_damage_to_a_local_file_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SourceError, match="here"), opened(str(tmp_path / "here")):
        pass
    (tmp_path / "here").write_text("x")
    with pytest.raises(ShardError, match="no end of a block"), opened(str(tmp_path / "here")):
        raise OSError("no end of a block")
    for number in (errno.EIO, errno.ESTALE, errno.EMFILE, errno.EACCES):
        with pytest.raises(SourceError, match="here"), opened(str(tmp_path / "here")):
            raise OSError(number, "here")
    for error in (OSError("reset"), TimeoutError("slow"), aiohttp.ClientError("503")):

        def fail(uri: str, error: Exception = error) -> NoReturn:
            raise error

        monkeypatch.setattr("shards.files.open_input", fail)
        with pytest.raises(SourceError, match="https://a/b"), opened("https://a/b"):
            pass


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-02-29", date(2024, 2, 29)),
        ("2024-02-29T23:59:59Z", date(2024, 2, 29)),
        ("2024/2/9", date(2024, 2, 9)),
        ("2024-02", date(2024, 2, 1)),
        (2024, date(2024, 1, 1)),
        (datetime(2024, 2, 29, 5, tzinfo=UTC), date(2024, 2, 29)),
        (date(2024, 2, 29), date(2024, 2, 29)),
        ("2023-02-29", None),
        ("民國一百年", None),
        ("", None),
        (None, None),
    ],
)
def test_a_date_is_read_from_iso_or_not_at_all(value: Any, expected: date | None) -> None:
    assert as_date(value) == expected


@given(st.text(st.characters(codec=None, categories=None)))
def test_every_string_becomes_encodable_and_a_good_one_stays_as_it_is(text: str) -> None:
    fixed = storable(text)
    fixed.encode()
    if not any(0xD800 <= ord(character) < 0xE000 for character in text):
        assert fixed == text


def test_a_split_is_a_value() -> None:
    assert Split(file="a", name="a", start=1) == Split(file="a", name="a", start=1)
    assert len({Split(file="a", name="a"), Split(file="a", name="a")}) == 1
