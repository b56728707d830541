"""The text of a document, put together from its lines."""

import re
import unicodedata
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from filters.text.characters import UNSPACED
from pipeline.pdf.edge_features import body_size
from pipeline.pdf.hyphens import Words, joined
from pipeline.pdf.lines import Lines
from pipeline.pdf.paragraphs import NEW, ROW, continued, notes
from pipeline.pdf.running import running_lines
from shards.arrays import Places
from shards.schema import storable

_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
_LEADER = re.compile(r"(?:[ \t]?[.·…]){5,}[ \t]*(?=[0-9ivxlc]+$)", re.MULTILINE)  # dots from a title to its page
_FLIPPED = str.maketrans("()[]{}«»‹›", ")(][}{»«›‹")


class Heights(NamedTuple):
    """Where pages have their bottoms and tops, in points."""

    bottoms: npt.NDArray[np.float32]
    tops: npt.NDArray[np.float32]


def document_text(lines: Lines, heights: Heights, properties: npt.NDArray[np.uint16]) -> str:
    """Return the paragraphs of a document, with an empty line between them; rows of tables are lines with tabs."""
    if not len(lines.first):
        return ""
    texts = _mirrored(lines, line_texts(lines))
    running = running_lines(lines, texts, heights.bottoms, heights.tops)
    body = body_size(lines)
    aside = notes(lines, heights.bottoms, heights.tops, body) & ~running
    words = Words(texts)
    main = _paragraphs(lines, texts, np.flatnonzero(~(running | aside)), body, words, properties)
    small = _paragraphs(lines, texts, np.flatnonzero(aside), body, words, properties)
    return _composed("\n\n".join(_in_place(main, small)))


def line_texts(lines: Lines) -> list[str]:
    """Return the text of every line."""
    whole = storable(lines.text.astype("<u4").tobytes().decode("utf-32-le", "replace"))
    return [whole[first:last] for first, last in zip(lines.first.tolist(), lines.last.tolist(), strict=True)]


class Paragraph(NamedTuple):
    """A paragraph, or a table."""

    first: int  # its first line
    last: int
    text: str


def _in_place(main: list[Paragraph], notes: list[Paragraph]) -> list[str]:
    """Return the texts, notes behind the paragraph in which their page ends."""
    out: list[str] = []
    at = 0
    for paragraph in main:
        out.append(paragraph.text)
        while at < len(notes) and notes[at].first < paragraph.last:
            out.append(notes[at].text)
            at += 1
    return out + [note.text for note in notes[at:]]


def _paragraphs(
    lines: Lines,
    texts: list[str],
    order: Places,
    body: float,
    words: Words,
    properties: npt.NDArray[np.uint16],
) -> list[Paragraph]:
    if not len(order):
        return []
    goes_on = continued(lines, order, body).tolist()
    hyphen = lines.hyphen
    found: list[Paragraph] = []
    first = last = int(order[0])
    held = ""
    for state, index in zip(goes_on, order.tolist(), strict=True):
        text = texts[index]
        if state == NEW:
            if held:
                found.append(Paragraph(first, last, held))
            first, held = index, text
        elif state == ROW:
            held = f"{held}\n{text}"
        elif hyphen[last]:
            held = joined(held, text, words)
        elif _unspaced(held[-1], properties) and _unspaced(text[0], properties):
            held += text
        else:
            held = f"{held} {text}"
        last = index
    found.append(Paragraph(first, last, held))
    return found


def _unspaced(character: str, properties: npt.NDArray[np.uint16]) -> bool:
    code = ord(character)
    return code > 0x2E7 and bool(properties[code] & UNSPACED or 0x3000 <= code < 0x3040 or 0xFF00 <= code < 0xFF66)


def _mirrored(lines: Lines, texts: list[str]) -> list[str]:
    """Return the texts with the brackets of right-to-left lines turned, where most of them stand the wrong way."""
    rtl = np.flatnonzero(lines.rtl).tolist()
    if not rtl:
        return texts
    wrong = right = 0
    for opening, closing in ("()", "[]"):
        held = 0  # brackets that are open; those that a line opens another may close
        for character in "".join(texts[index] for index in rtl):
            if character == opening:
                held += 1
            elif character == closing:
                right, wrong, held = right + (held > 0), wrong + (held == 0), max(0, held - 1)
    if wrong <= right:
        return texts
    texts = list(texts)
    for index in rtl:
        texts[index] = texts[index].translate(_FLIPPED)
    return texts


def _composed(text: str) -> str:
    if any(dots in text for dots in ("....", ". . .", "··", "……")):
        text = _LEADER.sub("\t", text)
    if text.isascii():
        return text
    text = text.translate(_LIGATURES)
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)
