"""Loops are compiled once per machine, by whichever process needs them first; numba is loaded for the first call."""

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pipeline.code import ROOMS
from shards.compiled import Loop, compiled, inner
from shards.sorting import stable_order
from tests.runs import ROOT

LOOPS = """
from shards.compiled import compiled

@compiled
def step(number, by):
    return number * by + 1

@compiled
def steps(count):
    number = 0
    for turn in range(count):
        number = step(number, 3) + step(number, turn)
    return number
"""
# Waits for a line, so that several begin at once; prints the result and how many functions were compiled here.
CALL = """
import sys
import loops
sys.stdin.readline()
result = loops.steps(5)
compilers = [getattr(loop, name) for loop in (loops.step, loops.steps) for name in ("_for_python", "_for_loops")
             if name in vars(loop)]
print(result, sum(compiler._cache_misses.total() for compiler in compilers))
"""
FULL = """
import numba.core.caching as caching

def no_room(*_):
    raise OSError(28, "No space left on device")

caching.IndexDataCacheFile.save = no_room
"""
HIDDEN = """
import shards
from filters.chain import judge
from filters.hidden_text import HiddenText
from shards.schema import DOCUMENT, batch_of
batch = batch_of([{"id": "", "source": "", "source_id": "", "text": "one two\\u200b"}], DOCUMENT)
print(shards.__path__[0], len(judge([HiddenText()], batch).signals))
"""


@pytest.fixture
def loops(tmp_path: Path) -> Path:
    (tmp_path / "loops.py").write_text(LOOPS)
    return tmp_path


def start(code: str, cache: Path, *folders: Path) -> "subprocess.Popen[str]":
    path = os.pathsep.join(map(str, (*folders, ROOT)))
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=cache.parent,
        env=os.environ | {"NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def machine_code(cache: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in cache.rglob("*.nbc")}


@pytest.mark.processes
def test_processes_that_need_a_function_at_once_compile_it_once(loops: Path) -> None:
    for _ in range(2):
        started = [start(CALL, loops / "cache", loops) for _ in range(2)]
        for process in started:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        answers = [process.communicate()[0].split() for process in started]
        assert len({result for result, _ in answers}) == 1
        compiled_here = sum(int(count) for _, count in answers)
        assert compiled_here in (2, 0)
    assert compiled_here == 0, "and the second time it was there"
    assert len(machine_code(loops / "cache")) == 2, "one for each function, though one calls the other with a constant"


@pytest.mark.processes
def test_a_process_that_dies_while_it_compiles_holds_up_nobody(loops: Path) -> None:
    assert start(CALL, loops / "cache", loops).communicate("\n")[0]
    (lock,) = (path for path in (loops / "cache").rglob("*.lock") if ".steps-" in path.name)
    for path in (loops / "cache").rglob("*.nb?"):
        path.unlink()
    hold = f"from shards.loop_cache import Turn; from pathlib import Path; Turn(Path({str(lock)!r})).take(); print()"
    holder = start(f"{hold}; import time; print(flush=True); time.sleep(600)", loops / "cache")
    assert holder.stdout is not None
    holder.stdout.readline()
    waiting = start(CALL, loops / "cache", loops)
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.communicate("\n", timeout=3)
    holder.kill()
    assert waiting.communicate(timeout=120)[0].split()[1] == "2"
    holder.communicate()


@pytest.mark.processes
def test_what_cannot_be_kept_on_disk_is_compiled_all_the_same(loops: Path) -> None:
    assert start(FULL + CALL, loops / "cache", loops).communicate("\n")[0].split()[1] == "2"
    assert not machine_code(loops / "cache")


@pytest.mark.processes
def test_what_numba_compiles_with_is_loaded_by_who_compiles_and_by_nobody_else(loops: Path) -> None:
    said = CALL + "print('numba.np.linalg' in sys.modules)\n"
    more = "print(loops.steps(5.5 > 2), loops.step(2.5, 2.5), 'numba.np.linalg' in sys.modules)\n"
    assert start(said, loops / "cache", loops).communicate("\n")[0].split()[1:] == ["2", "True"]
    result, *read = start(said + more, loops / "cache", loops).communicate("\n")[0].split()
    assert read == ["0", "False", "2", "7.25", "True"]  # what is compiled later calls what was read
    assert int(result) > 0


@pytest.mark.processes
def test_a_checkout_in_another_place_compiles_nothing(tmp_path: Path) -> None:
    copy = tmp_path / "package"
    for room in ROOMS:
        shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
    cache = tmp_path / "cache"
    place, signals = start(HIDDEN, cache).communicate()[0].split()
    assert Path(place).parent == ROOT
    compiled_there = machine_code(cache)
    assert compiled_there
    assert start(HIDDEN, cache, copy).communicate()[0].split() == [str(copy / "shards"), signals]
    assert machine_code(cache) == compiled_there


def test_numba_is_not_loaded_before_a_loop_is_called() -> None:
    code = (
        "import sys, dedup.verify, filters.gopher_quality, filters.pii, pipeline.extract;"
        "assert not {'numba', 'llvmlite'} & set(sys.modules);"
        "import shards.sorting, numpy; shards.sorting.stable_order(numpy.zeros(1, numpy.uint64));"
        "assert 'numba' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.processes
def test_machine_code_is_read_without_what_compiles_it() -> None:
    code = (
        "import sys; from filters.language import Language; from jobs import compile;"
        "from pipeline.stages.dedup import Dedup;"
        "compile._extraction(['blocks']);"
        "compile._judging([Language()]);"
        "compile._deduplication(Dedup.model_validate({'name': 'dedup', 'partitions': 1, 'minhash': {'exact': True}}));"
        "print({'numba.np.arrayobj', 'numba.np.arraymath', 'numba.cpython.unicode', 'scipy.linalg'} & set(sys.modules))"
    )
    for _ in range(2):  # the first may compile them
        result = subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True)
    assert result.stdout.split() == ["set()"]


@compiled
def _above(number: int, least: int) -> int:
    return number + 1 if number > least else least


@compiled
def _twice(number: int) -> int:
    return _above(number, 1) + _above(number, 2)


@inner
def _sum(numbers: np.ndarray) -> float:
    total = 0.0
    for number in numbers:
        total += number
    return total


@compiled
def _sums(rows: np.ndarray) -> float:
    return _sum(rows[0]) + _sum(rows[1])


def test_a_loop_answers_as_its_function_does() -> None:
    assert [_twice(number) for number in range(4)] == [_twice.function(number) for number in range(4)]
    assert _above(3, least=1) == 4
    rows = np.arange(6, dtype=np.float64).reshape(2, 3)
    assert _sums(rows) == _sums.function(rows) == 15
    assert _sum(rows[1]) == 12, "Python may call an inner one, too"


def test_a_loop_travels_by_name() -> None:
    assert isinstance(stable_order, Loop)
    assert pickle.loads(pickle.dumps(stable_order)) is stable_order
    assert stable_order.__doc__ == stable_order.function.__doc__
