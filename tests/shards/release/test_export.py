"""Exports: the rows of the release in other formats, as the tools of their users read them; nothing is overwritten."""

import gzip
import json
import os
import random
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shards import files
from shards.release import manifest, parquet
from shards.release.export import EXPORT, Kind, export, problems, read
from shards.release.place import ReleaseError
from shards.release.validation import loading_problems
from shards.schema import PUBLISHED, batch_of
from tests.shards.release.releases import document, write_release

TEXTS = {
    "zho_Hans": "今天的天气很好。",
    "arb_Arab": "الطقس جميل اليوم.",
    "tha_Thai": "วันนี้อากาศดี",
    "eng_Latn": "Fine\u2028weather.",
}
EVIDENCE = [{"kind": "link_rel", "value": "https://creativecommons.org/", "where": "head", "subject": "document"}]
KINDS: tuple[Kind, ...] = ("parquet", "jsonl")


def documents() -> list[tuple[str, dict[str, Any]]]:
    found = [
        ("train", document(n, f"{text} {n}", language, license, author="林" if n % 2 else None))
        for language, text in TEXTS.items()
        for license in ("CC0-1.0", "CC-BY-SA-4.0")
        for n in range(3)
    ]
    dated: dict[str, Any] = {"published": date(2024, 5, 6), "fetched_at": datetime(2026, 1, 12, 8, 30, tzinfo=UTC)}
    held = document(9, "Held out.", "eng_Latn", "CC0-1.0", evidence=EVIDENCE, domains=["news"], **dated)
    return [*found, ("validation", held)]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = str(tmp_path_factory.mktemp("notes") / "release")
    write_release(folder, documents())
    return folder


def everything(release: str) -> list[dict[str, Any]]:
    shards = [files.join(release, shard.path) for shard in manifest.read(release).shards]
    rows = [row for shard in shards for row in files.read_table(shard).to_pylist()]
    return sorted(rows, key=lambda row: (row["language"], row["license"], row["id"]))


def contents(folder: Path) -> dict[str, bytes]:
    return {path: (folder / path).read_bytes() for path in files.paths_below(str(folder))}


@pytest.mark.parametrize("kind", KINDS)
def test_an_export_has_every_document_under_its_language_class_and_split(
    release: str, tmp_path: Path, kind: Kind
) -> None:
    written = export(release, str(tmp_path), kind)
    assert problems(str(tmp_path)) == []
    assert read(str(tmp_path)) == written
    shards = manifest.read(release).shards
    about = [(file.language, file.license_class, file.split, file.rows, file.licenses) for file in written.files]
    assert about == [(shard.language, shard.license_class, shard.split, shard.rows, shard.licenses) for shard in shards]
    suffix = {"parquet": ".parquet", "jsonl": ".jsonl.gz"}[kind]
    assert [file.path for file in written.files] == [shard.path.replace(".arrow", suffix) for shard in shards]


def test_the_card_of_an_export_says_how_its_kind_is_read(release: str, tmp_path: Path) -> None:
    cards = {}
    for kind in KINDS:
        export(release, str(tmp_path / kind), kind)
        cards[kind] = (tmp_path / kind / "README.md").read_text(encoding="utf-8")
    assert parquet.ABOUT in cards["parquet"]
    assert parquet.ABOUT not in cards["jsonl"]


@pytest.mark.parametrize("kind", KINDS)
def test_load_dataset_gives_back_every_row_of_an_export_with_the_types_of_its_columns(
    release: str, tmp_path: Path, kind: Kind
) -> None:
    import datasets

    folder, cache = str(tmp_path / "export"), str(tmp_path / "cache")
    written = export(release, folder, kind)
    assert list(loading_problems(folder, written.files)) == []
    loaded, streamed = (
        datasets.load_dataset(folder, streaming=streaming, cache_dir=cache) for streaming in (False, True)
    )
    assert set(loaded) == set(streamed) == {"train", "validation"}
    for found in (loaded, streamed):
        rows = [row for split in found.values() for row in split]
        assert sorted(rows, key=lambda row: (row["language"], row["license"], row["id"])) == everything(release)
    unit = {"parquet": "ms", "jsonl": "s"}[kind]  # Parquet has no seconds
    types = datasets.Features.from_arrow_schema(PUBLISHED) | {
        "fetched_at": datasets.Value(f"timestamp[{unit}, tz=UTC]")
    }
    assert loaded["train"].features == types


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_export_again_changes_no_byte(release: str, tmp_path: Path, kind: Kind) -> None:
    for folder in (tmp_path / "a", tmp_path / "b"):
        export(release, str(folder), kind, ["zho_Hans", "eng_Latn"])
    first = contents(tmp_path / "a")
    assert contents(tmp_path / "b") == first
    export(release, str(tmp_path / "a"), kind, ["eng_Latn", "zho_Hans", "eng_Latn"])
    assert contents(tmp_path / "a") == first


