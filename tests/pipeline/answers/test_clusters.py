"""What differs between two texts."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.answers.clusters import COMPARED, Spans, differences

LINES = st.lists(st.sampled_from(["", "the rain", "the snow", "雨が降る", "雪が降る", "ฝนตก", "a-b", " "]), max_size=6)


def without(text: str, spans: Spans) -> str:
    kept, at = [], 0
    for start, end in spans:
        assert at <= start < end <= len(text)
        kept.append(text[at:start])
        at = end
    return "".join([*kept, text[at:]])


@given(one=LINES, other=LINES)
def test_without_what_differs_two_texts_are_the_same(one: list[str], other: list[str]) -> None:
    texts = "\n".join(one), "\n".join(other)
    left, right = (without(text, spans) for text, spans in zip(texts, differences(*texts), strict=True))
    assert left == right
    assert differences(texts[0], texts[0]) == ([], [])


def test_the_words_that_differ_are_marked_and_no_more() -> None:
    one, other = "It rains.\nThe same line.\n今日は雨です", "It snows.\nThe same line.\n今日は雪です"
    spans = differences(one, other)
    assert [[text[start:end] for start, end in each] for text, each in zip((one, other), spans, strict=True)] == [
        ["rains", "雨"],
        ["snows", "雪"],
    ]


def test_of_long_texts_all_is_different() -> None:
    long = "\n" * (COMPARED + 1)
    assert differences(long, "a") == ([(0, len(long))], [(0, 1)])
    words = "a " * COMPARED
    assert differences(words, f"{words}b") == ([(0, len(words))], [(0, len(words) + 1)])
