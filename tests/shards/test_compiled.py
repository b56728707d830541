"""Machine code is compiled once per machine, and changed code is never run as it was before."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
