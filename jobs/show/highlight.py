"""A text with the pieces that decided marked in it: in colour on a terminal, between ⟦ and ⟧ elsewhere."""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from rich.console import Console
from rich.text import Text

from jobs.show.console import styled
from pipeline.answers.highlight import Highlight
from pipeline.plain import plain

LINES = 12  # shown of one signal
STYLE = "black on yellow"


def show_highlight(console: Console, highlight: Highlight) -> None:
    """Print the lines of a text in which a signal has its pieces."""
    measurement = highlight.measurement
    count = len(highlight.spans)
    console.print(
        styled((measurement.name, "bold"), f" {measurement.value:.4g}, allowed {measurement.bound}: {count} pieces"),
        soft_wrap=True,
    )
    lines = list(marked_lines(highlight.text, highlight.spans))
    for number, pieces in lines[:LINES]:
        console.print(_line(console, number, pieces), soft_wrap=True)
    if len(lines) > LINES:
        console.print(f"       … and {len(lines) - LINES} more lines")


def show_text(console: Console, text: str, spans: Sequence[tuple[int, int]]) -> None:
    """Print all lines of a text with what is marked in it."""
    for number, pieces in marked_lines(text, spans, every=True):
        console.print(_line(console, number, pieces), soft_wrap=True)


def _line(console: Console, number: int, pieces: Sequence[tuple[str, bool]]) -> Text:
    line = Text(f"{number:>5}  ")
    for text, marked in pieces:
        line.append(text if console.is_terminal or not marked else f"⟦{text}⟧", STYLE if marked else "")
    return line


def marked_lines(
    text: str, spans: Sequence[tuple[int, int]], *, every: bool = False
) -> Iterator[tuple[int, list[tuple[str, bool]]]]:
    """Yield the number of each line that has a marked character, or of every line, and its pieces, marked or not."""
    marks = np.zeros(len(text) + 1, np.bool_)
    for start, end in spans:
        marks[start:end] = True
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        end = start + len(line)
        here = marks[start : end + 1]  # with the line feed behind it, which may be a piece too
        if every or here.any():
            characters = [(c, bool(m)) for c, m in zip(line, here, strict=False)]
            if here[-1] and end < len(text):
                characters.append(("⏎", True))
            groups = itertools.groupby(characters, key=lambda pair: pair[1])
            yield number, [(plain("".join(c for c, _ in group)), marked) for marked, group in groups]
        start = end + 1
