"""What a module's source says is read once, and remembered as long as the source is the same."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import module_code
from pipeline.module_code import Module, read_module

SOURCE = '"""One."""\nimport os.path\nfrom filters import base\nX = 1\n'


@pytest.fixture(autouse=True)
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(module_code, "cache_folder", lambda: tmp_path)
    for cached in (module_code.read_module, module_code._memory, module_code._file):
        cached.cache_clear()
    yield module_code._file()
    for cached in (module_code.read_module, module_code._memory, module_code._file):
        cached.cache_clear()


def read(folder: Path, source: str = SOURCE) -> Module:
    """Read the source as another process would."""
    read_module.cache_clear()
    module_code._memory.cache_clear()
    (folder / "module.py").write_text(source)
    return read_module(folder / "module.py")


def test_what_was_read_is_not_parsed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read(tmp_path)
    assert first.imports == {"os.path", "filters", "filters.base"}
    monkeypatch.setattr(ast, "parse", None)
    assert read(tmp_path) == first
    with pytest.raises(TypeError):
        read(tmp_path, SOURCE.replace("1", "2"))


def test_damaged_lines_are_read_anew_and_their_neighbours_stay(tmp_path: Path, memory: Path) -> None:
    sources = [SOURCE, SOURCE.replace("1", "2")]
    before = [read(tmp_path, source) for source in sources]
    first, second = (line for line in memory.read_text().splitlines() if line)
    swapped = first.replace(before[0].digest, before[1].digest)
    assert swapped != first
    for damaged in (swapped, first[:-9], "", "{}", "\x00\xff", first.upper()):
        memory.write_bytes(f"{damaged}\n{second}".encode("latin-1"))
        assert [read(tmp_path, source) for source in sources] == before
        assert [read(tmp_path, source) for source in sources] == before


def test_the_memory_does_not_grow_for_ever(tmp_path: Path, memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module_code, "LIMIT", 2_000)
    for number in range(40):
        read(tmp_path, SOURCE.replace("1", str(number)))
    assert 0 < len(memory.read_text()) < 3_000


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module_code, "cache_folder", lambda: tmp_path / "none")
    module_code._file.cache_clear()
    assert read(tmp_path) == read(tmp_path)
    assert not (tmp_path / "none").exists()
