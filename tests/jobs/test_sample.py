"""`yuliao sample`, as its users meet it."""

import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jobs.__main__ import app
from jobs.show.console import console
from jobs.show.sample import show_sample
from pipeline.answers.documents import Documents, DocumentShard
from pipeline.answers.sample import Criteria, draw, specimens
from pipeline.errors import QuestionError
from shards import files
from shards.schema import DOCUMENT, batch_of
from tests.runs import SampleWeb


def output(*arguments: str) -> str:
    return CliRunner().invoke(app, ["sample", *arguments], catch_exceptions=False).output


def test_a_sample_names_what_decided_and_marks_it(whole_run: SampleWeb) -> None:
    run = str(whole_run.folder / "whole")
    text = output(run, "--rejected-by", "gopher_quality.words", "-n", "2")
    assert text.startswith("2 of 9 documents\n")
    assert text.count("rejected in documents by gopher_quality.words") == 2
    assert "allowed [" in text
    assert "⟦" in output(run, "--rejected-by", "boilerplate")
    assert "a duplicate of" in output(run, "--rejected-by", "dedup.near")
    assert "no text" in output(run, "--rejected-by", "license.verdict", "-n", "1")
    lines = output(run, "--language", "tha_Thai", "--kept", "--json").splitlines()
    assert [json.loads(line)["document"]["language"] for line in lines] == ["tha_Thai"] * len(lines)
    assert output(run, "--json", "-n", "30") == output(run, "--json", "-n", "30")
    assert output(run, "--each", "reason", "-n", "1").count("gopher_quality.words: 1 of 9 documents") == 1
    with pytest.raises(QuestionError, match="exclude one another"):
        output(run, "--kept", "--rejected")


def test_hostile_documents_stay_text(tmp_path: Path) -> None:
    hostile = "\x1b]0;owned\x07[bold]no markup[/bold] [/] \u202eright to left\r\x9b2J"
    row = {"id": "0" * 32, "source": hostile, "source_id": "x", "url": hostile, "title": hostile, "text": hostile * 200}
    files.write_shard(str(tmp_path / "data" / "x.arrow"), [batch_of([row], DOCUMENT)], DOCUMENT)
    documents = Documents("made", (DocumentShard(str(tmp_path / "data" / "x.arrow"), {"kept": {"und": 1}}),), None)
    strata = draw(documents, Criteria(), 1, each="source")
    recording = console(record=True, file=io.StringIO())
    show_sample(recording, strata, specimens(documents, strata), whole_texts=False)
    shown = recording.export_text()
    assert "[bold]no markup[/bold] [/]" in shown
    assert not any(steering in shown for steering in "\x1b\x07\u202e\r\x9b")
    assert "characters more (--text)" in shown
