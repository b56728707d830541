"""The prefilter of the licence scanner: one pass over the bytes tells which pages may say something about rights."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Annotated, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, BeforeValidator

from filters.licences.words import Words, find, is_shown, spellings, words
from filters.optouts.words import Place, anchors
from shards.tables import table

TABLE = Path(__file__).with_name("prefilter.yaml")

UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # would hide every word, so these pages are always read
BEFORE, AFTER = 100, 20  # bytes around a word in which its expression must match
EXCERPT = 200  # bytes of a reservation before and after its words, up to a tag or a line end
MOST = 8  # passages of a page that may reserve all rights
CUT = re.compile(rb"[<>\r\n]")
SEPARATOR = "\0"  # between a page's pieces of text, in none of which it can stand: HTML has no such character
OTHER_SPACES = "\u00a0\u3000\u2009\u202f"


class Sign(NamedTuple):
    """A word of the table: its section, and the expressions of which one must match around it, if any."""

    section: str
    patterns: tuple[re.Pattern[bytes], ...] = ()


class Heard(NamedTuple):
    """What a page may say: a licence or an opt-out, passages that reserve all rights, places that speak of training."""

    licenses: bool
    reserved: tuple[bytes, ...]
    training: tuple[Place, ...] = ()


SILENT = Heard(licenses=False, reserved=())


Expression: TypeAlias = Annotated[re.Pattern[bytes], BeforeValidator(lambda text: f"(?i){text}".encode())]


class InMarkup(BaseModel, frozen=True, extra="forbid"):
    """Words of markup, and the expression that must match around one of them."""

    words: tuple[str, ...]
    pattern: Expression | None = None


class InText(BaseModel, frozen=True, extra="forbid"):
    """Plain words, and the charsets in which they are looked for, besides UTF-8."""

    words: tuple[str, ...]
    charsets: tuple[str, ...]


class Prefilter(BaseModel, frozen=True, extra="forbid"):
    """What `prefilter.yaml` holds; its comments say what each section is."""

    markup: tuple[InMarkup, ...]
    whole: dict[str, Expression]
    names: tuple[InText, ...]
    reserved: tuple[InText, ...]


@cache
def _signs() -> tuple[tuple[Sign, ...], Words]:
    """Return what is looked for, and the words whose numbers are places in it; greater ones are those of `anchors`."""
    prefilter = table(TABLE, Prefilter)
    around: dict[str, list[re.Pattern[bytes]]] = {}
    for entry in prefilter.markup:
        for word in entry.words:
            patterns = around.setdefault(word, [])
            patterns += [entry.pattern] if entry.pattern is not None else []
    signs = [Sign("markup", tuple(patterns)) for patterns in around.values()]
    forms = [(form, number) for number, word in enumerate(around) for form in spellings(word, ())]
    for section, entries in (("names", prefilter.names), ("reserved", prefilter.reserved)):
        for word, charsets in ((word, entry.charsets) for entry in entries for word in entry.words):
            forms += [(form, len(signs)) for form in spellings(word, charsets)]
            signs.append(Sign(section, (prefilter.whole[word],) if word in prefilter.whole else ()))
    forms += [(form, len(signs) + number) for form, number in anchors().forms]
    return tuple(signs), words(forms)


def heard(payloads: pa.LargeBinaryArray) -> dict[int, Heard]:
    """Return, by row, the pages that may say anything about rights."""
    if payloads.null_count == len(payloads):
        return {}
    offsets = np.frombuffer(payloads.buffers()[1], np.int64)[payloads.offset :][: len(payloads) + 1]
    data = np.frombuffer(payloads.buffers()[2] or b"", np.uint8)
    signs, wanted = _signs()
    licenses = {row for row in range(len(payloads)) if data[offsets[row] :][:2].tobytes() in UTF_16}
    reserved: dict[int, list[bytes]] = {}
    training: dict[int, list[Place]] = {}
    at, payload = -1, b""
    hits = find(data, offsets, wanted)
    for row, number, start, end in zip(*(column.tolist() for column in hits), strict=True):
        if number >= len(signs):
            training.setdefault(row, []).append(Place(start, end, anchors().languages[number - len(signs)]))
            continue
        sign = signs[number]
        if sign.section != "reserved" and row in licenses:
            continue
        if row != at:
            at, payload = row, data[offsets[row] : offsets[row + 1]].tobytes()
        if sign.section != "reserved":
            if _stands(sign, payload, start, end):
                licenses.add(row)
        elif len(reserved.get(row, ())) < MOST and is_shown(data, offsets[row], offsets[row] + start):
            reserved.setdefault(row, []).append(_excerpt(payload, start, end))
    rows = sorted(row for row in licenses | set(reserved) | set(training) if payloads[row].is_valid)
    return {
        row: Heard(row in licenses, tuple(dict.fromkeys(reserved.get(row, ()))), tuple(training.get(row, ())))
        for row in rows
    }


def _stands(sign: Sign, content: bytes, start: int, end: int) -> bool:
    """Whether a word stands as it must: one of the expressions matches where it is."""
    return not sign.patterns or any(
        match.start() <= start and end <= match.end()
        for pattern in sign.patterns
        for match in pattern.finditer(content, max(start - BEFORE, 0), end + AFTER)
    )


def _excerpt(payload: bytes, start: int, end: int) -> bytes:
    """Return the words at a place with a few bytes before and after."""
    before = CUT.split(payload[max(start - EXCERPT, 0) : start])[-1]
    return before + payload[start:end] + CUT.split(payload[end : end + EXCERPT])[0]


def speaking(texts: Iterable[str]) -> list[int]:
    """Return which of a page's pieces of text may name a licence or reserve all rights."""
    whole = SEPARATOR.join([*texts, ""])
    for space in OTHER_SPACES:
        whole = whole.replace(space, " ")
    content = whole.encode("utf-8", "replace")
    data = np.frombuffer(content, np.uint8)
    signs, wanted = _signs()
    hits = find(data, np.array([0, len(data)]), wanted)
    places = [
        start
        for number, start, end in zip(*(column.tolist() for column in hits[1:]), strict=True)
        if number < len(signs) and signs[number].section != "markup" and _stands(signs[number], content, start, end)
    ]
    bounds = np.flatnonzero(data == 0)
    return sorted({int(place) for place in np.searchsorted(bounds, np.array(places, np.int64))})
