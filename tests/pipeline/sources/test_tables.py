"""JSON Lines, Parquet, Arrow and CSV: whatever holds the records, the same rows come out of them."""

import bz2
import gzip
import hashlib
import json
import lzma
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ShardError
from pipeline.sources.arrow import Arrow
from pipeline.sources.base import Split
from pipeline.sources.delimited import Delimited
from pipeline.sources.fields import Fields, as_text, as_time, field
from pipeline.sources.jsonl import Jsonl
from pipeline.sources.parquet import Parquet
from shards.schema import document_id
from tests.pipeline.sources.conftest import Rows

RECORDS: list[dict[str, Any]] = [
    {"doi": "10.1/a", "body": "海面水溫上升。\n第二段", "headline": "氣象", "meta": {"licence": "CC0-1.0"}},
    {"doi": "10.1/b", "body": "Вода испаряется.", "headline": None, "meta": {"licence": None}},
    {"doi": "10.1/c", "body": "  ", "headline": "Empty", "meta": {"licence": "CC-BY-4.0"}},
]
FIELDS = Fields(text="body", id="doi", title="headline", license="meta.licence")


def jsonl(records: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def write_parquet(path: Path, records: list[dict[str, Any]], **options: Any) -> None:
    pq.write_table(pa.Table.from_pylist(records), path, **options)


def write_arrow_file(path: Path, records: list[dict[str, Any]]) -> None:
    table = pa.Table.from_pylist(records)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def write_arrow_stream(path: Path, records: list[dict[str, Any]]) -> None:
    table = pa.Table.from_pylist(records)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)


WRITERS: dict[str, tuple[type[Jsonl | Parquet | Arrow], Callable[[Path, list[dict[str, Any]]], object]]] = {
    "jsonl": (Jsonl, lambda path, records: path.write_bytes(jsonl(records))),
    "jsonl.gz": (Jsonl, lambda path, records: path.write_bytes(gzip.compress(jsonl(records)))),
    "jsonl.zst": (Jsonl, lambda path, records: path.write_bytes(pa.Codec("zstd").compress(jsonl(records)))),
    "jsonl.bz2": (Jsonl, lambda path, records: path.write_bytes(bz2.compress(jsonl(records)))),
    "jsonl.xz": (Jsonl, lambda path, records: path.write_bytes(lzma.compress(jsonl(records)))),
    "parquet": (Parquet, write_parquet),
    "arrow": (Arrow, write_arrow_file),
    "arrows": (Arrow, write_arrow_stream),
}


@pytest.mark.parametrize("suffix", WRITERS)
def test_every_container_gives_the_same_documents(tmp_path: Path, read: Rows, suffix: str) -> None:
    kind, write = WRITERS[suffix]
    write(tmp_path / f"a.{suffix}", RECORDS)
    source = kind(name="db", paths=(str(tmp_path),), fields=FIELDS, license="CC-BY-SA-4.0", legal_basis="§ 5")
    rows = read(source)
    assert [row["text"] for row in rows] == ["海面水溫上升。\n第二段", "Вода испаряется.", ""]
    assert [row.get("rejected_by") for row in rows] == [None, None, f"{source.kind}.no_text"]
    assert [row["id"] for row in rows] == [document_id("db", f"10.1/{name}") for name in "abc"]
    assert [row.get("title") for row in rows] == ["氣象", None, "Empty"]
    assert [row["license"] for row in rows] == ["CC0-1.0", "CC-BY-SA-4.0", "CC-BY-4.0"]
    assert [[signal["where"] for signal in row["evidence"]] for row in rows] == [
        ["§ 5", "field meta.licence"],
        ["§ 5"],
        ["§ 5", "field meta.licence"],
    ]


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_record_without_an_id_is_named_by_its_content(tmp_path: Path, read: Rows, suffix: str) -> None:
    kind, write = WRITERS[suffix]
    for name, records in (("1", RECORDS[:2]), ("2", RECORDS[1::-1])):
        (tmp_path / name).mkdir()
        write(tmp_path / name / f"a.{suffix}", records)
    forwards, backwards = (
        read(kind(name="db", paths=(str(tmp_path / name),), fields=Fields(text="body"))) for name in "12"
    )
    assert [row["id"] for row in forwards] == [row["id"] for row in backwards][::-1]


