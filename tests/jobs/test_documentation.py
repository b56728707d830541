"""The documentation names commands, configurations and pages that exist."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter
from typer.testing import CliRunner

from jobs.__main__ import app
from pipeline.catalogue import SOURCES, AnySource
from tests.runs import ROOT, SampleWeb

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_configuration_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    commands = {command.name for command in app.registered_commands}
    assert set(re.findall(r"`?yuliao ([a-z-]+) [A-Z]", text)) <= commands
    for path in re.findall(r"configs/[\w/]+\.yaml", text):
        assert (ROOT / path).exists() or path == "configs/mine.yaml", path


def test_what_the_pages_ask_of_the_quickstart_has_an_answer(whole_run: SampleWeb) -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    questions = re.findall(r"^yuliao ((?:inspect|similar|report|sample|label) .*out/quickstart.*)$", text, re.MULTILINE)
    assert len(questions) >= 3
    for question in questions:
        arguments = question.replace("out/quickstart", str(whole_run.folder / "whole")).split()
        if not arguments[1].endswith(".html") or arguments[1].startswith("https:"):  # a page of the reader's own
            assert CliRunner().invoke(app, arguments).exit_code == 0, question


def test_the_readme_names_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in app.registered_commands:
        assert f"`yuliao {command.name}" in text, command.name


def test_every_source_in_the_documentation_can_be_configured() -> None:
    text = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    examples = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
    sources = [TypeAdapter[Any](AnySource).validate_python(yaml.safe_load(example)) for example in examples]
    assert len(sources) >= 5


def test_the_page_on_sources_names_every_kind() -> None:
    text = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    assert [kind for kind in SOURCES.names() if f"`{kind}`" not in text] == []


@pytest.mark.slow
def test_the_commands_of_a_first_configuration_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    commands = re.findall(r"^yuliao (.*letters.*)$", text, re.MULTILINE)
    assert {command.partition(" ")[0] for command in commands} == {"init", "plan", "run", "try"}
    monkeypatch.chdir(tmp_path)
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("The rain has come to the coast, and we are at home. " * 9)
    for command in commands:
        result = CliRunner().invoke(app, command.split())
        assert result.exit_code == 0, (command, result.output)
    assert "a trial" in (tmp_path / "out" / "files-trial" / "release" / "README.md").read_text().casefold()
    assert not (tmp_path / "out" / "files").exists()


def test_the_commands_that_watch_and_clean_a_run_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    commands = re.findall(r"^yuliao ((?:status|clean) .*)$", text, re.MULTILINE)
    assert len(commands) == 4
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("The rain has come to the coast, and we are at home.", encoding="utf-8")
    stage = {"name": "documents", "sources": [{"kind": "text", "name": "notes", "paths": ["*.txt"]}]}
    for steps in ([{"name": "normalize"}], [{"name": "normalize"}, {"name": "c4"}]):
        settings = {"name": "files", "output": "out/files", "stages": [stage | {"steps": steps}]}
        (tmp_path / "files.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        assert CliRunner().invoke(app, ["run", "files.yaml", "--local"]).exit_code == 0
    told = []
    for command in commands:
        ran = CliRunner().invoke(app, command.split())
        assert ran.exit_code == 0, (command, ran.output)
        told.append(ran.output)
    assert "stage 01, documents: 1 of 1 tasks done" in told[0]
    assert json.loads(told[1])["state"] == "done"
    assert "bytes would be freed" in told[2]
    assert "bytes freed" in told[3]
    assert len(list((tmp_path / "out" / "files").glob("01-documents-*"))) == 1


def test_the_page_tells_what_each_exit_code_asks_for() -> None:
    text = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (\d) \| (done|try again|never)", text, re.MULTILINE) == [
        ("0", "done"),
        ("1", "try again"),
        ("2", "never"),
        ("3", "done"),
    ]
