"""The file of labels: nothing of it is lost, and a line that is none is told."""

import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.answers.labels import Label, append, digest_of_text, labelled, read
from pipeline.errors import QuestionError

AT = datetime(2026, 11, 30, 15, 4, 5, tzinfo=UTC)


def label(name: str, decision: Any, by: str = "li", **changes: Any) -> Label:
    return Label(id=name, decision=decision, by=by, at=AT, text_digest=digest_of_text(name), **changes)


def test_the_last_word_of_each_person_holds_and_a_decision_can_be_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    given = [label("a", "keep"), label("b", "drop", reason="spam"), label("a", "drop"), label("b", None)]
    for one in [*given, label("a", "keep", "wang")]:
        append(path, one)
    assert [(one.id, one.by, one.decision) for one in read(path)] == [("a", "li", "drop"), ("a", "wang", "keep")]
    assert len(path.read_text().splitlines()) == 5, "nothing is overwritten"
    first = json.loads(path.read_text().splitlines()[0])
    assert (first["format"], first["at"], first["weight"]) == (1, "2026-11-30T15:04:05Z", 1.0)


def test_people_who_disagree_decide_nothing_unless_most_say_the_same() -> None:
    split = [label("a", "keep", quality=4), label("a", "drop", "wang", quality=1)]
    (together,) = labelled(split)
    assert (together.decision, together.quality, together.people) == ("unsure", 2.5, 2)
    assert labelled([*split, label("a", "drop", "sato")])[0].decision == "drop"
    assert labelled([label("a", "unsure"), label("a", "keep", "wang")])[0].decision == "keep"


@pytest.mark.parametrize("torn", [1, 20, 100])
def test_what_a_killed_writer_left_of_a_line_goes(tmp_path: Path, torn: int) -> None:
    path = tmp_path / "labels.jsonl"
    append(path, label("a", "keep"))
    with path.open("ab") as file:
        file.write(label("b", "drop").model_dump_json().encode()[:torn])
    assert [one.id for one in read(path)] == ["a"]
    append(path, label("c", "keep"))
    assert [one.id for one in read(path)] == ["a", "c"]


def test_several_write_to_one_file(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"

    def write(by: str) -> None:
        for number in range(20):
            append(path, label(str(number), "keep", by))

    writers = [threading.Thread(target=write, args=(by,)) for by in ("li", "wang", "sato")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(read(path)) == 60


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"decision": "perhaps"}, "labels.jsonl:2: decision: Input should be 'keep', 'drop' or 'unsure'"),
        ({"quality": 6}, "labels.jsonl:2: quality: Input should be less than or equal to 5"),
        ({"at": "2026-11-30T15:04:05"}, "labels.jsonl:2: at: Value error, no time zone"),
        ({"text": "x"}, "labels.jsonl:2: text: Extra inputs are not permitted"),
        ({"weight": 0}, "labels.jsonl:2: weight: Input should be greater than 0"),
        ({"format": 2}, "labels.jsonl:2: format: Input should be 1"),
    ],
)
def test_a_line_that_is_no_label_is_told(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = tmp_path / "labels.jsonl"
    append(path, label("a", "keep"))
    wrong = json.loads(path.read_text()) | change
    path.write_text(path.read_text() + json.dumps(wrong) + "\n")
    with pytest.raises(QuestionError, match=message):
        read(path)
    with pytest.raises(QuestionError, match="No such file"):
        read(tmp_path / "nothing.jsonl")
