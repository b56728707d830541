"""EUC-TW, of which Python has no codec: planes 1 and 2 of CNS 11643, which are the characters of Big5 in another order.

The table was derived from the GNU C library's converters. What stands in higher planes is a replacement character.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pydantic import BaseModel

from shards.tables import rows

TABLE = Path(__file__).with_suffix(".tsv")

PLANE = 0x8E  # before the number of a plane
_ROW, _BIG5_ROW = 94, 157  # characters in a row of either


class Range(BaseModel, frozen=True, extra="forbid"):
    """Characters that follow each other in both: the place of the first in its plane, and in Big5."""

    plane: int
    first: int
    big5: int
    characters: int


def text_of(payload: bytes) -> str:
    """Return the text of bytes in EUC-TW, a replacement character for each sequence that is none."""
    return "".join(_read(payload))


def _read(payload: bytes) -> Iterator[str]:
    at = 0
    while at < len(payload):
        if payload[at] < 0x80:
            yield chr(payload[at])
            at += 1
            continue
        length = 4 if payload[at] == PLANE else 2
        code = payload[at : at + length]
        plane = code[1] - 0xA0 if len(code) == 4 else 1
        character = (
            _characters().get((plane, (code[-2] - 0xA1) * _ROW + code[-1] - 0xA1)) if len(code) == length else None
        )
        yield character or "\ufffd"
        at += length if character or len(code) < length else 1


@cache
def _characters() -> dict[tuple[int, int], str]:
    return {
        (each.plane, each.first + number): _of_big5(each.big5 + number)
        for each in rows(TABLE, Range)
        for number in range(each.characters)
    }


def _of_big5(place: int) -> str:
    row, cell = divmod(place, _BIG5_ROW)
    return bytes((0xA1 + row, cell + (0x40 if cell < 63 else 0xA1 - 63))).decode("big5")
