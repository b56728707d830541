"""What a run's receipts say of it as a whole."""

from typing import Any

from pipeline.answers.funnel import Likeness, likeness
from pipeline.stages.base import Finished, Outcome, Task, Workspace


def finished(name: str, *facts: dict[str, Any]) -> Finished:
    tasks = [Task(reads=(name,), part={"number": number}) for number in range(len(facts))]
    receipts = {
        task.key: Workspace(name, task, "nowhere", {}).receipt(Outcome(facts=each))
        for task, each in zip(tasks, facts, strict=True)
    }
    return Finished(name, "nowhere", tasks, receipts)


def test_a_report_names_the_fullest_bucket_what_was_given_up_and_what_was_superseded() -> None:
    stages = [
        finished(
            "candidates",
            {"buckets": 2, "largest": 40, "largest_key": 9},
            {"buckets": 7, "largest": 900, "largest_key": 8},
            {"buckets": 1, "largest": 900, "largest_key": 5},
        ),
        finished("components", {"components": 3, "largest": 1200}, {"components": 1, "largest": 2}),
        finished(
            "survivors", {"pairs": 0, "compared": 0}, {"pairs": 30, "compared": 70, "given_up": 4, "superseded": 6}
        ),
    ]
    assert likeness(stages) == Likeness(900, 5, 1200, 70, 30, 4, 6)


def test_a_run_without_dedup_has_no_near_duplicates_to_tell_of() -> None:
    assert likeness([finished("documents", {})]) is None
