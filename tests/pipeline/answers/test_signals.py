"""Which tasks are read, and which documents break the bound of their own language."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from filters.base import Range
from pipeline.answers.finished_run import FinishedRun
from pipeline.answers.signals import (
    Bounds,
    Measured,
    broken_by,
    drawn_tasks,
    personal_data,
    signal_reports,
    word_reports,
)
from pipeline.answers.signals import measured as signals_of_run
from pipeline.stages.base import FinishedStage, Task
from pipeline.stages.reading import DocumentsPart
from shards import files
from shards.receipts import Receipt, ShardFile


def stage(rows: dict[str, list[int]]) -> FinishedStage:
    tasks, receipts = [], {}
    for source, sizes in rows.items():
        for number, size in enumerate(sizes):
            part = DocumentsPart(source={"name": source, "number": number}, code="", libraries={}, splits=())
            task = Task.of([f"{source} {number}"], part)
            tasks.append(task)
            receipts[task.key] = Receipt(
                stage="documents", task=task.key, reads=(), rows=size, kept={"und": size}, rejected={}, files={}
            )
    return FinishedStage("documents", "nowhere", tasks, receipts)


def test_all_tasks_are_read_of_a_small_run_and_of_each_source_its_share_of_a_large_one() -> None:
    run = stage({"large": [100] * 80, "small": [100] * 20, "silent": []})
    assert drawn_tasks(run, 10_000) == list(range(100))
    chosen = drawn_tasks(run, 1_000)
    assert sum(place < 80 for place in chosen) == 8
    assert sum(place >= 80 for place in chosen) == 2
    assert drawn_tasks(run, 1_000) == chosen
    assert drawn_tasks(stage({"one": [5]}), 1) == [0]


def measured() -> Measured:
    table = pa.table(
        {
            "id": ["a", "b", "c", "d", "e", "f"],
            "rejected_by": pa.array([None] * 6, pa.string()),
            "f.words": pa.array([10, 60, 10, 60, np.nan, None], pa.float32()),
            "pii.email": pa.array([0, 2, 0, 1, 0, None], pa.float32()),
            "f.label": pa.array(["x", "x", "y", "x", "y", None], pa.string()),
            "language": ["eng_Latn", "eng_Latn", "zho_Hans", "zho_Hans", "eng_Latn", "eng_Latn"],
        }
    )
    return Measured(table, ("eng_Latn", "zho_Hans"), 6)


def test_what_is_told_of_a_sample_says_of_how_many(tmp_path: Path) -> None:
    """Only the shards of drawn tasks are read: the others are not there."""
    run = stage({"one": [100] * 10})
    for place in drawn_tasks(run, 200):
        key = run.tasks[place].key
        documents = pa.table({"id": [f"{key}{n}" for n in range(3)], "language": ["zho_Hans", None, "zho_Hans"]})
        signals = documents.select(["id"]).append_column("f.words", pa.array([1.0, 2.0, 3.0], pa.float32()))
        for role, table in (("kept", documents), ("rejected", documents.slice(0, 0)), ("signals", signals)):
            written = files.write_shard(str(tmp_path / role / f"{key}.arrow"), table.to_batches(), table.schema)
            shard = ShardFile(path=f"{role}/{key}.arrow", rows=3, bytes=written.bytes, sha256=written.sha256)
            run.receipts[key].files[role] = shard
    found = signals_of_run(FinishedRun("out", {}, (replace(run, folder=str(tmp_path)),)), 200)
    assert (found.sampled, found.table.num_rows) == (200, 6)
    assert found.languages == ()
    assert found.table["language"].to_pylist() == ["zho_Hans", "und", "zho_Hans"] * 2


BOUNDS = Bounds({"f.words": Range(min=50)}, {"zho_Hans": {"f.words": Range(min=5, max=20)}})


def test_a_document_breaks_the_bound_of_its_own_language() -> None:
    assert broken_by(measured().table, "f.words", BOUNDS).tolist() == [True, False, False, True, True]
    every, english, chinese, email = signal_reports(measured(), BOUNDS)
    assert (every.measured, every.beyond, every.values.undefined, sum(every.values.outside)) == (5, 3, 1, 2)
    assert (english.language, english.beyond, english.measured) == ("eng_Latn", 2, 3)
    assert (chinese.bound, chinese.beyond, chinese.beyond_share) == ("[5, 20]", 1, 0.5)
    assert (email.bound, email.least, email.greatest, email.beyond_share) == (None, 0, 2, None)


def test_words_and_personal_data_are_counted() -> None:
    (word,) = word_reports(measured(), BOUNDS)
    assert (word.name, dict(word.values)) == ("f.label", {"x": 3, "y": 2})
    (kind,) = personal_data(measured())
    assert (kind.kind, kind.documents, kind.found) == ("email", 2, 3)


def test_a_bound_at_the_edge_is_that_of_the_stored_precision() -> None:
    table = pa.table({"f.share": pa.array([0.1, 0.1001], pa.float32()), "language": ["und", "und"]})
    assert broken_by(table, "f.share", Bounds({"f.share": Range(max=0.1)})).tolist() == [False, True]
