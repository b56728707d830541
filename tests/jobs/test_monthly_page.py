"""The commands of docs/monthly.md, as typed, on two generated crawls."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jobs.__main__ import app
from tests.pipeline.stages.corpus import prose
from tests.runs import ROOT


def written(folder: Path, numbers: range) -> None:
    folder.mkdir()
    rows = [{"id": str(n), "url": f"https://notes.example/{n}", "text": prose(n)} for n in numbers]
    (folder / "notes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_the_commands_of_the_page_make_the_next_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs/monthly.md").read_text(encoding="utf-8")
    (second,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    first = second.replace("second", "first").replace("    against: [out/first]\n", "")
    first = re.sub(r"      - name: suppressed\n        lists: .*\n", "", first)
    (tmp_path / "first.yaml").write_text(first)
    (tmp_path / "second.yaml").write_text(second)
    written(tmp_path / "first", range(8))
    written(tmp_path / "second", range(2, 12))
    told = ""
    commands = re.findall(r"^yuliao (.+)$", text, re.MULTILINE)
    for command in ["run first.yaml --local", "keygen alliance.key --name example.org/alliance", *commands]:
        ran = CliRunner().invoke(app, command.split())
        assert ran.exit_code == 0, f"{command}: {ran.output}{ran.exception}"
        told += ran.output
    assert "+ 4 added" in told
    assert "- 7 removed" in told
    assert "entry 3 of log" in told
