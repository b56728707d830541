"""A journey in a terminal: whatever a stranger's page says is shown, and steers nothing."""

import io
import unicodedata

import pytest

from filters.base import OneOf
from jobs.show.console import console
from jobs.show.journey import show_journey
from jobs.show.measurements import measurements_table
from pipeline.answers.journey import Journey
from pipeline.answers.measurement import Measurement
from shards.schema import DOCUMENT

WICKED = "a\x1b[31m[red]b[/red]\u202ec\x9b2J\rd"
TOLD = "a<U+001B>[31m[red]b[/red]<U+202E>c<U+009B>2J<U+000D>d"
WORDS = ("url", "source_id", "source", "contributor", "title", "author", "license_url")


def journey(**columns: object) -> Journey:
    document = dict.fromkeys(DOCUMENT.names) | {"id": "0a", "text": "正文", "source": "notes"} | columns
    return Journey(document, None, None, (), {})


def shown(told: Journey, *, everything: bool) -> str:
    text = io.StringIO()
    show_journey(console(file=text, width=240), told, everything=everything, whole_text=True)
    return text.getvalue()


@pytest.mark.parametrize("everything", [True, False])
def test_no_word_of_a_document_steers_the_terminal(everything: bool) -> None:
    evidence = [{"kind": "link_rel", "value": WICKED, "where": WICKED, "subject": "reservation", "digest": "0" * 64}]
    columns = dict.fromkeys(WORDS, WICKED) | {"license": "CC0-1.0", "evidence": evidence}
    text = shown(journey(text=f"一\n{WICKED}\n二", **columns), everything=everything)
    assert text.count(TOLD) >= len(WORDS) + 2
    assert f"一\n{TOLD}\n二\n" in text
    assert {one for one in text if unicodedata.category(one) in ("Cc", "Cf")} == {"\n"}


def test_a_signal_that_is_words_is_shown_as_they_are() -> None:
    text = io.StringIO()
    measured = Measurement("language.label", WICKED, OneOf(values=("zho_Hans",)))
    console(file=text, width=240).print(measurements_table([measured]))
    assert TOLD in text.getvalue()
