"""`yuliao inspect`: on one screen what decided of a document, everything on request, and for programs as JSON."""

import io
import json
import re
import subprocess
import sys
from typing import Any

import pytest
from typer.testing import CliRunner

from jobs.__main__ import app
from jobs.show.console import console
from jobs.show.journey import show_journey
from pipeline.answers.journey import journeys
from pipeline.errors import QuestionError
from shards import files
from shards.schema import DOCUMENT
from tests.runs import ROOT, SampleWeb, documents

SCREEN = 42  # lines


def inspect(web: SampleWeb, *arguments: str) -> str:
    command = ["inspect", str(web.folder / "whole"), *arguments]
    return CliRunner().invoke(app, command, catch_exceptions=False).output


def truth(web: SampleWeb, name: str) -> dict[str, Any]:
    return next(row for row in web.truth.values() if row["id"] == name)


def test_it_tells_why_a_document_was_kept(whole_run: SampleWeb) -> None:
    page = truth(whole_run, "tokyo-dashi")
    text = inspect(whole_run, page["url"])
    for part in (
        "kept",
        "published in",
        "data/jpn_Jpan",
        page["license"],
        "licence evidence, for and against",
        "of this document; its class is",
        "the evidence of kind",
        "accepted from this source and host: {open, permissive, sharealike}",
        "within their bounds, by more than a tenth: ",
        "gopher_quality ",
        "rights ",
    ):
        assert part in text
    assert "gopher_quality.alphabetic_words" not in text
    everything = inspect(whole_run, page["url"], "--all")
    for part in ("rights.confidence", "gopher_quality.words", "[101, 204000]", "gopher_quality.alphabetic_words"):
        assert part in everything


def test_what_was_not_measured_is_one_line(whole_run: SampleWeb) -> None:
    record = truth(whole_run, "bangkok-market")["record"]
    text = inspect(whole_run, record)
    assert "rejected in documents by license.verdict" in text
    assert "license.verdict │" in text
    assert text.count("not measured") == 1
    assert "not measured, because the document was already rejected: " in text
    assert inspect(whole_run, record, "--all").count("not measured") > 20


def test_a_signal_that_a_language_does_not_have_is_told_apart(whole_run: SampleWeb) -> None:
    page = truth(whole_run, "tokyo-dashi")  # words of a script without spaces have no length
    shown = inspect(whole_run, page["url"])
    assert re.search(r"undefined for this text or its language: \d+ \([^)]*\bgopher_quality 1\b", shown)
    (line,) = (line for line in inspect(whole_run, page["url"], "--all").splitlines() if "mean_word_length" in line)
    assert "undefined │" in line


def test_every_fate_is_told_on_one_screen(whole_run: SampleWeb) -> None:
    run = whole_run.open("whole")
    by_fate = {document["rejected_by"]: document for document in documents(run).values()}
    assert len(by_fate) > 10
    for fate, document in by_fate.items():
        (journey,) = journeys(run, document["id"])
        assert journey.rejected_by == fate
        text = io.StringIO()
        show_journey(console(file=text), journey, everything=False, whole_text=False)
        lines = text.getvalue().splitlines()
        assert len(lines) <= SCREEN, text.getvalue()
        if fate and fate.split(".")[0] not in ("warc", "extract", "dedup", "normalize"):
            assert any(fate in line and "rejects" in line for line in lines[1:]), text.getvalue()


def test_it_shows_what_was_reserved_in_its_own_words(whole_run: SampleWeb) -> None:
    text = inspect(whole_run, "https://openfield.example/2025/notes-from-a-tide-gauge")
    assert "reserved     meta_robots (a robots field of the page's metadata), head: robots: noai, noimageai" in text
    assert "prohibited; accepted from this source and host: {open, permissive, sharealike}; this class is not" in text


def test_it_tells_how_a_licence_of_the_site_was_judged(whole_run: SampleWeb) -> None:
    text = inspect(whole_run, truth(whole_run, "promo-alloys-copy")["record"])
    for part in ("rejected in rights by rights.confidence", "CC-BY-SA-2.0, of the whole site", "host_pages", "[0.85"):
        assert part in text


def test_it_names_the_document_that_stands_for_a_copy(whole_run: SampleWeb) -> None:
    pages = [row for row in whole_run.truth.values() if row["group"] == "kexue-nowcast"]
    texts = [inspect(whole_run, page["url"]) for page in pages]
    assert sum("rejected in dedup by dedup." in text and "duplicate_of" in text for text in texts) == len(pages) - 1


def test_programs_get_every_column_every_verdict_and_every_signal(whole_run: SampleWeb) -> None:
    page = truth(whole_run, "tokyo-dashi")
    answer = json.loads(inspect(whole_run, page["url"], "--json"))
    assert (answer["format"], answer["run"]) == (1, str(whole_run.folder / "whole"))
    (found,) = answer["documents"]
    assert list(found["document"]) == DOCUMENT.names
    assert found["document"]["url"] == page["url"]
    assert found["document"]["license"] == page["license"]
    assert files.exists(found["published"])
    assert found["rejected_by"] is found["rejected_in"] is None
    assert set(found["verdicts"]) == {"rights", "dedup"}
    signals = {signal["name"]: signal for signal in found["signals"]}
    bound = {"min": 101.0, "max": 204000.0, "undefined": "reject", "action": "reject"}
    assert signals["gopher_quality.words"]["bound"] == bound
    assert signals["gopher_quality.words"]["outcome"] == "holds"
    assert signals["gopher_quality.mean_word_length"]["value"] is None
    assert signals["gopher_quality.mean_word_length"]["outcome"] == "undefined"
    assert signals["license.verdict"]["bound"]["values"] == ["open", "permissive", "sharealike"]


@pytest.mark.parametrize("changed", ["{}?from=feed", "{}/", "http{}", "{}x", "{} "], ids=str)
def test_a_document_that_is_not_there_is_an_error_that_names_the_nearest(whole_run: SampleWeb, changed: str) -> None:
    url = str(truth(whole_run, "tokyo-dashi")["url"])
    asked = changed.format(url.removeprefix("https") if changed.startswith("http") else url)
    with pytest.raises(QuestionError, match=rf"no document of .*; did you mean {url}( or |\?)"):
        inspect(whole_run, asked)


def test_a_document_that_is_like_none_is_an_error(whole_run: SampleWeb) -> None:
    with pytest.raises(QuestionError, match=r"no document of .* has this id, URL, source id or file$"):
        inspect(whole_run, "https://nowhere.invalid/")


def test_a_file_with_several_documents_names_none_of_them(whole_run: SampleWeb) -> None:
    with pytest.raises(QuestionError, match=r"several documents were read from this file; name one"):
        inspect(whole_run, "downloads/sample-00000.warc.gz")


def test_a_look_up_imports_neither_pandas_nor_compiled_loops(whole_run: SampleWeb) -> None:
    """Each takes a third of a second, and nothing of them is used."""
    ask = ["inspect", str(whole_run.folder / "whole"), str(truth(whole_run, "tokyo-dashi")["url"])]
    code = f"import sys; from jobs.__main__ import app; app({ask}, standalone_mode=False); print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    *told, modules = ended.stdout.splitlines()
    assert any("published in" in line for line in told)
    assert {"pandas", "numba", "ray", "trafilatura"} & set(modules.split()) == set()
