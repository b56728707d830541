"""What a run's receipts say of it as a whole."""

from collections import Counter

import pytest

from pipeline.answers.funnel import Likeness, StageFunnel, funnel, likeness
from pipeline.errors import QuestionError
from pipeline.stages.base import Facts, FinishedStage, Outcome, Task, Workspace
from pipeline.stages.dedup.candidates import CandidatesFacts
from pipeline.stages.dedup.components import ComponentsFacts
from pipeline.stages.dedup.survivors import SurvivorsFacts
from pipeline.stages.documents import DocumentsFacts


def finished(name: str, *facts: Facts) -> FinishedStage:
    tasks = [Task(reads=(name,), part={"number": number}) for number in range(len(facts))]
    receipts = {
        task.key: Workspace(name, task, "nowhere", {}).receipt(Outcome(facts=each))
        for task, each in zip(tasks, facts, strict=True)
    }
    return FinishedStage(name, "nowhere", tasks, receipts)


def test_a_report_names_the_fullest_bucket_what_was_given_up_and_what_was_superseded() -> None:
    stages = [
        finished(
            "candidates",
            CandidatesFacts(buckets=2, largest=40, largest_key=9),
            CandidatesFacts(buckets=7, largest=900, largest_key=8),
            CandidatesFacts(buckets=1, largest=900, largest_key=5),
        ),
        finished("components", ComponentsFacts(components=3, largest=1200), ComponentsFacts(components=1, largest=2)),
        finished(
            "survivors",
            SurvivorsFacts(sent=(0,)),
            SurvivorsFacts(sent=(9,), pairs=30, compared=70, given_up=4, superseded=6),
        ),
    ]
    assert likeness(stages) == Likeness(900, 5, 1200, 70, 30, 4, 6)


def test_a_stage_counts_nothing_before_it_is_told_of_anything() -> None:
    stage = StageFunnel(name="documents", folder="nowhere", tasks=0, rows=0)
    assert (stage.seconds, stage.cpu_seconds, stage.peak_bytes, stage.kept_rows) == (0, 0, 0, 0)
    assert (stage.reasons(), stage.languages(), stage.unreadable) == ([], [], ())


def test_a_run_without_dedup_has_no_near_duplicates_to_tell_of() -> None:
    assert likeness([finished("documents", DocumentsFacts(partitions=(), skipped={}))]) is None


def test_facts_of_another_version_are_told_and_are_no_traceback() -> None:
    stage = finished("documents", ComponentsFacts(components=1, largest=2))
    with pytest.raises(QuestionError, match="nowhere: written by another version"):
        funnel([stage])


def test_what_sources_left_out_is_added_up_over_the_tasks_of_documents_alone() -> None:
    left_out = ({"binary": 2}, {"binary": 1, "empty": 4})
    documents = finished("documents", *(DocumentsFacts(partitions=(), skipped=skipped) for skipped in left_out))
    components = finished("components", ComponentsFacts(components=1, largest=2))
    assert [stage.skipped for stage in funnel([documents, components])] == [{"binary": 3, "empty": 4}, Counter()]


def test_rows_kept_and_rejected_are_added_up_over_the_tasks_of_a_stage() -> None:
    said = (
        Outcome(rows=6, kept={"zho_Hans": 3}, rejected={"c4.terms": {"zho_Hans": 2, "eng_Latn": 1}}),
        Outcome(
            rows=15,
            kept={"zho_Hans": 1, "tha_Thai": 1},
            rejected={"c4.terms": {"eng_Latn": 4}, "url.hosts": {"und": 9}},
        ),
    )
    tasks = [Task(reads=("x",), part={"number": number}) for number in range(len(said))]
    receipts = {
        task.key: Workspace("dedup", task, "nowhere", {}).receipt(outcome)
        for task, outcome in zip(tasks, said, strict=True)
    }
    (stage,) = funnel([FinishedStage("dedup", "nowhere", tasks, receipts)])
    assert (stage.tasks, stage.rows, stage.kept_rows) == (2, 21, 5)
    assert stage.rejected == {"c4.terms": {"zho_Hans": 2, "eng_Latn": 5}, "url.hosts": {"und": 9}}
    assert stage.reasons() == [("url.hosts", 9), ("c4.terms", 7)]
    assert stage.languages() == ["und", "zho_Hans", "eng_Latn", "tha_Thai"]
