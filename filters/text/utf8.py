"""UTF-8 that is not quite valid, and UTF-8 within text of another charset.

Pages are cut in the middle of a character, hold a byte or a line pasted from elsewhere, or were written by encoders
that take characters above U+FFFF for two (CESU-8). Sequences that are valid UTF-8 hardly come about by accident: in
chardet's files of 24 other charsets there are at most .34 of them to an invalid one, mostly of two bytes.
"""

import re
from typing import NamedTuple

from filters.text.plausibility import implausibility

_CUT = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z")
_SURROGATES = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
_LONE_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_SEQUENCES = re.compile(
    rb"(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})"
    rb"(?:[\s!-@\[-`{-~]{0,3}(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}))*"
)
_OF_ONE = frozenset((b"\xc2", b"\xc3", b"\xe2"))  # begin signs and western letters; others by themselves are chance
_DRAWING = ("ibm8", "cp85", "cp86")  # their tables are drawn by what begins sequences of UTF-8
_OF_TWO = re.compile("[\x80-\u07ff]")
_REPLACEMENT = "\ufffd".encode()


class Nearly(NamedTuple):
    """A text, and its valid sequences (one of three bytes or four counts as two) beside what is invalid."""

    text: str
    undecodable: int
    valid: int
    invalid: int  # a character that the end of the page cuts is not


def nearly(payload: bytes) -> Nearly:
    """Return bytes as UTF-8, surrogates joined, a replacement character for each sequence that is not valid."""
    meant = payload.count(_REPLACEMENT)
    payload = _LONE_SURROGATE.sub(_REPLACEMENT, _SURROGATES.sub(_joined, payload))
    text = payload.decode("utf-8", "replace")
    undecodable = text.count("\ufffd") - meant
    longer = len(text) - len(text.encode("ascii", "ignore")) - text.count("\ufffd")
    return Nearly(
        text,
        undecodable,
        2 * longer - len(_OF_TWO.findall(text)),
        undecodable - (_CUT.search(payload) is not None),
    )


def _joined(match: re.Match[bytes]) -> bytes:
    return match[0].decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass").decode("utf-16-le").encode()


def _amid(before: bytes, inserted: str, after: bytes) -> str:
    return before.decode("ascii", "ignore") + inserted + after.decode("ascii", "ignore")


def with_insertions(payload: bytes, codec: str) -> str | None:
    """Return text of a charset of single bytes whose insertions in UTF-8 are read as such; None if there are none.

    An insertion is what looks less like writing in the page's charset than in UTF-8.
    """
    pieces, end = [], 0
    for match in () if codec.startswith(_DRAWING) else _SEQUENCES.finditer(payload):
        try:
            inserted = match[0].decode("utf-8")
        except UnicodeDecodeError:
            continue
        if len(inserted.encode("ascii", "ignore")) + 1 == len(inserted) and match[0][:1] not in _OF_ONE:
            continue
        before, after = payload[match.start() - 3 : match.start()], payload[match.end() : match.end() + 3]
        around = before + match[0] + after
        if implausibility(_amid(before, inserted, after)) < implausibility(around.decode(codec, "replace")):
            pieces += [payload[end : match.start()].decode(codec, "replace"), inserted]
            end = match.end()
    return "".join((*pieces, payload[end:].decode(codec, "replace"))) if pieces else None
