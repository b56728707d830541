"""Damage done by a wrong decoding: replacement characters, and UTF-8 read as Latin-1 or Windows-1252 (mojibake)."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from filters import evidence
from filters.base import Filter, Range, Signals
from filters.documents import Documents
from filters.evidence import Pieces
from filters.text.segment import ratio

# What the bytes 0x80 to 0xBF become under Latin-1 and Windows-1252, without those that languages write after a letter
# from U+00C2 to U+00F4: quotation marks and dashes, and the letters š and ž (Czech Váš, hlášení, tudíž).
WRITTEN = "\xa0«»‘’‚“”„…–—šžŠŽ\ufffd"
CONTINUATIONS = np.array(
    sorted(
        {ord(bytes([byte]).decode(code, "replace")) for byte in range(0x80, 0xC0) for code in ("latin-1", "cp1252")}
        - set(map(ord, WRITTEN))
    ),
    np.uint32,
)


class EncodingDamage(Filter):
    """Keep documents whose characters were decoded as they were written. The bounds are this project's own."""

    name: Literal["encoding_damage"] = "encoding_damage"
    replacement_characters: Range = Range(max=0.001)  # U+FFFD, share of characters
    mojibake: Range = Range(max=0.002)  # two-character remains of UTF-8 (Ã©, â€, Ð°), share of characters
    control_characters: Range = Range(max=0.001)  # C0 and C1 without white space, share of characters

    def measure(self, documents: Documents) -> Signals:
        texts = documents.characters
        size = np.maximum(texts.count, 1)  # an empty text has no damage
        return {name: ratio(texts.total(here), size) for name, here in self._damaged(documents).items()}

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        size = float(max(documents.characters.count[0], 1))
        places = self._damaged(documents)
        places["mojibake"] = np.append(places["mojibake"][1:], False)  # from the first of the two characters
        sizes = {"mojibake": 2}
        return {name: evidence.of_characters(here, size, size=sizes.get(name, 1)) for name, here in places.items()}

    def _damaged(self, documents: Documents) -> dict[str, npt.NDArray[np.bool_]]:
        """Return the characters that are damaged, by kind; of mojibake the second of a pair."""
        texts = documents.characters
        points = texts.points
        lead, trail = (points >= 0xC2) & (points <= 0xF4), np.isin(points, CONTINUATIONS)
        inside = np.ones(len(points), np.bool_)
        inside[texts.documents[1:-1][texts.documents[1:-1] < len(points)]] = False  # pairs stay in their document
        pairs = np.zeros(len(points), np.bool_)
        pairs[1:] = lead[:-1] & trail[1:] & inside[1:]
        c0 = (points < 0x20) & ~((points >= 9) & (points <= 13))
        controls = c0 | (points >= 0x7F) & (points < 0xA0) & (points != 0x85)
        return {"replacement_characters": points == 0xFFFD, "mojibake": pairs, "control_characters": controls}