def test_languages_and_classes_are_chosen(release: str, tmp_path: Path) -> None:
    chosen = export(release, str(tmp_path), "jsonl", ["zho_Hans", "tha_Thai"], ["open"])
    assert {(file.language, file.license_class) for file in chosen.files} == {
        ("zho_Hans", "open"),
        ("tha_Thai", "open"),
    }
    with pytest.raises(ReleaseError, match="no language zho_Hant in this release: it has arb_Arab, eng_Latn"):
        export(release, str(tmp_path / "b"), "jsonl", ["zho_Hant"])
    with pytest.raises(ReleaseError, match="no class of licence free in this release: it has open, sharealike"):
        export(release, str(tmp_path / "b"), "jsonl", (), ["free"])
    assert not (tmp_path / "b").exists()


def test_what_lies_in_the_folder_already_is_not_overwritten(release: str, tmp_path: Path) -> None:
    export(release, str(tmp_path / "a"), "parquet")
    before = contents(tmp_path / "a")
    other = str(tmp_path / "other")
    write_release(other, documents()[1:])
    others: list[tuple[str, Kind, tuple[str, ...]]] = [
        (other, "parquet", ()),
        (release, "jsonl", ()),
        (release, "parquet", ("zho_Hans",)),
    ]
    for source, kind, languages in others:
        with pytest.raises(ReleaseError, match="holds another export: name a new or an empty folder"):
            export(source, str(tmp_path / "a"), kind, languages)
    assert contents(tmp_path / "a") == before
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(ReleaseError, match="holds something else"):
        export(release, str(tmp_path / "mine"), "parquet")
    with pytest.raises(ReleaseError, match="is inside the release itself"):
        export(release, files.join(release, "parquet"), "parquet")


def dying(after: int) -> Callable[[str, str], None]:
    """Return an `os.replace` that puts so many files in their places, and then dies."""
    written, real = 0, os.replace

    def replace(source: str, target: str) -> None:
        nonlocal written
        if written == after:
            raise KeyboardInterrupt
        written += 1
        real(source, target)

    return replace