def test_lines_that_are_no_records_are_rejected_one_by_one(tmp_path: Path, read: Rows) -> None:
    lines = [
        b'{"text": "one"}',
        b'{"text": "broken',
        b"",
        b'["a list"]',
        '{"text": "網"}'.encode("big5"),
        b"\xef\xbb\xbf" + b'{"text": "a byte order mark"}',
        b'{"text": 7}',
        b'{"text": "\\ud83d lone"}',
        b"[" * 100_000,
        b'{"text": "' + b"x" * 200_000 + b'"}',
        b'{"text": "last, without a line end"}',
    ]
    (tmp_path / "a.jsonl").write_bytes(b"\r\n".join(lines))
    skipped: Counter[str] = Counter()
    rows = read(Jsonl(name="j", paths=(str(tmp_path),), max_record_bytes=150_000), skipped)
    assert [row.get("rejected_by") or row["text"] for row in rows] == [
        "one",
        "jsonl.not_json",
        "jsonl.not_json",
        "jsonl.not_utf8",
        "a byte order mark",
        "jsonl.no_text",
        "\N{REPLACEMENT CHARACTER} lone",
        "jsonl.not_json",
        "jsonl.too_large",
        "last, without a line end",
    ]
    assert skipped == {"jsonl.empty_line": 1}
    content = (tmp_path / "a.jsonl").read_bytes()
    for row in rows:
        where = row["provenance"]
        line = content[where["offset"] : where["offset"] + where["length"]]
        assert where["digest"] == hashlib.sha256(line).hexdigest()
        assert content[where["offset"] + where["length"] :][:2] in (b"\r\n", b"")


@pytest.mark.parametrize("suffix", ["jsonl.gz", "jsonl.zst", "jsonl.bz2", "jsonl.xz"])
def test_a_compressed_file_that_breaks_off_keeps_what_came_before_and_says_so(
    tmp_path: Path, read: Rows, suffix: str
) -> None:
    records = [{"body": hashlib.sha256(str(number).encode()).hexdigest()} for number in range(6_000)]
    path = tmp_path / f"a.{suffix}"
    WRITERS[suffix][1](path, records)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    unreadable: list[str] = []
    rows = read(Jsonl(name="j", paths=(str(path),), fields=Fields(text="body")), None, unreadable)
    assert rows[-1]["rejected_by"] == "jsonl.truncated"
    assert [why.startswith(f"j: {path.name}: its compression is truncated") for why in unreadable] == [True]
    assert len(rows) > 100 or suffix == "jsonl.bz2"
    assert [row["text"] for row in rows[:-1]] == [record["body"] for record in records[: len(rows) - 1]]


@given(st.lists(st.sampled_from(["", "{}", '{"text": "aé語"}', "x"]), max_size=12), st.integers(1, 40))
def test_any_division_of_a_file_of_lines_gives_the_same_rows(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], size: int
) -> None:
    path = tmp_path_factory.mktemp("lines") / "a.jsonl"
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    source = Jsonl(name="j", paths=(str(path),), bytes_per_task=size)
    whole = list(source.read(Split(file=str(path), name=path.name)))
    assert len(whole) == sum(line != "" for line in lines)
    assert [row for split in source.splits() for row in source.read(split)] == whole


