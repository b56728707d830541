"""HTML built from elements: whatever is not an element already is text, and escaped by one function.

Texts are of strangers. What could not be seen in them, or would turn a line round, is spelt (`<U+202E>`), as on a
terminal (`pipeline.plain`); each line of a document is isolated from its neighbours and finds its own direction.
"""

import html
import itertools
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TypeAlias

from filters.languages.labels import FOLDER, LabelRow
from pipeline.plain import plain, plain_lines
from shards.receipts import UNKNOWN_LANGUAGE
from shards.tables import rows

EXCERPT = 1_500  # characters of a text
LINE = 200  # of a title, an address, a piece of evidence
BEFORE = 300  # characters before the first mark, where an excerpt does not begin with its text
VOID = {"br", "col", "hr", "input", "link", "meta"}  # elements without content


class Html(str):
    """Markup: what `element` and its like return, and nothing else."""

    __slots__ = ()


Piece: TypeAlias = str | None  # text, markup, or nothing


def escaped(piece: str) -> Html:
    """Return text as markup; markup as it is."""
    return piece if isinstance(piece, Html) else Html(html.escape(plain_lines(piece)))


def shortened(text: str, most: int = LINE) -> str:
    """Return a text of one line, of at most so many characters."""
    line = " ".join(text[: most + 1].split("\n"))
    return line if len(line) <= most else f"{line[: most - 1]}…"


def joined(pieces: Sequence[Piece] | Iterator[Piece], between: str = "") -> Html:
    """Return pieces one behind the other."""
    return Html(escaped(between).join(escaped(piece) for piece in pieces if piece is not None))


def element(tag: str, /, *content: Piece, **attributes: str | int | float | bool | None) -> Html:
    """Return an element; of its attributes those that are neither None nor False.

    A name that Python reserves has `_` behind it (`class_`), and `_` within stands for `-` (`aria_label`).
    """
    told = "".join(_attribute(key, value) for key, value in attributes.items() if value is not None)
    return Html(f"<{tag}{told}>" if tag in VOID else f"<{tag}{told}>{joined(content)}</{tag}>")


def _attribute(key: str, value: str | float | bool) -> str:
    if isinstance(value, bool):
        return f" {key.rstrip('_')}" if value else ""
    return f' {key.rstrip("_").replace("_", "-")}="{escaped(str(value))}"'


def definitions(pairs: Iterable[tuple[Piece, Piece]]) -> Html:
    """Return a list of terms, each with what is said of it."""
    return element("dl", *(piece for name, said in pairs for piece in (element("dt", name), element("dd", said))))


def language_tag(language: str | None) -> str | None:
    """Return a language as HTML names it (`zho_Hans`: `zh-Hans`), by which fonts are chosen; None if there is none."""
    code, _, script = (language or UNKNOWN_LANGUAGE).partition("_")
    if code == UNKNOWN_LANGUAGE:
        return None
    return "-".join(filter(None, (_short_codes().get(code, code), script)))


@cache
def _short_codes() -> dict[str, str]:
    labels = [row for row in rows(FOLDER / "labels.tsv", LabelRow) if len(row.label) == 2 and not row.model]
    return {row.language: row.label for row in reversed(labels)}


def excerpt(
    text: str, spans: Sequence[tuple[int, int]], language: str | None = None, most: int = EXCERPT
) -> tuple[Html, int]:
    """Return at most so many characters of a text, from where its first mark is near, and how many are left out.

    `spans` are the pieces that are marked, in code points, start and end.
    """
    first = min((start for start, _ in spans), default=0)
    begin = 0 if first < most else max(0, first - BEFORE)
    shown = text[begin : begin + most]
    marks = bytearray(len(shown))
    for start, end in spans:
        low, high = max(start - begin, 0), min(end - begin, len(shown))
        marks[low:high] = b"\1" * max(high - low, 0)
    lines, at = [], 0
    for line in shown.split("\n"):
        lines.append(element("p", *_marked(line, marks[at : at + len(line)]), dir="auto"))
        at += len(line) + 1
    ends = ["…" if begin else None, "…" if begin + most < len(text) else None]
    paragraphs = [element("p", end) if end else None for end in ends]
    body = element("div", paragraphs[0], *lines, paragraphs[1], class_="text", lang=language_tag(language))
    return body, len(text) - len(shown)


def _marked(line: str, marks: bytearray) -> Iterator[Html]:
    for marked, group in itertools.groupby(range(len(line)), key=marks.__getitem__):
        places = list(group)
        piece = Html(html.escape(plain(line[places[0] : places[-1] + 1])))
        yield element("mark", piece) if marked else piece
