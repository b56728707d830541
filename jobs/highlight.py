"""A text with the pieces that decided marked in it: in colour on a terminal, between ⟦ and ⟧ elsewhere."""

import itertools
import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np
from rich.console import Console
from rich.text import Text

from pipeline.trial import Highlight

LINES = 12  # shown of one signal
STYLE = "black on yellow"


def show_highlight(console: Console, highlight: Highlight) -> None:
    """Print the lines of a text in which a signal has its pieces."""
    measurement = highlight.measurement
    count = len(highlight.spans)
    console.print(
        f"[bold]{measurement.name}[/] {measurement.value:.4g}, allowed {measurement.bound}: {count} pieces",
        soft_wrap=True,
    )
    shown = list(marked_lines(highlight.text, highlight.spans))
    for number, pieces in shown[:LINES]:
        line = Text(f"{number:>5}  ")
        for text, marked in pieces:
            line.append(text if console.is_terminal or not marked else f"⟦{text}⟧", STYLE if marked else "")
        console.print(line, soft_wrap=True)
    if len(shown) > LINES:
        console.print(f"       … and {len(shown) - LINES} more lines")


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
            characters = [(visible(c), bool(m)) for c, m in zip(line, here, strict=False)]
            if here[-1] and end < len(text):
                characters.append(("⏎", True))
            groups = itertools.groupby(characters, key=lambda pair: pair[1])
            yield number, [("".join(c for c, _ in group), marked) for marked, group in groups]
        start = end + 1


def visible(character: str) -> str:
    """Return a character, or its code point where it could not be seen."""
    if unicodedata.category(character) in ("Cc", "Cf", "Co", "Cn") and character != "\t":
        return f"<U+{ord(character):04X}>"
    return character
