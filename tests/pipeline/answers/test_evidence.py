"""What the rights in documents rest on, counted by documents."""

from pathlib import Path
from typing import Any

from pipeline.answers.evidence import EvidenceCount, evidence_counts
from shards import files
from shards.schema import DOCUMENT, batch_of


def found(kind: str, subject: str | None) -> dict[str, Any]:
    return {"kind": kind, "subject": subject, "value": "said", "where": None, "scope": None, "sha256": None}


ROWS: list[dict[str, Any]] = [
    {"id": "a", "evidence": [found("meta", "license"), found("meta", "license"), found("robots", "reservation")]},
    {"id": "b", "evidence": [found("meta", "license")], "rejected_by": "license.verdict"},
    {"id": "c", "evidence": []},
    {"id": "d", "evidence": None},
    {"id": "e", "evidence": [found("aipref", None), found("robots", "preference")]},
]


def test_documents_are_counted_once_for_each_kind_and_subject_and_those_kept_apart(tmp_path: Path) -> None:
    uris = [str(tmp_path / f"{number}.arrow") for number in range(2)]
    for uri, rows in zip(uris, (ROWS[:2], ROWS[2:]), strict=True):
        files.write_shard(uri, [batch_of(rows, DOCUMENT)], DOCUMENT)
    counts = evidence_counts(uris)
    assert counts == [
        EvidenceCount("meta", "license", documents=2, kept=1),
        EvidenceCount("aipref", "unknown", documents=1, kept=1),
        EvidenceCount("robots", "preference", documents=1, kept=1),
        EvidenceCount("robots", "reservation", documents=1, kept=1),
    ]
    assert [one.subject for one in counts if one.is_opt_out] == ["preference", "reservation"]


def test_all_that_a_release_has_is_kept(tmp_path: Path) -> None:
    """Its shards have no column of reasons."""
    batch = batch_of(ROWS[:2], DOCUMENT).select(["id", "evidence"])
    files.write_shard(str(tmp_path / "a.arrow"), [batch], batch.schema)
    assert [(one.documents, one.kept) for one in evidence_counts([str(tmp_path / "a.arrow")])] == [(2, 2), (1, 1)]
    assert evidence_counts([]) == []
