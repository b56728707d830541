"""What `docs/pdf.md` shows."""

import re
from pathlib import Path

import pytest

from pipeline.answers.finished_run import open_run
from pipeline.answers.journey import journeys
from pipeline.config import load
from pipeline.pdf.sample import pdf
from pipeline.run import Local, run
from tests.runs import ROOT, Silent, documents

LINES = ["The water of the sea is warmer than it was in the century", "before, and it rises still. CC BY 4.0"]


@pytest.mark.slow
def test_the_configuration_of_the_page_publishes_what_states_its_licence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "one.pdf").write_bytes(pdf([LINES]))
    (tmp_path / "reports" / "two.pdf").write_bytes(b"no PDF")
    text = (ROOT / "docs" / "pdf.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "reports.yaml").write_text(found)
    assert not run(load("reports.yaml", []), Local(), Silent()).failures
    finished = open_run("out/reports")
    rows = documents(finished).values()
    assert sorted((row["rejected_by"] or "", row["license"]) for row in rows) == [
        ("", "CC-BY-4.0"),
        ("pdf.not_pdf", None),
    ]
    (kept,) = (row["id"] for row in rows if row["rejected_by"] is None)
    (journey,) = journeys(finished, kept)
    measured = {one.name: one.value for one in journey.signals if one.name.startswith("pdf.")}
    assert measured == {"pdf.pages": 1, "pdf.failed_pages": 0, "pdf.recognised_pages": 0}
