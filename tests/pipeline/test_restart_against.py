"""A crawl that is held against an earlier one gives the same bytes, whoever is killed and in whatever order."""

import signal
import subprocess
import sys
from typing import Any

import pytest

from pipeline.run import Local
from pipeline.stages.dedup import rounds
from tests.runs import ROOT, SampleWeb, Shuffled, documents, written

pytestmark = pytest.mark.processes


def test_a_crawl_held_against_another_changes_no_byte_when_it_is_killed(
    whole_run: SampleWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With repeated lines, addresses, rounds and an earlier index; the clusters are those of one run over both."""
    monkeypatch.setattr(rounds, "AT_ONCE", 0)  # as in the processes that are killed
    monkeypatch.setattr(rounds, "PER_TASK", 4)
    levels: dict[str, Any] = {"url": "latest", "paragraphs": {"documents": 3}, "partitions": 6}
    assert not whole_run.run("first", Local(), warc="*0", dedup={**levels, "paragraphs": None}).failures
    levels["against"] = [str(whole_run.folder / "first")]
    assert not whole_run.run("second", Local(), warc="*1", dedup=levels).failures
    copies = [row for row in documents(whole_run.open("second")).values() if (row["dedup"] or {}).get("duplicate_of")]
    earlier = {row["id"] for row in documents(whole_run.open("first")).values()}
    assert any(row["dedup"]["duplicate_of"] in earlier for row in copies)
    config = str(whole_run.config("second-killed", warc="*1", dedup=levels))
    for stage in ("stars-1", "forests-1", "stars-2"):
        killed = subprocess.run([sys.executable, "-c", KILLED, config, stage], cwd=ROOT)
        assert killed.returncode == -signal.SIGKILL
        assert len(written(whole_run.folder / "second-killed", stage)) == 1
    assert not whole_run.run("second-killed", Shuffled(), warc="*1", dedup=levels).failures
    assert whole_run.digests("second-killed") == whole_run.digests("second")


KILLED = """  # runs a configuration, and dies when the second shard of a stage is written, but not its receipt
import os, signal, sys
from pipeline.config import load
from pipeline.run import Local, run
from pipeline.stages.base import Workspace
from pipeline.stages.dedup import rounds
from tests.runs import Silent

rounds.AT_ONCE, rounds.PER_TASK = 0, 4

receipt, seen = Workspace.receipt, []

def dying(workspace, outcome):
    seen.append(workspace.stage)
    if seen.count(sys.argv[2]) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return receipt(workspace, outcome)

Workspace.receipt = dying
run(load(sys.argv[1]), Local(), Silent())
"""
