import importlib
import inspect
import os
import pkgutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from numba.core.dispatcher import Dispatcher

import filters
from filters.compiled import _private_directory

ROOT = Path(filters.__file__).parents[1]
SEGMENT = (
    "import pyarrow as pa; from filters import segment;"
    "print(segment.tokens(segment.characters(pa.array(['one two, three']))).count.tolist())"
)


def modules() -> list[str]:
    return [f"filters.{module.name}" for module in pkgutil.iter_modules(filters.__path__)]


@pytest.mark.parametrize("module", modules())
def test_compiled_code_calls_compiled_code_of_its_own_file_only(module: str) -> None:
    """Numba looks for changes in the function's own file: what it calls elsewhere could change unnoticed."""
    members = vars(importlib.import_module(module))
    for name, function in members.items():
        if isinstance(function, Dispatcher) and function.py_func.__module__ == module:
            called = inspect.getclosurevars(function.py_func).globals.values()
            foreign = [c for c in called if isinstance(c, Dispatcher) and c.py_func.__module__ != module]
            assert not foreign, f"{module}.{name} calls {foreign}"


def run(code: str, **environment: str) -> list["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", code]
    return [
        subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]


@pytest.mark.slow
def test_processes_that_start_at_once_share_one_cache(tmp_path: Path) -> None:
    first = run(SEGMENT, NUMBA_CACHE_DIR=str(tmp_path))
    assert [process.communicate()[0] for process in first] == ["[4]\n"] * 2
    entries = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nbc")}
    assert entries
    later = run(SEGMENT, NUMBA_CACHE_DIR=str(tmp_path))
    assert [process.communicate()[0] for process in later] == ["[4]\n"] * 2
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nbc")} == entries


def test_the_last_resort_is_a_directory_of_this_user_alone(tmp_path: Path) -> None:
    made = _private_directory(tmp_path / "cache")
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    made.chmod(0o755)
    with pytest.raises(PermissionError, match="NUMBA_CACHE_DIR"):
        _private_directory(made)
