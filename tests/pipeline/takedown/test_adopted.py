"""What was taken down in an earlier output stays out of a run that is against it, whatever its configuration says."""

import logging
from pathlib import Path
from typing import Any

import pytest

from pipeline.answers.finished_run import FinishedRun, open_run
from pipeline.takedown.apply import apply
from pipeline.takedown.finding import Selector
from pipeline.takedown.plan import planned
from shards import files
from shards.release.tombstones import read_tombstones
from tests.pipeline.stages.corpus import Corpus, prose, rows

STEPS = [{"name": "normalize"}]


def stages(*against: str) -> list[dict[str, Any]]:
    return [
        {"name": "dedup", "against": list(against)},
        {"name": "publish", "title": "Notes", "unlicensed": True},
    ]


def row(number: int, site: str = "first", words: int = 120) -> dict[str, Any]:
    return {"id": f"{site}{number}", "url": f"https://{site}.example/{number}", "text": prose(number, words)}


@pytest.fixture
def first(tmp_path: Path) -> FinishedRun:
    corpus = Corpus(tmp_path / "first", "url", "id")
    corpus.write("a", *(row(number) for number in range(4)))
    return corpus.run(STEPS, *stages())


def taken_down(run: FinishedRun, number: int) -> None:
    apply(planned([run], Selector(urls=(f"https://first.example/{number}",)), "content", "court"))


def test_a_mirror_of_what_was_taken_down_is_rejected_and_its_tombstone_goes_on(
    first: FinishedRun, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    taken_down(first, 1)
    second = Corpus(tmp_path / "second", "url", "id")
    second.write("b", row(1, "mirror"), row(7, "mirror"), {**row(1), "id": "same address"})
    made = second.run(STEPS, *stages(first.output))
    assert {each["rejected_by"] for each in rows(made, "documents", "rejected")} == {"suppressed.taken_down"}
    assert [each["url"] for each in rows(made, "documents", "kept")] == ["https://mirror.example/7"]
    release = f"{made.stage('publish').folder}/release"
    assert len(read_tombstones(release)) == 1
    before = {path: path.stat().st_mtime_ns for path in Path(made.output).glob("*/receipts/*.json")}
    taken_down(first, 2)
    second.write("c", row(2, "mirror"))
    with caplog.at_level(logging.WARNING):
        later = second.run(STEPS, *stages(first.output))
    assert "name both in `yuliao takedown plan`" in caplog.text
    assert [each["url"] for each in rows(later, "documents", "kept")] == ["https://mirror.example/7"]
    documents = Path(later.stage("documents").folder)
    assert {path: time for path, time in before.items() if path.is_relative_to(documents)}.items() <= {
        path: path.stat().st_mtime_ns for path in documents.glob("receipts/*.json")
    }.items()
    apply(
        planned(
            [open_run(later.output), open_run(first.output)], Selector(hosts=("first.example",)), "content", "court"
        )
    )


def test_a_run_that_was_killed_before_it_published_is_judged_anew(first: FinishedRun, tmp_path: Path) -> None:
    second = Corpus(tmp_path / "second", "url", "id")
    second.write("b", row(1, "mirror"), row(7, "mirror"))
    begun = second.run(STEPS, *stages(first.output)[:1])
    assert len(rows(begun, "documents", "kept")) == 2
    taken_down(first, 1)
    made = second.run(STEPS, *stages(first.output))
    assert [each["url"] for each in rows(made, "documents", "kept")] == ["https://mirror.example/7"]
    assert not any(prose(1)[:60] in str(files.read_table(uri).to_pylist()) for uri in _shards(made))


def _shards(run: FinishedRun) -> list[str]:
    stage = run.stage("documents")
    return [stage.uri(key, role) for key in stage.keys for role in ("kept", "rejected")]
