"""Labelling, key by key."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from jobs.show.label_session import REASONS, Session
from pipeline.answers.labelling import Unlabelled
from pipeline.answers.labels import read
from pipeline.errors import QuestionError

TEXTS = ["ข่าว", "新闻\x1b[2J", "خبر", "news " * 900]
DOCUMENTS = [Unlabelled(str(number), "und", None, text, 2.0) for number, text in enumerate(TEXTS)]
AT = datetime(2026, 11, 30, tzinfo=UTC)


def pressed(tmp_path: Path, keys: str) -> tuple[list[tuple[str, str | None, int | None, str | None]], str]:
    """Return the labels that keys make, and what was shown."""
    path, screen = tmp_path / "labels.jsonl", io.StringIO()
    session = Session(Console(file=screen, width=100), str(path), "li", iter(keys), lambda: AT)
    session.label(DOCUMENTS)
    labels = read(path) if path.exists() else []
    assert all((one.by, one.at, one.weight) == ("li", AT, 2.0) for one in labels)
    return [(one.id, one.decision, one.quality, one.reason) for one in labels], screen.getvalue()


def test_one_key_answers_one_question(tmp_path: Path) -> None:
    labels, screen = pressed(tmp_path, "k4\nd0s\nu\nmK\n")
    assert labels == [
        ("0", "keep", 4, None),
        ("1", "drop", 0, "spam"),
        ("2", "unsure", None, None),
        ("3", "keep", None, None),
    ]
    assert "\x1b" not in screen
    assert screen.count("news news") > 1, "m shows the whole text"


@pytest.mark.parametrize("keys", ["", "k", "d3", "q", "dq", "kz", "z", "kzq"])
def test_an_answer_that_is_not_whole_is_not_stored(tmp_path: Path, keys: str) -> None:
    assert pressed(tmp_path, keys)[0] == []


def test_z_takes_the_last_answer_back_and_asks_again(tmp_path: Path) -> None:
    assert pressed(tmp_path, "k4k5zd1bq")[0] == [("0", "keep", 4, None), ("1", "drop", 1, "boilerplate")]
    assert pressed(tmp_path / "..", "k4zq")[0] == []


@pytest.mark.parametrize("keys", ["x", "kk", "d1!", "k9"])
def test_a_script_with_a_key_that_is_no_answer_is_told(tmp_path: Path, keys: str) -> None:
    with pytest.raises(QuestionError, match="is not an answer"):
        pressed(tmp_path, keys)


def test_no_key_has_two_meanings() -> None:
    assert not {"q", "z"} & set(REASONS)
    assert len(REASONS) == 12
