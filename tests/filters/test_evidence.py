"""What a filter points at is what it measured."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.bad_words import BadWords, WordList
from filters.base import Filter
from filters.boilerplate import Boilerplate
from filters.c4 import C4
from filters.code_share import CodeShare
from filters.documents import Documents
from filters.domain import Domain
from filters.encoding_damage import EncodingDamage
from filters.fineweb import FineWeb
from filters.gopher_quality import GopherQuality
from filters.gopher_repetition import GopherRepetition
from filters.hidden_text import HiddenText
from filters.machine_text import MachineText
from filters.mc4 import MC4
from filters.ocr_noise import OCRNoise
from filters.pii import PII
from filters.quality import Quality
from filters.refinedweb import RefinedWeb
from filters.running_text import RunningText
from filters.safety import Safety
from filters.sentence_repetition import SentenceRepetition

Batch = Callable[..., pa.RecordBatch]

FILTERS: list[Filter] = [
    GopherQuality(),
    GopherQuality(marks_are_words=False),
    GopherRepetition(),
    FineWeb(),
    C4(),
    MC4(long_line=10),
    EncodingDamage(),
    HiddenText(),
    RefinedWeb(),
    RunningText(fewest_words=2, short_line=12),
    SentenceRepetition(shortest=4),
    Boilerplate(),
    MachineText(),
    OCRNoise(),
    CodeShare(),
    PII(),
    Quality(),
    Domain(),
    Safety(),
    BadWords(lists=(WordList(path=Path(__file__).with_name("terms.txt")),)),
]
WORDS = ["the rain", "of the coast", "天气很好", "下雨了", "อากาศดี", "- point", "• two", "3.5", "The end.", "# news"]
MARKS = ["...", "wait…", "。", "\n", "\n\n", " ", ". ", "Ã©", "\ufffd", "\x07", "\u200b", "\U000e0041", "[1]"]
PHRASES = ["lorem ipsum", "{x}", "javascript", "cookie policy", "As an AI language model", "{{ name }}", "${city}"]
SIGNS = ["T h e", "coun-\n", "w0rd", "vоda", "3 likes", "RAIN", "Read more...", "items in cart", "<b>", "x = f();"]
HARM = ["women ", "are vermin", "I hate ", "not ", "casino ", "free spins ", "roulette ", "police ", "女人", "人渣"]
FOUND = ["rain@coast.org", "+86 138 0013 8000", "log in", "Page not found", "wind", "高潮"]
FORMS = [
    "\n$5.00\n",
    "\n4.5 from 21 votes\n",
    "\nRegistrar: a\n",
    "\nAlexa rank: 1\n",
    "\nDomain age: 2\n",
    "add to cart",
]
PIECES = [*FORMS, *WORDS, *MARKS, *PHRASES, *SIGNS, *HARM, *FOUND]
REPEATING = "Rain over the whole of the coast. " * 4 + "\nMenu\nHome\nMenu\nHome\n"


def one(filter: Filter, batch: pa.RecordBatch) -> tuple[dict[str, float], dict[str, float]]:
    """Return each signal with evidence as it was measured, and as its evidence adds up."""
    measured, _ = filter.annotate(Documents(batch))
    found = filter.evidence(Documents(batch))
    return {name: float(measured[name][0]) for name in found}, {name: found[name].value for name in found}


@given(
    pieces=st.lists(st.sampled_from(PIECES), max_size=90),
    language=st.sampled_from(["eng_Latn", "zho_Hans", "xxx_Latn"]),
)
@pytest.mark.parametrize("filter", FILTERS, ids=lambda filter: filter.name)
def test_the_pieces_account_for_the_signal(filter: Filter, batch: Batch, pieces: list[str], language: str) -> None:
    measured, accounted = one(filter, batch("".join(pieces), language=language))
    for name, value in measured.items():
        np.testing.assert_allclose(accounted[name], value, rtol=1e-9, err_msg=name)


@pytest.mark.parametrize("filter", FILTERS, ids=lambda filter: filter.name)
def test_an_empty_text_has_no_pieces(filter: Filter, batch: Batch) -> None:
    measured, accounted = one(filter, batch(""))
    for name, value in measured.items():
        np.testing.assert_equal(accounted[name], value, err_msg=name)


def marked(filter: Filter, text: str, signal: str, batch: Batch) -> list[str]:
    found = filter.evidence(Documents(batch(text)))[signal]
    return [text[start:end] for start, end in zip(found.starts, found.ends, strict=True)]


def test_repeated_lines_are_those_that_stood_before(batch: Batch) -> None:
    assert marked(GopherRepetition(), REPEATING, "duplicate_lines", batch) == ["Menu", "Home"]


def test_the_top_n_gram_is_marked_wherever_it_stands(batch: Batch) -> None:
    text = "one two three. one two four. five one two"
    assert marked(GopherRepetition(), text, "top_2_gram", batch) == ["one two"] * 3


def test_lines_without_an_end_are_marked_in_every_script(batch: Batch) -> None:
    text = "今天下雨。\n菜单\nEnd.\nMenu\nهل هذا نص؟"
    assert marked(FineWeb(), text, "terminated_lines", batch) == ["菜单", "Menu"]


def test_damage_is_marked_where_it_is(batch: Batch) -> None:
    assert marked(EncodingDamage(), "a cafÃ© there", "mojibake", batch) == ["Ã©"]
