from collections import Counter
from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.documents import Documents
from filters.gopher_repetition import GopherRepetition
from tests.filters.bounds import limits

Batch = Callable[..., pa.RecordBatch]

WORDS = [f"w{number}" for number in range(400)]


def test_the_defaults_are_those_of_table_a1() -> None:
    assert {name: greatest for name, (_, greatest) in limits(GopherRepetition()).items()} == {
        "duplicate_lines": 0.30,
        "duplicate_paragraphs": 0.30,
        "duplicate_line_characters": 0.20,
        "duplicate_paragraph_characters": 0.20,
        "top_2_gram": 0.20,
        "top_3_gram": 0.18,
        "top_4_gram": 0.16,
        "duplicate_5_grams": 0.15,
        "duplicate_6_grams": 0.14,
        "duplicate_7_grams": 0.13,
        "duplicate_8_grams": 0.12,
        "duplicate_9_grams": 0.11,
        "duplicate_10_grams": 0.10,
    }


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (" ".join(WORDS), set()),
        ("\n".join(WORDS[:6] + WORDS[:4]), {"duplicate_lines", "duplicate_line_characters"}),
        ("\n".join([*WORDS, "x", "x"]), set()),
        ("\n\n".join(["a\nb", "c\nd", "a\nb"]), {"duplicate_paragraphs", "duplicate_paragraph_characters"}),
        (" ".join(WORDS[:10]) + " so long" * 3, {"top_2_gram"}),
        (" ".join(f"{word} its mill" for word in WORDS[:40]), {"top_2_gram"}),
        (" ".join(f"{word}{word} a b c" for word in WORDS[:40]), {"top_2_gram", "top_3_gram"}),
        (" ".join(WORDS[:30] + WORDS[:9]), {"duplicate_9_grams"}),
        (" ".join(WORDS[:30] + WORDS[:10]), {"duplicate_9_grams", "duplicate_10_grams"}),
    ],
)
def test_each_rule_rejects_what_it_is_about(batch: Batch, text: str, rules: set[str]) -> None:
    filter = GopherRepetition()
    signals = filter.measure(Documents(batch(text)))
    broken = {name for name, bound in filter.bounds().items() if bound.broken(signals[name]).any()}
    assert rules <= broken
    assert rules or not broken


def top_characters(words: list[str], n: int) -> int:
    """The definition, in the plainest Python."""
    grams = [" ".join(words[i : i + n]) for i in range(len(words) - n + 1)]
    gram, count = Counter(grams).most_common(1)[0] if grams else ("", 0)
    return len(gram) * count


def duplicate_characters(words: list[str], n: int) -> int:
    seen, characters, i = set(), 0, 0
    while i + n <= len(words):
        gram = tuple(words[i : i + n])
        characters += sum(map(len, gram)) if gram in seen else 0
        i += n if gram in seen else 1
        seen.add(gram)
    return characters


@settings(deadline=None, max_examples=300)
@given(st.lists(st.lists(st.sampled_from(["a", "bb", "ccc"]), max_size=60), min_size=1, max_size=3))
def test_repeated_characters_are_those_of_the_definition(batch: Batch, texts: list[list[str]]) -> None:
    top, duplicate = Documents(batch(*(" ".join(words) for words in texts))).repeated_characters
    for document, words in enumerate(texts):
        for n in range(2, 11):
            assert top[document, n] == top_characters(words, n)
            assert duplicate[document, n] == duplicate_characters(words, n)