def test_an_export_that_was_killed_is_completed_by_the_same_command_and_by_no_other(
    release: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    export(release, str(whole), "parquet")
    for moment in range(len(contents(whole)) + 1):  # one more: what says that it was begun
        monkeypatch.setattr(os, "replace", dying(moment))
        with pytest.raises(KeyboardInterrupt):
            export(release, str(killed), "parquet")
        monkeypatch.undo()
        assert not (killed / EXPORT).exists()
        if moment:
            with pytest.raises(ReleaseError, match="another export"):
                export(release, str(killed), "jsonl")
    export(release, str(killed), "parquet")
    assert contents(killed) == contents(whole)


def test_a_shard_that_is_not_what_the_manifest_says_is_not_exported(tmp_path: Path) -> None:
    release = str(tmp_path / "release")
    (shard, *_) = write_release(release, documents()).shards
    (tmp_path / "release" / shard.path).write_bytes(b"")
    with pytest.raises(ReleaseError, match="its SHA-256 is not that of the manifest"):
        export(release, str(tmp_path / "export"), "parquet")


def test_what_is_wrong_with_an_export_is_named(release: str, tmp_path: Path) -> None:
    first, second, *_ = export(release, str(tmp_path), "jsonl").files
    (tmp_path / first.path).write_bytes(b"")
    (tmp_path / second.path).unlink()
    (tmp_path / "data" / "more.jsonl.gz").write_bytes(b"")
    assert problems(str(tmp_path)) == [
        f"{first.path}: its SHA-256 is not that of the manifest",
        f"{second.path}: is missing",
        "data/more.jsonl.gz: is no part of the export",
    ]
    (tmp_path / EXPORT).write_text('{"format": 0}')
    with pytest.raises(ReleaseError, match="of format 0, not 2"):
        problems(str(tmp_path))


def test_an_empty_release_gives_an_empty_export(tmp_path: Path) -> None:
    write_release(str(tmp_path / "release"), [])
    assert export(str(tmp_path / "release"), str(tmp_path / "out"), "parquet").rows == 0
    assert problems(str(tmp_path / "out")) == []


# JSON Lines


def test_a_line_has_every_column_and_dates_as_everyone_writes_them(release: str, tmp_path: Path) -> None:
    export(release, str(tmp_path), "jsonl")
    content = gzip.decompress((tmp_path / "data" / "eng_Latn" / "open-validation-00000.jsonl.gz").read_bytes())
    (row,) = map(json.loads, content.decode().split("\n")[:-1])
    assert list(row) == PUBLISHED.names
    assert (row["published"], row["fetched_at"]) == ("2024-05-06", "2026-01-12T08:30:00Z")
    assert row["evidence"] == [{**EVIDENCE[0], "digest": None}]


# Parquet


LICENSES = ("CC-BY-4.0", "MIT", "Apache-2.0")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    """Documents in the order of a crawl: licences, sources and scores in no order."""
    draw = random.Random(3)
    rows = [
        document(n, f"{TEXTS[draw.choice(list(TEXTS))]} {n} " * 20, license="CC-BY-4.0")
        | {"license": draw.choice(LICENSES), "source": f"s{n % 2}", "quality_score": draw.random() if n % 10 else None}
        for n in range(4000)
    ]
    return pa.Table.from_batches([batch_of(rows, PUBLISHED)])


@pytest.fixture(scope="module")
def file(many: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("parquet")
    files.write_shard(str(folder / "a.arrow"), many.to_batches(), PUBLISHED)
    parquet.write(str(folder / "a.parquet"), str(folder / "a.arrow"), group_bytes=100_000)
    return str(folder / "a.parquet")


def test_a_row_group_has_about_so_many_bytes_of_text(many: pa.Table, file: str) -> None:
    found = pq.ParquetFile(file)
    sizes = [sum(found.read_row_group(n, ["bytes"])["bytes"].to_pylist()) for n in range(found.num_row_groups)]
    assert len(sizes) > 20
    longest = max(many["bytes"].to_pylist())
    assert all(abs(size - 100_000) <= longest for size in sizes[:-1])
    assert sum(sizes) == sum(many["bytes"].to_pylist())


@given(st.lists(st.integers(0, 300), min_size=1, max_size=40), st.integers(1, 500))
def test_row_groups_hold_every_row_in_order_and_none_is_empty(lengths: list[int], limit: int) -> None:
    table = pa.table({"text": ["雨" * length for length in lengths]})
    groups = [group["text"].to_pylist() for group in parquet._groups(table, limit)]
    assert all(groups)
    assert [text for group in groups for text in group] == table["text"].to_pylist()


@pytest.mark.parametrize(
    ("condition", "share"),
    [
        (ds.field("license") == "MIT", 0.4),
        (ds.field("license_class") == "open", 0.0),
        (ds.field("language") == "eng_Latn", 0.0),
        ((ds.field("license") == "MIT") & (ds.field("source") == "s1"), 0.25),
        ((ds.field("license") == "MIT") & (ds.field("source") == "s1") & (ds.field("quality_score") > 0.9), 0.1),
        (ds.field("quality_score") > 0.9, 0.5),
    ],
)
def test_filters_touch_few_row_groups_and_miss_no_row(
    many: pa.Table, file: str, condition: ds.Expression, share: float
) -> None:
    (fragment,) = ds.dataset(file).get_fragments()
    touched = fragment.subset(condition).num_row_groups / fragment.num_row_groups
    assert touched <= share
    found = pq.read_table(file, columns=["id"], filters=condition)["id"].to_pylist()
    assert sorted(found) == sorted(many.filter(condition)["id"].to_pylist())


def test_dictionaries_are_where_values_repeat_and_statistics_where_they_are_short(file: str) -> None:
    group = pq.ParquetFile(file).metadata.row_group(0)
    columns = {group.column(n).path_in_schema: group.column(n) for n in range(group.num_columns)}
    packed = {name for name, column in columns.items() if "RLE_DICTIONARY" in column.encodings}
    assert {"license", "source", "language", "license_class"} <= packed <= set(parquet.FEW_VALUES)
    assert set(parquet.FEW_VALUES) <= set(columns)
    assert all(columns[name].is_stats_set for name in ("id", "license", "quality_score", "characters", "fetched_at"))
    assert not any(columns[name].is_stats_set for name in ("text", "evidence.list.element.value"))
    assert all(column.has_offset_index for column in columns.values())
    assert columns["quality_score"].has_column_index
    assert [order.column_index for order in group.sorting_columns] == [
        list(columns).index(name) for name in ("license", "source", "quality_score", "id")
    ]


def test_polars_reads_an_export(release: str, tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    export(release, str(tmp_path), "parquet")
    lazy = polars.scan_parquet(str(tmp_path / "data" / "*" / "*.parquet"))
    found = lazy.filter(polars.col("license_class") == "open").select("id", "text", "evidence").collect()
    assert sorted(found["text"]) == sorted(row["text"] for row in everything(release) if row["license"] == "CC0-1.0")


def test_duckdb_reads_an_export(release: str, tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    export(release, str(tmp_path), "parquet")
    pattern = str(tmp_path / "data" / "*" / "*.parquet")
    counts = duckdb.sql(f"SELECT language, count(*) FROM '{pattern}' GROUP BY language ORDER BY language").fetchall()
    assert counts == [("arb_Arab", 6), ("eng_Latn", 7), ("tha_Thai", 6), ("zho_Hans", 6)]
    where = duckdb.sql(f"SELECT evidence[1].value FROM '{pattern}' WHERE domains = ['news']").fetchall()
    assert where == [("https://creativecommons.org/",)]


def test_pandas_reads_an_export(release: str, tmp_path: Path) -> None:
    import pandas

    export(release, str(tmp_path), "parquet", ["tha_Thai"])
    found = pandas.read_parquet(tmp_path / "data" / "tha_Thai", columns=["text"])
    assert len(found) == 6
