"""A text with the pieces that decided marked in it: in colour on a terminal, between ⟦ and ⟧ elsewhere."""

import itertools
import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np
from rich.console import Console
from rich.text import Text

from pipeline.answers.trial import Highlight

LINES = 12  # shown of one signal
STYLE = "black on yellow"
JOINERS = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060"


def show_highlight(console: Console, highlight: Highlight) -> None:
    """Print the lines of a text in which a signal has its pieces."""
    measurement = highlight.measurement
    count = len(highlight.spans)
    console.print(
        f"[bold]{measurement.name}[/] {measurement.value:.4g}, allowed {measurement.bound}: {count} pieces",
        soft_wrap=True,
    )
    lines = list(marked_lines(highlight.text, highlight.spans))
    for number, pieces in lines[:LINES]:
        line = Text(f"{number:>5}  ")
        for text, marked in pieces:
            line.append(text if console.is_terminal or not marked else f"⟦{text}⟧", STYLE if marked else "")
        console.print(line, soft_wrap=True)
    if len(lines) > LINES:
        console.print(f"       … and {len(lines) - LINES} more lines")


def marked_lines(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, list[tuple[str, bool]]]]:
    """Yield the number of each line that has a marked character, and its pieces, each marked or not."""
    marks = np.zeros(len(text) + 1, np.bool_)
    for start, end in spans:
        marks[start:end] = True
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        end = start + len(line)
        here = marks[start : end + 1]  # with the line feed behind it, which may be a piece too
        if here.any():
            characters = [(c, bool(m)) for c, m in zip(line, here, strict=False)]
            if here[-1] and end < len(text):
                characters.append(("⏎", True))
            groups = itertools.groupby(characters, key=lambda pair: pair[1])
            yield number, [(shown("".join(c for c, _ in group)), marked) for marked, group in groups]
        start = end + 1


def shown(piece: str) -> str:
    """Return a piece with the code points of what could not be seen.

    Joiners and spaces without width belong to the spelling of Persian, Hindi, Khmer and emoji: beside letters they
    stay.
    """
    spelt = "" if any(character not in JOINERS for character in piece) else JOINERS
    return "".join(f"<U+{ord(one):04X}>" if one in spelt or _unseen(one) else one for one in piece)


def _unseen(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Co", "Cn") and character not in ("\t", *JOINERS)
