"""Arrays are made once for a file and for the code that makes them, and read after that."""

from pathlib import Path

import numpy as np
import pytest

from shards import prepared as module
from shards.arrays import Array
from shards.prepared import prepared


class _Maker:
    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> dict[str, Array]:
        self.made += 1
        return {"numbers": np.arange(5, dtype=np.int32), "names": np.array(["ä", "語"]), "unit": np.array(0.5)}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cache = tmp_path / "cache"
    cache.mkdir()
    monkeypatch.setattr(module, "cache_folder", lambda: cache)
    (tmp_path / "model").write_bytes(b"one")
    return tmp_path


def _same(found: dict[str, Array]) -> bool:
    expected = _Maker()()
    return found.keys() == expected.keys() and all(
        found[name].dtype == array.dtype and np.array_equal(found[name], array) for name, array in expected.items()
    )


def test_arrays_are_made_once_and_are_the_same_when_read(place: Path) -> None:
    make = _Maker()
    assert _same(prepared(place / "model", Path(__file__), make))
    assert _same(prepared(place / "model", Path(__file__), make))
    assert make.made == 1
    assert [file.name.startswith("test_prepared-") for file in (place / "cache").iterdir()] == [True]


def test_another_file_or_other_code_makes_others(place: Path) -> None:
    make = _Maker()
    prepared(place / "model", Path(__file__), make)
    (place / "model").write_bytes(b"two")
    prepared(place / "model", Path(__file__), make)
    (place / "code.py").write_text("")
    prepared(place / "model", place / "code.py", make)
    assert make.made == 3


@pytest.mark.parametrize("damage", ["cut", "emptied", "altered"])
def test_a_damaged_file_of_the_cache_is_made_anew(place: Path, damage: str) -> None:
    make = _Maker()
    prepared(place / "model", Path(__file__), make)
    (file,) = (place / "cache").iterdir()
    whole = file.read_bytes()
    at = whole.index(np.arange(5, dtype=np.int32).tobytes())
    damaged = {"cut": whole[: len(whole) // 2], "emptied": b"", "altered": whole[:at] + b"\1" + whole[at + 1 :]}
    file.write_bytes(damaged[damage])
    assert _same(prepared(place / "model", Path(__file__), make))
    assert _same(prepared(place / "model", Path(__file__), make))
    assert make.made == 2, "and kept again"


def test_arrays_that_cannot_be_kept_are_made_each_time(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "cache_folder", lambda: place / "nowhere")
    make = _Maker()
    assert _same(prepared(place / "model", Path(__file__), make))
    assert _same(prepared(place / "model", Path(__file__), make))
    assert make.made == 2
