"""A classifier from labels, from the documentation alone."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jobs.__main__ import app
from tests.pipeline.training.labelled import rows, written
from tests.runs import ROOT

PAGE = (ROOT / "docs" / "quality.md").read_text(encoding="utf-8")


def test_the_page_leads_from_labels_to_scores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    labelled = [one | {"language": one["lang"], "good": one["informative"]} for one in rows()]
    written(tmp_path / "labelled.jsonl", labelled)
    (config,) = re.findall(r"   ```yaml\n(.*?)   ```", PAGE, re.DOTALL)
    (tmp_path / "mine.yaml").write_text(re.sub("^   ", "", config, flags=re.MULTILINE), encoding="utf-8")
    (command,) = re.findall(r"^ *yuliao (train-quality mine.yaml)$", PAGE, re.MULTILINE)
    ended = CliRunner().invoke(app, command.split(), catch_exceptions=False)
    assert ended.exit_code == 0
    assert "labelled: 180 rows, 60 refused" in ended.output
    assert "informative · zho_Hans: AUC" in ended.output
    assert (tmp_path / "build/mine/card.yaml").is_file()


def test_the_page_shows_the_words_that_spoke() -> None:
    (command,) = re.findall(r"^yuliao (try quality .*)$", PAGE, re.MULTILINE)
    ended = CliRunner().invoke(app, command.replace("README.md", str(ROOT / "README.md")).split())
    assert ended.exit_code == 0
    assert "quality.words_for" in ended.output
