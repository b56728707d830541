"""What judges leave of the documents: rejected once, by the first; rewritten by the last; out of all that follows."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.stages.base import Task, Workspace
from pipeline.stages.dedup import Signatures
from pipeline.stages.standing import judged, rewritten, standing
from shards import files
from shards.schema import DOCUMENT, batch_of

LICENSED = ("CC-BY-4.0", "MIT", "CC0-1.0")
TEXT = "The rain falls on the hills and on the rivers that have been with the people for long."


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
    part: dict[str, Any] = {"documents": "d", "verdicts": {"rights": "v", "safety": "v"}}
    return Workspace("next", Task(reads=("d", "v"), part=part), str(tmp_path / "next"), folders)


def test_the_first_judge_who_rejects_a_document_is_the_one_who_did(workspace: Workspace) -> None:
    left = standing(workspace, workspace.task.part, ["id", "license"])
    assert left["rejected_by"].to_pylist() == ["rights.unknown", "safety.flagged", None]
    assert left["license"].to_pylist() == list(LICENSED)


def test_a_column_that_a_judge_rewrote_stands_for_the_documents_own(workspace: Workspace) -> None:
    assert {name: values.to_pylist() for name, values in rewritten(workspace, workspace.task.part).items()} == {
        "license": list(LICENSED)
    }


def test_a_judge_answers_only_for_what_stood_before_it(workspace: Workspace) -> None:
    left = standing(workspace, workspace.task.part, ["language", "license", "text"])
    verdicts = pa.table({"rejected_by": ["dedup.near", "dedup.near", None]})
    outcome = judged(left, verdicts)
    assert (outcome.rows, outcome.kept, outcome.rejected) == (1, {"eng_Latn": 1}, {})
    assert outcome.facts["partitions"] == [["eng_Latn", "open", "", 1, len(TEXT)]]


def test_what_is_rejected_already_is_nobodys_duplicate(workspace: Workspace) -> None:
    Signatures(partitions=1).process(workspace)
    records = files.read_table(files.join(workspace.folder, "records", f"{workspace.task.key}.arrow"))
    assert set(records["row"].to_pylist()) == {2}
