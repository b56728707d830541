"""Files are whole or absent, and the bytes of a shard depend on its rows alone."""

import threading
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shards import files

SCHEMA = pa.schema([pa.field("id", pa.string(), nullable=False), pa.field("text", pa.string())])


def batch(texts: list[str | None]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [pa.array([f"{len(texts)}"] * len(texts)), pa.array(texts, pa.string())], schema=SCHEMA
    )


def test_a_file_appears_whole_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    with files.writing(str(path)) as sink:
        sink.write(b"one ")
        assert not path.exists()
        sink.write(b"two")
    assert path.read_bytes() == b"one two"
    assert sink.digest.hexdigest() == files.sha256(str(path))


def test_a_file_whose_writer_fails_does_not_appear_and_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with files.writing(str(tmp_path / "file")) as sink:
            sink.write(b"half")
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        fail()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.json", "a.json.gz", "a.zst"])
def test_a_file_has_the_bytes_that_were_written_whatever_its_name_and_store(tmp_path: Path, name: str) -> None:
    for place in (str(tmp_path), "memory://shards"):
        written = files.write_bytes(f"{place}/{name}", b"{}")
        assert files.read_bytes(f"{place}/{name}") == b"{}"
        assert files.sha256(f"{place}/{name}") == written.sha256
        assert files.paths_below(place) == [name]
        files.remove(f"{place}/{name}")
        assert files.paths_below(place) == []


def test_what_killed_writers_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / f"a.arrow.1234abcd{files.TEMPORARY}").write_bytes(b"half")
    (tmp_path / "kept" / "a.arrow").write_bytes(b"whole")
    files.remove_temporary(str(tmp_path))
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["a.arrow"]


@given(st.lists(st.lists(st.one_of(st.none(), st.text()), max_size=40), max_size=8), st.integers(1, 50))
def test_the_bytes_of_a_shard_do_not_depend_on_how_its_rows_arrive(
    tmp_path_factory: pytest.TempPathFactory, lists: list[list[str | None]], size: int
) -> None:
    folder = tmp_path_factory.mktemp("shards")
    texts = [text for part in lists for text in part]
    rows = pa.RecordBatch.from_arrays([pa.array(["x"] * len(texts)), pa.array(texts, pa.string())], schema=SCHEMA)
    cut = [rows.slice(start, size) for start in range(0, len(texts), size)]
    one = files.write_shard(str(folder / "one.arrow"), [rows], SCHEMA)
    many = files.write_shard(str(folder / "many.arrow"), cut, SCHEMA)
    assert one == many
    assert files.read_table(str(folder / "many.arrow"))["text"].to_pylist() == texts


def test_batches_of_a_shard_have_a_fixed_number_of_rows(tmp_path: Path) -> None:
    path = str(tmp_path / "a.arrow")
    files.write_shard(path, [batch(["x"] * 700)] * 3, SCHEMA)
    assert [b.num_rows for b in files.read_shard(path)] == [1024, 1024, 52]


def test_single_columns_are_read(tmp_path: Path) -> None:
    path = str(tmp_path / "a.arrow")
    files.write_shard(path, [batch(["天气", None])], SCHEMA)
    assert files.read_table(path, ["text"]).to_pydict() == {"text": ["天气", None]}
    assert [b.schema.names for b in files.read_shard(path, ["text", "id"])] == [["text", "id"]]


def test_a_folder_is_listed_while_it_is_made(tmp_path: Path) -> None:
    """Tasks of a stage begin at once: one makes the folder of receipts while others look what is in there."""
    folder, ended = tmp_path / "receipts", threading.Event()

    def make() -> None:
        while not ended.is_set():
            folder.mkdir()
            folder.rmdir()

    maker = threading.Thread(target=make)
    maker.start()
    try:
        assert all(files.names_in(str(folder)) == [] for _ in range(3000))
    finally:
        ended.set()
        maker.join()