def test_a_parquet_file_is_divided_by_row_groups(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_parquet(path, [{"text": f"text {number}", "unread": "x" * 100} for number in range(1000)], row_group_size=90)
    source = Parquet(name="p", paths=(str(path),))
    whole = list(source.read(Split(file=str(path), name=path.name)))
    assert [row["text"] for row in whole] == [f"text {number}" for number in range(1000)]
    assert [row["provenance"]["row"] for row in whole] == list(range(1000))
    small = source.model_copy(update={"bytes_per_task": path.stat().st_size // 4})
    assert len(small.splits()) >= 4
    assert [row for split in small.splits() for row in small.read(split)] == whole


@pytest.mark.parametrize(("kind", "suffix"), [(Parquet, "parquet"), (Arrow, "arrow"), (Arrow, "arrows")])
def test_a_table_that_cannot_be_read_is_an_error_that_names_it(
    tmp_path: Path, kind: type[Parquet | Arrow], suffix: str
) -> None:
    path = tmp_path / f"broken.{suffix}"
    WRITERS[suffix][1](path, RECORDS * 2000)
    for content in (path.read_bytes()[: path.stat().st_size // 2], b"no table at all", b""):
        path.write_bytes(content)
        with pytest.raises(ShardError, match=r"broken\."):
            list(kind(name="t", paths=(str(path),), fields=FIELDS).read(Split(file=str(path), name=path.name)))


CSV = 'doi,body,headline\n10.1/a,"two\nlines, quoted",海\n\n10.1/b,too few\n10.1/c,,x\n'


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030", "big5"])
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_csv_is_read_in_any_declared_encoding(
    tmp_path: Path, read: Rows, encoding: str, compress: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(compress(CSV.encode(encoding)))
    fields = Fields(text="body", id="doi", title="headline")
    skipped: Counter[str] = Counter()
    rows = read(Delimited(name="c", paths=(str(path),), fields=fields, encoding=encoding), skipped)
    assert [row.get("rejected_by") or row["text"] for row in rows] == [
        "two\nlines, quoted",
        "csv.columns",
        "csv.no_text",
    ]
    assert (rows[0]["title"], rows[0]["source_id"], skipped["csv.empty_line"]) == ("海", "10.1/a", 1)


def test_a_csv_row_in_another_encoding_is_rejected_alone(tmp_path: Path, read: Rows) -> None:
    path = tmp_path / "a.tsv"
    path.write_bytes("text\tn\nä\t1\n".encode() + "ä\t2\n".encode("latin-1") + "語\t3\n".encode())
    rows = read(Delimited(name="c", paths=(str(path),), delimiter="\t"))
    assert [row.get("rejected_by") or row["text"] for row in rows] == ["ä", "csv.not_decodable", "語"]


def test_a_csv_file_that_breaks_off_ends_with_a_truncated_row(tmp_path: Path, read: Rows) -> None:
    path = tmp_path / "a.csv.gz"
    lines = "".join(f"{hashlib.sha256(str(number).encode()).hexdigest()}\n" for number in range(8_000))
    path.write_bytes(gzip.compress(("text\n" + lines).encode())[:200_000])
    unreadable: list[str] = []
    rows = read(Delimited(name="c", paths=(str(path),)), None, unreadable)
    assert len(unreadable) == 1
    assert len(rows) > 1000
    assert rows[-1]["rejected_by"] == "csv.truncated"
    path.write_bytes(path.read_bytes()[:12])
    (row,) = read(Delimited(name="c", paths=(str(path),)), None, unreadable)
    assert (row["rejected_by"], len(unreadable)) == ("csv.truncated", 2)


@pytest.mark.parametrize(
    ("path", "value"),
    [("a", 1), ("b.c", "x"), ("b.d.1", "z"), ("d.e", "dotted"), ("b.d.7", None), ("a.x", None), ("none", None)],
)
def test_a_path_leads_into_nested_records(path: str, value: Any) -> None:
    assert field({"a": 1, "b": {"c": "x", "d": ["y", "z"]}, "d.e": "dotted"}, path) == value


def test_names_in_a_list_are_joined_and_paragraphs_are_set_apart() -> None:
    assert as_text(["A. Author", "李四"]) == "A. Author, 李四"
    assert as_text(["one", None, "two"], numbers=False) == "one\n\ntwo"
    assert [as_text(7), as_text(7, numbers=False), as_text(True), as_text({})] == ["7", None, None, None]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        ("2024-05-06T07:08:09+08:00", datetime(2024, 5, 5, 23, 8, 9, tzinfo=UTC)),
        (datetime(2024, 5, 6), datetime(2024, 5, 6, tzinfo=UTC)),
        (1e30, None),
        ("soon", None),
        (None, None),
    ],
)
def test_a_time_is_read_as_utc(value: Any, expected: datetime | None) -> None:
    assert as_time(value) == expected


def test_dates_and_several_texts_are_mapped(tmp_path: Path, read: Rows) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(jsonl([{"t": "Title", "p": ["one", "two"], "d": "2020-03-04", "w": 1.0, "k": ["en", "fr"]}]))
    fields = Fields(text=("t", "p", "none"), published="d", fetched_at="w", language="k")
    (row,) = read(Jsonl(name="j", paths=(str(path),), fields=fields))
    assert row["text"] == "Title\n\none\n\ntwo"
    assert row["published"] == date(2020, 3, 4)
    assert row["fetched_at"].year == 1970
    assert row["language"] == "en, fr"


@pytest.mark.parametrize(
    ("authors", "path"),
    [
        (["Doe, Jane", "李娜", "Doe, Jane"], "authors"),
        ([{"name": "Doe, Jane"}, {"name": None}, {"name": "李娜"}], "authors.name"),
        ({"list": [{"name": "Doe, Jane"}, {"name": "李娜"}]}, "authors.list.name"),
        ("Doe, Jane; 李娜", "authors"),
    ],
)
@pytest.mark.parametrize("suffix", WRITERS)
def test_all_authors_of_a_record_are_named(tmp_path: Path, read: Rows, suffix: str, authors: Any, path: str) -> None:
    source, write = WRITERS[suffix]
    write(tmp_path / f"a.{suffix}", [{"text": "Rain is expected.", "authors": authors}])
    (row,) = read(source(name="a", paths=(str(tmp_path / f"a.{suffix}"),), fields=Fields(author=path)))
    assert row["author"] == "Doe, Jane; 李娜"


def test_the_doi_of_a_record_is_mapped_in_its_one_spelling(tmp_path: Path, read: Rows) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(jsonl([{"text": "x", "id": doi} for doi in ("https://doi.org/10.5555/A", "none", None)]))
    rows = read(Jsonl(name="j", paths=(str(path),), fields=Fields(doi="id")))
    assert [row.get("doi") for row in rows] == ["10.5555/a", None, None]


def test_the_domains_of_a_record_are_the_one_that_it_or_its_collection_has(tmp_path: Path, read: Rows) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(jsonl([{"text": "x", "field": "law"}, {"text": "y"}]))
    source = Jsonl(name="j", paths=(str(path),), fields=Fields(domain="field"))
    assert [row["domains"] for row in read(source)] == [["law"], ["general"]]
    assert [row["domains"] for row in read(source.model_copy(update={"domain": None}))] == [["law"], None]


@pytest.mark.parametrize(("kind", "suffix"), [(Parquet, "parquet"), (Arrow, "arrow")])
def test_a_value_that_is_no_utf_8_is_rejected_alone(tmp_path: Path, kind: type[Parquet | Arrow], suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    texts = [f"{'天' if number % 7 == 3 else '雨'}氣 {number}" for number in range(600)]
    WRITERS[suffix][1](path, [{"text": text} for text in texts])
    path.write_bytes(path.read_bytes().replace("天".encode(), b"\xff\xff\xff"))
    rows = list(kind(name="t", paths=(str(path),)).read(Split(file=str(path), name=path.name)))
    assert [row["text"] for row in rows] == ["" if "天" in text else text for text in texts]
    assert {row.get("rejected_by") for row in rows if not row["text"]} == {f"{suffix}.not_utf8"}


def test_a_csv_file_that_breaks_off_in_its_first_line_is_named(tmp_path: Path, read: Rows) -> None:
    path = tmp_path / "a.csv"
    source = Delimited(name="a", paths=(str(path),))
    path.write_bytes(b"id,text")
    with pytest.raises(ShardError, match="ends in the line of column names"):
        read(source)
    path.write_bytes(b"id,text\n")
    assert read(source) == []
