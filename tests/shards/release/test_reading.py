"""A release is read by what its users have, without anything of ours."""

from pathlib import Path

import pyarrow.dataset as ds
import pytest

from tests.shards.release.releases import document, write_release

TEXTS = ["天氣預報", "今日は晴れ", "อากาศดี", "طقس جميل", "погода"]


@pytest.fixture(scope="module")
def shard(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("release")
    rows = [("train", document(n, text, "und", domains=["weather"])) for n, text in enumerate(TEXTS)]
    (only,) = write_release(str(folder), rows).shards
    return str(Path(folder, only.path))


def test_pyarrow_reads_a_shard_as_a_dataset(shard: str) -> None:
    found = ds.dataset(shard, format="ipc").to_table(["text"], filter=ds.field("characters") > 4)
    assert set(found["text"].to_pylist()) == {text for text in TEXTS if len(text) > 4}


def test_pandas_reads_a_shard(shard: str) -> None:
    import pandas

    assert sorted(pandas.read_feather(shard, columns=["text"])["text"]) == sorted(TEXTS)


def test_polars_scans_a_shard(shard: str) -> None:
    polars = pytest.importorskip("polars")
    found = polars.scan_ipc(shard).filter(polars.col("bytes") > 12).select("text", "provenance", "domains").collect()
    assert set(found["text"]) == {text for text in TEXTS if len(text.encode()) > 12}
    assert found["domains"].to_list() == [["weather"]] * len(found)


def test_duckdb_queries_a_shard_through_pyarrow(shard: str) -> None:
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()
    connection.register("documents", ds.dataset(shard, format="ipc"))
    assert connection.sql("SELECT sum(characters) FROM documents").fetchall() == [(sum(map(len, TEXTS)),)]
