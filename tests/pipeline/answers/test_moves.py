"""Bounds that are moved: how they are named, and what is refused."""

import pytest

from filters.base import Range
from pipeline.answers.moves import Course, moves_of
from pipeline.errors import QuestionError
from pipeline.stages.documents import DocumentsStage

STAGE = DocumentsStage.model_validate(
    {
        "sources": [{"kind": "text", "name": "notes", "paths": ["*.txt"], "license": "CC0-1.0"}],
        "steps": [
            {"name": "url"},
            {"name": "normalize"},
            {"name": "decontamination", "action": "cut"},
            {"name": "language", "model": "lid.176"},
            {"name": "gopher_quality", "words": {"min": 50, "max": 100}},
            {"name": "fineweb"},
        ],
        "languages": {"tha_Thai": [{"name": "fineweb"}, {"name": "gopher_quality", "words": {"min": 30}}]},
    }
)


@pytest.mark.parametrize(
    ("assignment", "language", "key", "new"),
    [
        ("gopher_quality.words.min=40", None, "gopher_quality.words", Range(min=40, max=100)),
        ("gopher_quality.words={min: 40}", None, "gopher_quality.words", Range(min=40)),
        ("gopher_quality.words.max=null", None, "gopher_quality.words", Range(min=50)),
        ("stages.documents.steps.gopher_quality.words.min=40", None, "gopher_quality.words", Range(min=40, max=100)),
        ("tha_Thai.gopher_quality.words.min=40", "tha_Thai", "gopher_quality.words", Range(min=40)),
        (
            "stages.documents.languages.tha_Thai.filters.gopher_quality.words.action=flag",
            "tha_Thai",
            "gopher_quality.words",
            Range(min=30, action="flag"),
        ),
    ],
)
def test_a_bound_is_named_as_the_command_line_names_it(
    assignment: str, language: str | None, key: str, new: Range
) -> None:
    (move,) = moves_of(STAGE, [assignment])
    assert (move.language, move.key, move.new) == (language, key, new)
    assert moves_of(STAGE, [move.assignment])[0].new == new


def test_a_later_assignment_goes_on_from_an_earlier_one() -> None:
    (move,) = moves_of(STAGE, ["gopher_quality.words.min=20", "gopher_quality.words.max=200"])
    assert (move.old, move.new) == (Range(min=50, max=100), Range(min=20, max=200))
    both = moves_of(STAGE, ["gopher_quality.words.min=20", "gopher_quality.stop_words.min=1"])
    assert both[0].after == both[1].after


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("gopher_quality.words", "key=value is expected"),
        ("words=3", "words names no signal of a filter, .*did you mean gopher_quality.words"),
        ("gopher_quality.words.min.x=3", "names no signal of a filter"),
        ("gopher_quality=3", "which signal of gopher_quality\\? It has words, "),
        ("gopher_quality.wrods.min=3", "no signal wrods; did you mean words"),
        ("gopher_qualty.words.min=3", "no filter gopher_qualty there; did you mean gopher_quality"),
        ("rights.confidence.min=0.9", "the settings of the stage rights cannot be counted from signals"),
        ("languages.tha_Tha.gopher_quality.words.min=3", "no filters of its own.*did you mean tha_Thai"),
        ("tha_Tha.gopher_quality.words.min=3", "names no signal of a filter"),
        ("tha_Thia.gopher_quality.words.min=3", "tha_Thia has no filters of its own.*did you mean tha_Thai"),
        ("xxx_Latn.gopher_quality.words={min: 3}", "xxx_Latn has no filters of its own"),
        ("gopher_quality.words.least=3", r"a bound has no least \(allowed: min, max, undefined, action\)"),
        ("gopher_quality.words.min=few", "valid number"),
        ("gopher_quality.words.min=200", "min 200.0 is greater than max 100.0"),
        ("fineweb.newlines.action=drop", "reject"),
        ("fineweb.terminated_lines.min=12", "a share is from 0 to 1, found 12; did you mean 0.12"),
        ("gopher_quality.marks_are_words=false", "no signal marks_are_words"),
        ("decontamination.question.max=0.5", "cuts texts by its bounds"),
        ("=3", "key=value is expected"),
        ("gopher_quality.words={min: 3", "not YAML"),
    ],
)
def test_what_moves_no_bound_is_told(assignment: str, message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        moves_of(STAGE, [assignment])


def test_a_bound_is_asked_before_those_behind_it_and_not_where_its_part_was_not_reached() -> None:
    course = Course(STAGE, None)
    assert [[step.name for step in part] for part in course.parts] == [
        ["url"],
        ["normalize"],
        ["decontamination", "language"],
        ["gopher_quality", "fineweb"],
    ]
    assert course.precedes("language.score", "gopher_quality.words")
    assert course.precedes("language.score", "gopher_quality.crashed")
    assert not course.precedes("gopher_quality.words", "language.score")
    assert not course.precedes("gopher_quality.words", "fineweb.crashed")  # one part: neither measured it
    assert course.precedes("gopher_quality.words", "gopher_quality.stop_words")
    assert course.precedes("fineweb.newlines", "suppressed.listed")
    assert not Course(STAGE, "tha_Thai").precedes("gopher_quality.words", "fineweb.newlines")
