"""Machine code lies in a folder named by the code, of this user alone; one process at a time compiles a function."""

import errno
import fcntl
import os
import stat
from pathlib import Path

import pytest

from shards import loop_cache
from shards.loop_cache import SIGN, Turn, cache_folder, code_digest, private, someone_compiles


def test_machine_code_is_named_by_the_code_and_what_it_imports(tmp_path: Path) -> None:
    modules = {
        "loops": "from filters import (\n    table,\n)\nfrom shards.compiled import compiled\n",
        "table": "from filters.letters import LETTERS\n",
        "letters": "LETTERS = 26\n",
        "plain": "from filters import loops\n",
    }
    for root in (tmp_path / "here", tmp_path / "there"):
        (root / "filters").mkdir(parents=True)
        for name, code in modules.items():
            (root / "filters" / f"{name}.py").write_text(code)

    def digest(root: str) -> str:
        code_digest.cache_clear()
        return code_digest(tmp_path / root / "filters" / "loops.py", "1.0", tmp_path / root)

    assert digest("here") == digest("there"), "not by the place of the checkout"
    (tmp_path / "there" / "filters" / "plain.py").write_text("")
    assert digest("here") == digest("there"), "not by code that it does not import"
    (tmp_path / "there" / "filters" / "letters.py").write_text("LETTERS = 27\n")
    assert digest("here") != digest("there")


def test_a_user_without_a_home_has_a_cache_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    assert cache_folder.__wrapped__() == tmp_path / f"yuliao-{os.getuid()}"


def test_the_last_resort_is_a_directory_of_this_user_alone(tmp_path: Path) -> None:
    made = private(tmp_path / "cache")
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    made.chmod(0o755)
    with pytest.raises(PermissionError, match="NUMBA_CACHE_DIR"):
        private(made)


def test_a_turn_is_one_processes_alone_and_free_when_it_dies(tmp_path: Path) -> None:
    turn = Turn(tmp_path / "loop.lock")
    assert turn.take()
    assert not turn.take(), "it is this process's already"
    file = os.open(tmp_path / "loop.lock", os.O_RDWR)
    with pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    turn.give_back()
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(file)  # as the system does when a process ends, however it ends
    assert turn.take()
    turn.give_back()


def test_without_locks_everybody_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(file: int, kind: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    first, second = Turn(tmp_path / "loop.lock"), Turn(tmp_path / "loop.lock")
    assert first.take()
    assert second.take()
    first.give_back()
    second.give_back()


def test_who_waits_too_long_goes_on_without_its_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_cache, "PATIENCE", 0.05)
    first, second = Turn(tmp_path / "loop.lock"), Turn(tmp_path / "loop.lock")
    assert first.take()
    assert second.take()
    second.give_back()
    first.give_back()


def test_others_see_that_something_is_compiled_while_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_cache, "cache_folder", lambda: tmp_path)
    assert not someone_compiles()
    one, another = (Turn(tmp_path / SIGN, shared=True) for _ in range(2))
    assert one.take()
    assert another.take(), "any number may"
    one.give_back()
    assert someone_compiles()
    another.give_back()
    assert not someone_compiles()
