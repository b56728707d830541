"""What others open a shard with: a zstd Arrow IPC file is what `write_shard` promises."""

import random
from pathlib import Path
from typing import Any

import datasets
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pytest

from shards import files
from shards.schema import PUBLISHED, batch_of
from tests.shards.test_canonical import rows

ROWS = 3000  # three batches
FIRST = {
    "id": "0" * 32,
    "text": "海面水溫上升。",
    "source": "notes",
    "source_id": "1",
    "domains": ["climate", "oceans"],
    "evidence": [{"kind": "source", "value": "CC-BY-4.0"}],
    "provenance": {"source": "notes", "file": "a.jsonl", "offset": 0, "length": 9, "digest": "0" * 64},
}


@pytest.fixture(scope="module")
def shard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("release") / "permissive-00000.arrow"
    others = rows(PUBLISHED, ROWS - 1, random.Random(7))
    files.write_shard(str(path), [batch_of([FIRST], PUBLISHED), others], PUBLISHED)
    return path


@pytest.fixture(scope="module")
def expected(shard: Path) -> pa.Table:
    return files.read_table(str(shard))


def test_it_is_an_arrow_file_compressed_with_zstd(shard: Path) -> None:
    content = shard.read_bytes()
    assert content[:6] == content[-6:] == b"ARROW1"
    assert b"\x28\xb5\x2f\xfd" in content
    with pa.memory_map(str(shard)) as source:
        reader = pa.ipc.open_file(source)
        assert [reader.get_batch(index).num_rows for index in range(reader.num_record_batches)] == [1024, 1024, 952]


def test_datasets_maps_it(shard: Path, expected: pa.Table, tmp_path: Path) -> None:
    loaded: Any = datasets.load_dataset("arrow", data_files=str(shard), split="train", cache_dir=str(tmp_path))
    assert (loaded.num_rows, loaded.column_names) == (ROWS, PUBLISHED.names)
    assert loaded[0]["text"] == FIRST["text"]
    assert loaded["id"][:] == expected["id"].to_pylist()


def test_datasets_streams_it(shard: Path, expected: pa.Table, tmp_path: Path) -> None:
    streamed: Any = datasets.load_dataset(
        "arrow", data_files=str(shard), split="train", streaming=True, cache_dir=str(tmp_path)
    )
    found = list(streamed)
    assert found[0]["domains"] == FIRST["domains"]
    assert [row["id"] for row in found] == expected["id"].to_pylist()


def test_polars_scans_it(shard: Path, expected: pa.Table) -> None:
    found = pl.scan_ipc(shard).select("text", "domains", "provenance").collect()
    assert found["text"].to_list() == expected["text"].to_pylist()
    assert found["domains"][0].to_list() == FIRST["domains"]
    assert found["provenance"][0]["file"] == "a.jsonl"


def test_pandas_reads_it(shard: Path, expected: pa.Table) -> None:
    found = pd.read_feather(shard, columns=["id", "text"])
    assert list(found["text"]) == expected["text"].to_pylist()


def test_pyarrow_scans_it_as_a_dataset(shard: Path, expected: pa.Table) -> None:
    dataset = pyarrow.dataset.dataset(shard.parent, format="ipc")
    assert dataset.schema == PUBLISHED
    assert dataset.to_table().equals(expected)
    assert dataset.count_rows(filter=pyarrow.dataset.field("id") == FIRST["id"]) == 1


def test_duckdb_queries_it_over_a_dataset(shard: Path) -> None:
    dataset = pyarrow.dataset.dataset(shard, format="ipc")
    with duckdb.connect() as connection:
        connection.register("documents", dataset)
        query = "SELECT text, provenance.file, domains[2], count(*) OVER () FROM documents WHERE id = ?"
        assert connection.execute(query, [FIRST["id"]]).fetchall() == [(FIRST["text"], "a.jsonl", "oceans", 1)]
        assert connection.execute("SELECT count(*) FROM documents").fetchall() == [(ROWS,)]
