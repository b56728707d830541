import gzip
import json
import zipfile
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipeline.sources.archive import Member
from pipeline.sources.records import FORMATS, Records
from shards.schema import DOCUMENT, batch_of
from tests.pipeline.records.test_samples import SAMPLES, archive
from tests.pipeline.sources.conftest import Rows
from tests.pipeline.sources.test_science import tar

ARTICLES, REPORTS = (SAMPLES / "articles.xml").read_bytes(), (SAMPLES / "reports.txt").read_bytes()
STUDIES = (SAMPLES / "studies.json").read_bytes()


def test_a_record_is_a_document_in_each_language(read: Rows) -> None:
    skipped: Counter[str] = Counter()
    paths = (str(SAMPLES / "articles.xml"),)
    rows = read(Records(name="p", paths=paths, format="pubmed", told_in=("eng_Latn", "zho_Hans")), skipped)
    assert [row["source_id"] for row in rows] == ["90000001", "90000001#zho_Hans", "90000002", "90000002#zho_Hans"]
    assert [row["language"] for row in rows] == ["eng_Latn", "zho_Hans"] * 2
    assert {row["domain"] for row in rows} == {"life_health"}
    assert (rows[0]["published"], rows[0]["doi"]) == (date(2021, 3, 5), "10.5555/jim.2021.0101")
    assert len({row["payload_digest"] for row in rows}) == 4  # none is a copy of another
    assert skipped["records.left_out.numbers"] > 0


def test_an_abstract_of_a_publisher_is_reserved(read: Rows) -> None:
    rows = read(Records(name="p", paths=(str(SAMPLES / "articles.xml"),), format="pubmed", license="CC0-1.0"))
    assert [row["license"] for row in rows] == ["CC0-1.0", "LicenseRef-AllRightsReserved"]
    assert rows[1]["evidence"][1]["value"].startswith("Copyright 2019 Imagined Press")


def test_records_come_out_of_archives_packed_or_not_and_damage_is_a_row(tmp_path: Path, read: Rows) -> None:
    files = {"a.json": STUDIES, "b.json.gz": gzip.compress(STUDIES), "c.json": b"{broken", "d.json": b"[]"}
    (tmp_path / "studies.tar").write_bytes(tar({**files, "e.json.gz": gzip.compress(STUDIES)[:-30], "x.pdf": b""}))
    rows = read(Records(name="t", paths=(str(tmp_path / "studies.tar"),), format="clinical_trials"))
    reasons = [None, None, "records.not_clinical_trials", "records.no_record", "records.truncated"]
    assert [row.get("rejected_by") for row in rows] == reasons
    assert rows[0]["text"] != rows[1]["text"]  # neighbours, in other words
    assert rows[0]["payload_digest"] == rows[1]["payload_digest"]  # the same record


def test_json_lines_are_records_too(tmp_path: Path, read: Rows) -> None:
    study = b"".join(STUDIES.split(b'"studies": [')[1].rsplit(b"]}", 1)[0].split(b"\n"))
    (tmp_path / "a.jsonl").write_bytes(study + b"\n" + study.replace(b"NCT99000001", b"NCT99000002"))
    rows = read(Records(name="t", paths=(str(tmp_path / "a.jsonl"),), format="clinical_trials"))
    assert [row["source_id"] for row in rows] == ["NCT99000001", "NCT99000002"]


def test_every_report_of_a_bulletin_is_a_document(read: Rows) -> None:
    rows = read(Records(name="w", paths=(str(SAMPLES / "reports.txt"),), format="weather", domain="meteorology"))
    assert [row["title"].rpartition(" ")[2] for row in rows] == ["LBBG", "KJFK", "EDDM", "10384"]


def test_the_cases_of_an_archive_are_documents(tmp_path: Path, read: Rows) -> None:
    (tmp_path / "tutorials.tar").write_bytes(archive())
    (tmp_path / "none.tar").write_bytes(b"no archive")
    rows = read(Records(name="f", paths=(str(tmp_path),), format="openfoam"))
    assert {row["title"]: row.get("rejected_by") for row in rows} if rows[0].get("title") else rows
    assert sorted(str(row.get("rejected_by")) for row in rows) == ["None", "records.not_archive"]


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_what_is_of_another_format_is_rejected(tmp_path: Path, read: Rows, form: str) -> None:
    ending = FORMATS[form].suffixes[0]
    (tmp_path / f"a{ending}").write_bytes(b"<html>no such thing</html>")
    (row,) = read(Records.model_validate({"name": "x", "paths": (str(tmp_path),), "format": form}))
    assert row["rejected_by"].startswith(("records.not_", "records.no_record"))


def test_a_library_that_is_not_there_is_an_error_of_the_config(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shards.extras.find_spec", lambda module: None)
    with pytest.raises(ValidationError, match="make extras EXTRAS=science"):
        Records(name="x", paths=("x",), format="hdf5")


@pytest.mark.parametrize(
    ("form", "sample"),
    [("clinical_trials", "studies.json"), ("drug_labels", "labels.json"), ("optimade", "structures.json")],
)
def test_what_no_column_can_hold_is_replaced_wherever_it_stands(form: str, sample: str) -> None:
    """Lone surrogates, which JSON can spell, in every string."""
    broken = json.loads((SAMPLES / sample).read_text(), object_hook=lambda one: {k: _broken(v) for k, v in one.items()})
    content = json.dumps(broken).encode()
    source = Records.model_validate({"name": "x", "paths": ["x"], "format": form, "told_in": ["eng_Latn", "zho_Hans"]})
    rows = list(source.parse("f", Member("", 0, len(content), content, "0" * 64, "0" * 64), Counter(), {}))
    assert all(row["text"] for row in rows)
    assert batch_of(rows, DOCUMENT).num_rows == len(rows) > 1


def _broken(value: object) -> object:
    if isinstance(value, list):
        return [_broken(one) for one in value]
    return f"\ud800{value}" if isinstance(value, str) else value


def test_a_case_that_unpacks_to_more_than_a_record_may_have_is_a_row(tmp_path: Path, read: Rows) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(30):
            archive.writestr(f"c{number}/system/controlDict", "a b;" + " " * 100_000)
    rows = read(Records(name="f", paths=(str(tmp_path),), format="openfoam", max_record_bytes=1_000_000))
    reasons = Counter(row.get("rejected_by") for row in rows)
    assert reasons["records.too_large"] == 1
    assert sum(reasons.values()) == 10
