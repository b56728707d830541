"""A WARC with PDFs through `configs/common_crawl.yaml` to a release: what is published, and why the others are not."""

import gzip
import json
import textwrap
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from pipeline.answers.finished_run import open_run
from pipeline.answers.releases import problems
from pipeline.config import load
from pipeline.pdf.sample import pdf
from pipeline.run import Local, run
from pipeline.sources.warc import Warc, reread
from pipeline.stages.documents import DocumentsStage
from tests.pipeline.sources.test_warc import http, record
from tests.pipeline.test_literature import SUPPLEMENT
from tests.runs import ROOT, Silent, documents

PDF = "application/pdf"
LICENCE = "This report is licensed under a Creative Commons Attribution 4.0 International License (CC BY 4.0)."
TIDES = (
    "The tide was read from the gauge at the foot of the pier every ten minutes, and the height of the water was "
    "corrected for the pressure of the air. A storm in the second week raised it by forty centimetres over what had "
    "been predicted, and the wave that came back from the head of the bay can be seen for three days. We compare these "
    "heights with those of a model of the estuary. It is right about the time of high water, but the model makes the "
    "ebb too short, since the mud flats hold the water back. The channel was dredged in the year before, which may be "
    "the reason that the old tables are late by a quarter of an hour. More gauges are needed at the upper end, where "
    "the river brings sand after each flood and the bed is never the same from one month to the next."
)


def paper(text: str, licence: str = LICENCE, title: str = "Report") -> bytes:
    return pdf([[*textwrap.wrap(text, 80), "", *textwrap.wrap(licence, 80)]], b"<< /Title (%s) >>" % title.encode())


def page(text: str) -> bytes:
    licence = f'<p>{LICENCE} <a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a></p>'
    paragraphs = f"<article><h1>Tides</h1><p>{text}</p>{licence}</article>"
    return f"<html lang='en'><head><title>Tides</title></head><body>{paragraphs}</body></html>".encode()


RECORDS: dict[
    str, tuple[bytes, dict[str, Any], str | None]
] = {  # by the end of their address: what they are, and why they are not published
    "supplement": (http(paper(SUPPLEMENT, title="Probes"), content_type=PDF), {}, None),
    "tides-page": (http(page(TIDES)), {}, "a text that both have"),
    "tides-paper": (http(paper(TIDES), content_type=PDF), {}, "a text that both have"),
    "closed": (http(paper(SUPPLEMENT[::-1], "All rights reserved."), content_type=PDF), {}, "license.verdict"),
    "unsaid": (http(paper(TIDES.upper(), ""), content_type=PDF), {}, "license.verdict"),
    "cut": (http(paper(TIDES)[:700], content_type=PDF), {}, "pdf.truncated"),
    "cut-by-crawler": (http(paper(TIDES), content_type=PDF), {"WARC_Truncated": "length"}, "warc.truncated"),
    "empty": (http(pdf([[]]), content_type=PDF), {}, "pdf.no_text_layer"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pdfs")
    records = [record(name, answer, **more) for name, (answer, more, _) in RECORDS.items()]
    (folder / "pdfs.warc.gz").write_bytes(b"".join(map(gzip.compress, records)))
    given = [f"input={folder / 'pdfs.warc.gz'}", f"output={folder / 'out'}"]
    settings = load(str(ROOT / "configs" / "common_crawl.yaml"), given).model_dump(mode="json")
    settings["stages"].append({"name": "commit", "data_set": "example.org/pdfs"})
    (folder / "pdfs.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True))
    assert run(load(str(folder / "pdfs.yaml")), Local(), Silent()).failures == []
    return folder


def released(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of the release."""
    release = Path(open_run(str(folder / "out")).stage("publish").folder) / "release"
    listed = json.loads((release / "manifest.json").read_bytes())["shards"]
    return [row for each in listed for row in pa.ipc.open_file(str(release / each["path"])).read_all().to_pylist()]


@pytest.mark.slow
def test_pdfs_of_a_crawl_are_published_or_say_why_not(folder: Path) -> None:
    found = {
        row["url"].rpartition("/")[2]: row["rejected_by"] for row in documents(open_run(str(folder / "out"))).values()
    }
    assert len(found) == len(RECORDS)
    twins = {name for name, (_, _, reason) in RECORDS.items() if reason == "a text that both have"}
    assert sorted(found[name] or "" for name in twins) == ["", "dedup.near"]  # a page and a PDF of one text: one stays
    assert {name: found[name] for name in {*found} - twins} == {
        name: reason for name, (_, _, reason) in RECORDS.items() if name not in twins
    }


@pytest.mark.slow
def test_a_published_pdf_has_its_licence_its_place_and_its_text(folder: Path) -> None:
    rows = {row["url"].rpartition("/")[2]: row for row in released(folder)}
    assert len(rows) == 2
    row = rows["supplement"]
    assert (row["license"], row["title"], row["language"]) == ("CC-BY-4.0", "Probes", "eng_Latn")
    assert row["text"].split()[:6] == SUPPLEMENT.split()[:6]
    assert "hour before each" in " ".join(row["text"].split())
    documents_stage = load(str(folder / "pdfs.yaml")).stages[0]
    assert isinstance(documents_stage, DocumentsStage)
    (source,) = documents_stage.sources
    assert isinstance(source, Warc)
    assert reread(source, row["provenance"]) == paper(SUPPLEMENT, title="Probes")
    assert problems(str(folder / "out"), load=False) == []
