"""What judges leave of the documents: rejected once, by the first; rewritten by the last; out of all that follows."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pipeline.stages.base import Task, Workspace
from pipeline.stages.dedup.signatures import SignaturesStage
from pipeline.stages.partitions import KeptFacts, PartitionSize
from pipeline.stages.standing import JudgedShard, changed, judged, revised, standing
from shards import files
from shards.schema import DOCUMENT, batch_of
from shards.spans import REMOVED

LICENSED = ("CC-BY-4.0", "MIT", "CC0-1.0")
TEXT = "The rain falls on the hills and on the rivers that have been with the people for long."
SHARD = JudgedShard(documents="d", verdicts={"rights": "v", "safety": "v"})


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Three documents with one text, of which `rights` rejects the first and `safety` the first and the second."""
    rows = [{"id": name, "text": TEXT, "language": "eng_Latn", "license": "MIT"} for name in "abc"]
    judges: dict[str, list[dict[str, Any]]] = {
        "rights": [
            {"rejected_by": reason, "license": license}
            for reason, license in zip(("rights.unknown", None, None), LICENSED, strict=True)
        ],
        "safety": [{"rejected_by": reason} for reason in (None, "safety.flagged", None)],
    }
    folders = {name: str(tmp_path / name) for name in ("documents", *judges)}
    files.write_shard(files.join(folders["documents"], "kept", "d.arrow"), [batch_of(rows, DOCUMENT)], DOCUMENT)
    for name, verdicts in judges.items():
        table = pa.Table.from_pylist(verdicts)
        files.write_shard(files.join(folders[name], "verdicts", "v.arrow"), table.to_batches(), table.schema)
    return Workspace("next", Task.of(SHARD.reads, SHARD), str(tmp_path / "next"), folders)


def test_the_first_judge_who_rejects_a_document_is_the_one_who_did(workspace: Workspace) -> None:
    left = standing(workspace, SHARD, ["id", "license"])
    assert left["rejected_by"].to_pylist() == ["rights.unknown", "safety.flagged", None]
    assert left["license"].to_pylist() == list(LICENSED)


def test_a_column_that_a_judge_rewrote_stands_for_the_documents_own(workspace: Workspace) -> None:
    rows = np.array([1, 2])
    documents = files.take(workspace.upstream("documents", "kept", "d"), rows, ["id", "license"])
    assert revised(workspace, SHARD, documents, rows)["license"].to_pylist() == list(LICENSED[1:])


def test_what_a_judge_took_out_of_a_text_is_gone_for_all_that_follows(workspace: Workspace) -> None:
    documents = pa.table({"text": ["海內存知己", "abc", None, "one two"], "rejected_by": pa.nulls(4, pa.string())})
    spans = [[(0, 6), (12, 15)], None, None, [(3, 7)]]
    removed = [[{"start": s, "end": e, "documents": 11} for s, e in each] if each else None for each in spans]
    verdicts = pa.table({"removed": pa.array(removed, REMOVED), "rejected_by": pa.nulls(4, pa.string())})
    assert changed(documents, verdicts)["text"].to_pylist() == ["存知", "abc", None, "one"]
    assert changed(documents.slice(1), verdicts.slice(1))["text"].to_pylist() == ["abc", None, "one"]


def test_a_judge_answers_only_for_what_stood_before_it(workspace: Workspace) -> None:
    left = standing(workspace, SHARD, ["id", "language", "license", "text"])
    verdicts = pa.table({"rejected_by": ["dedup.near", "dedup.near", None]})
    outcome = judged(left, verdicts).outcome()
    assert (outcome.rows, outcome.kept, outcome.rejected) == (1, {"eng_Latn": 1}, {})
    assert outcome.facts == KeptFacts(partitions=(PartitionSize("eng_Latn", "open", "", "train", 1, len(TEXT)),))


def test_what_is_rejected_already_is_nobodys_duplicate(workspace: Workspace) -> None:
    SignaturesStage().process(workspace)
    signed = files.read_table(files.join(workspace.folder, "signatures", f"{workspace.task.key}.arrow"))
    assert signed["row"].to_pylist() == [2]
