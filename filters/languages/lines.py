"""Texts as the language models take them: each on one line, of printable characters, in UTF-8, behind each other."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shards.arrays import Bytes, Places, utf8
from shards.compiled import compiled

_KEPT, _SPACE, _DROPPED = range(3)
_PLANES = [plane << 16 for plane in (0, 1, 2, 3, 14)]  # of Unicode: no other holds a printable character


class ModelInput(NamedTuple):
    """The bytes of all lines, where each starts (and the last ends), and how many characters each has."""

    data: Bytes
    offsets: Places
    length: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.length)

    def encoded(self) -> list[bytes]:
        """Return the bytes of each line."""
        whole, ends = self.data.tobytes(), self.offsets.tolist()
        return [whole[start:end] for start, end in pairwise(ends)]

    def take(self, rows: npt.NDArray[np.int64]) -> "ModelInput":
        """Return some of the lines."""
        if len(rows) == len(self):
            return self
        data, offsets = _taken(self.data, self.offsets, rows)
        return ModelInput(data, offsets, self.length[rows])


def small(text: str) -> str:
    """Return a text that is all in capitals in small letters, in which the models know it; any other as it is."""
    return text.lower() if text.isupper() else text


def lines(texts: pa.StringArray) -> ModelInput:
    """Return the texts as lines: spaces joined, what cannot be printed (CLD2 complains of it) left out."""
    offsets, data = utf8(texts)
    return ModelInput(*_lines(data, offsets, _kinds()))


def lines_of(texts: Sequence[str]) -> ModelInput:
    """Return strings as lines."""
    return lines(pa.array([small(text) for text in texts], pa.string()))


def offsets_of(encoded: Sequence[bytes]) -> Places:
    """Return where each of the strings starts when they stand in a row, and the end of the last."""
    return np.concatenate([[0], np.cumsum([len(line) for line in encoded], dtype=np.int64)]).astype(np.int64)


@cache
def _kinds() -> Bytes:
    """Return what becomes of each code point."""
    table = np.full(0x110000, _DROPPED, np.uint8)
    for plane in _PLANES:
        characters = np.arange(plane, plane + 0x10000, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
        printable = np.fromiter(map(str.isprintable, characters), bool, len(characters))
        table[plane : plane + 0x10000][printable] = _KEPT
    table[[point for point in range(0x3001) if chr(point).isspace()]] = _SPACE
    return table


@compiled
def _lines(data: Bytes, offsets: Places, kinds: Bytes) -> tuple[Bytes, Places, npt.NDArray[np.float32]]:
    texts = len(offsets) - 1
    line = np.empty(offsets[texts] - offsets[0] + texts if texts > 0 else 0, np.uint8)
    ends, characters = np.zeros(texts + 1, np.int64), np.zeros(texts, np.float32)
    filled = 0
    for text in range(texts):
        at, end = offsets[text], offsets[text + 1]
        count, between = 0, False
        while at < end:
            lead = data[at]
            length = 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            point = int(lead) if lead < 0x80 else int(lead) & (0x7F >> length)
            for follower in range(1, length):
                point = point << 6 | (int(data[at + follower]) & 0x3F)
            kind = kinds[min(point, 0x10FFFF)]
            if kind == _KEPT:
                if between and count > 0:
                    line[filled] = 32
                    filled += 1
                    count += 1
                between = False
                for follower in range(length):
                    line[filled] = data[at + follower]
                    filled += 1
                count += 1
            elif kind == _SPACE:
                between = True
            at += length
        ends[text + 1] = filled
        characters[text] = count
    return line[:filled], ends, characters


@compiled
def _taken(data: Bytes, offsets: Places, rows: npt.NDArray[np.int64]) -> tuple[Bytes, Places]:
    ends = np.zeros(len(rows) + 1, np.int64)
    for index in range(len(rows)):
        ends[index + 1] = ends[index] + offsets[rows[index] + 1] - offsets[rows[index]]
    found = np.empty(ends[len(rows)], np.uint8)
    for index in range(len(rows)):
        first = offsets[rows[index]] - ends[index]
        for place in range(ends[index], ends[index + 1]):
            found[place] = data[first + place]
    return found, ends
