"""A table that its library cannot bear, or that is too large in memory, is damaged there; the rest of it is read."""

import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import ShardError, SourceError
from pipeline.sources.arrow import Arrow
from pipeline.sources.base import Skipped, Split
from pipeline.sources.columnar import Columnar, Damaged
from pipeline.sources.parquet import Parquet
from pipeline.stages.guard import read_rows


def read(source: Columnar, path: Path) -> tuple[list[Any], list[str]]:
    unreadable: list[str] = []
    found = read_rows(source, Split(file=str(path), name=path.name), Skipped(), unreadable)
    return [row["text"] for row in found], unreadable


def test_a_row_group_that_takes_too_much_memory_is_damaged_and_its_neighbours_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    groups = (["rain"], 1), (["雨" * (4 << 20)], 200), (["ฝน"], 1)  # the second is 2.5 GB when it is read
    kind = pa.dictionary(pa.int32(), pa.string())
    with pq.ParquetWriter(path, pa.schema([("text", kind)]), compression="zstd", store_schema=False) as writer:
        for texts, times in groups:
            column = pa.DictionaryArray.from_arrays(pa.array([0] * times, pa.int32()), texts)
            writer.write_table(pa.table({"text": column}))
    texts, unreadable = read(Parquet(name="a", paths=(str(path),), memory_bytes=2 << 30), path)
    assert texts == ["rain", "ฝน"]
    assert len(unreadable) == 1
    assert "damaged in 1 row group, the first at row 1:" in unreadable[0]


@pytest.mark.parametrize("kind", ["file", "stream"])
def test_an_arrow_file_of_many_answers_is_read_in_order(kind: str, tmp_path: Path) -> None:
    path, table = tmp_path / "a.arrow", pa.table({"n": range(3000), "text": [f"{n} {'x' * 4000}" for n in range(3000)]})
    with (pa.ipc.new_file if kind == "file" else pa.ipc.new_stream)(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=1000)
    texts, unreadable = read(Arrow(name="a", paths=(str(path),)), path)
    assert (texts, unreadable) == (table["text"].to_pylist(), [])


def test_a_file_that_is_another_when_it_is_read_again_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    source = Parquet(name="a", paths=(str(path),))
    for text in ("rain", "雨"):
        path.unlink(missing_ok=True)
        pq.write_table(pa.table({"text": [text]}), path)
        assert read(source, path) == ([text], [])


def test_what_is_no_table_and_what_is_not_there_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 is not enough PAR1")
    source = Parquet(name="a", paths=("a",))
    with pytest.raises(ShardError, match=r"a\.parquet: not a table of parquet"):
        source.shape(str(tmp_path / "a.parquet"))
    with pytest.raises(SourceError, match="no such file"):
        source.shape(str(tmp_path / "b.parquet"))


@pytest.mark.parametrize("seed", range(60))
def test_what_the_child_writes_of_a_damaged_file_is_read_or_damaged(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library may write a batch with a negative length; it raises an `OSError` where this is read."""
    draw, sink = random.Random(seed), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, pa.schema([("text", pa.string())])) as writer:
        for text in ("rain", "雨" * 40):
            writer.write_batch(pa.record_batch({"text": [text]}))
    content = bytearray(sink.getvalue().to_pybytes())
    for _ in range(draw.randint(1, 8)):
        content[draw.randrange(len(content))] = draw.choice((0, 0x7F, 0xFF, draw.randrange(256)))
    monkeypatch.setattr(Columnar, "_asked", lambda *_, **__: ({"end": True}, bytes(content)))
    with suppress(Damaged):
        for batch in Arrow(name="a", paths=("a.arrow",)).batches("a.arrow", ["text"]):
            assert batch.num_columns == 1
