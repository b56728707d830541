"""Machine code is compiled once per machine, and changed code is never run as it was before."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from shards import compiled as module
from tests.runs import ROOT

SEGMENT = (
    "import pyarrow as pa; from filters.text import segment;"
    "print(segment.tokens(segment.characters(pa.array(['one two, three']))).count.tolist())"
)


def run(code: str, **environment: str) -> list["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", code]
    return [
        subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]


@pytest.mark.processes
def test_processes_that_start_at_once_share_one_cache(tmp_path: Path) -> None:
    first = run(SEGMENT, NUMBA_CACHE_DIR=str(tmp_path))
    assert [process.communicate()[0] for process in first] == ["[4]\n"] * 2
    entries = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nbc")}
    assert entries
    later = run(SEGMENT, NUMBA_CACHE_DIR=str(tmp_path))
    assert [process.communicate()[0] for process in later] == ["[4]\n"] * 2
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nbc")} == entries


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
        module.code_digest.cache_clear()
        return module.code_digest(tmp_path / root / "filters" / "loops.py", tmp_path / root)

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
    assert module.cache_folder() == tmp_path / f"yuliao-{os.getuid()}"


def test_the_last_resort_is_a_directory_of_this_user_alone(tmp_path: Path) -> None:
    made = module._private(tmp_path / "cache")
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    made.chmod(0o755)
    with pytest.raises(PermissionError, match="NUMBA_CACHE_DIR"):
        module._private(made)
