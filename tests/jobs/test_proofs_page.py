"""The commands of docs/proofs.md and docs/takedown.md, as typed, on the release of the quickstart."""

import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jobs.__main__ import app
from tests.runs import ROOT, SampleWeb


def test_the_commands_of_the_page_do_what_it_says(
    whole_run: SampleWeb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(whole_run.folder / "whole", tmp_path / "out/quickstart", symlinks=True)
    monkeypatch.chdir(tmp_path)
    text = "".join((ROOT / f"docs/{page}.md").read_text(encoding="utf-8") for page in ("proofs", "takedown"))
    told = ""
    for command in re.findall(r"^yuliao (.+)$", text, re.MULTILINE):
        ran = CliRunner().invoke(app, command.split())
        assert ran.exit_code == 0, f"{command}: {ran.output}"
        told += ran.output
    for words in (
        "proves nothing of who made it",
        "entry 0 of 1",
        "NOT in",
        "by a key of yours",
        "in the release: leaf",
    ):
        assert words in told
    assert (tmp_path / "alliance.key").stat().st_mode & 0o77 == 0
    refused = CliRunner().invoke(app, ["keygen", "alliance.key", "--name", "example.org"])
    assert "is there already" in str(refused.exception)
    again = CliRunner().invoke(app, ["prove", "https://nobody.example/none", "--release", "out/nothing"])
    assert "no release here" in str(again.exception)
