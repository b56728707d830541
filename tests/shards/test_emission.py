"""Machine code is emitted for what Python calls, and for nothing else; all of it answers as Python would."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runs import ROOT

LOOPS = """
import numba
from shards.compiled import compiled, inner

@inner
def cubed(number):
    return number ** 3

@compiled
def sum_of_cubes(count):
    total = 0
    for number in range(count):
        total += cubed(number)
    return total

@compiled
def checked(count):
    if count < 0:
        raise ValueError("a count below zero")
    return sum_of_cubes(count)

@numba.njit
def halved(number):
    return number / 2

@numba.njit
def quartered(number):
    return halved(halved(number))

@numba.njit
def factorial(number):
    return number * factorial(number - 1) if number > 1 else 1
"""

EMITTED = """
import loops

def emitted(dispatcher):
    return [result.library._is_emitted for result in dispatcher.overloads.values()]

assert loops.checked(5) == 100
print(emitted(loops.checked._for_python), emitted(loops.sum_of_cubes._for_loops), emitted(loops.cubed._for_loops))
assert loops.sum_of_cubes(5) == 100 and loops.cubed(3) == 27, "Python may call them all, by code of their own"
assert loops.quartered(8.0) == 2.0 and loops.halved(8.0) == 4.0 and loops.factorial(10) == 3_628_800
print(emitted(loops.quartered), emitted(loops.halved))  # not ours: each has code for Python and for loops
"""

ANSWERS = """
import loops
print(loops.checked(7), loops.sum_of_cubes(4), loops.cubed(2), loops.quartered(2.0))
try:
    loops.checked(-1)
except ValueError as error:
    print(error)
"""


def said(code: str, folder: Path) -> list[str]:
    path = os.pathsep.join((str(folder), str(ROOT)))
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder / "cache"), "PYTHONPATH": path}
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, check=True, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    return ended.stdout.splitlines()


@pytest.fixture
def loops(tmp_path: Path) -> Path:
    (tmp_path / "loops.py").write_text(LOOPS)
    return tmp_path


@pytest.mark.processes
def test_machine_code_is_emitted_for_what_python_calls_and_for_nothing_else(loops: Path) -> None:
    assert said(EMITTED, loops) == ["[True] [False] [False]", "[True] [True]"]


@pytest.mark.processes
def test_answers_are_the_same_from_the_disk(loops: Path) -> None:
    compiled, read = (said(ANSWERS, loops) for _ in range(2))
    assert compiled == read == ["441 36 8 0.5", "a count below zero"]
