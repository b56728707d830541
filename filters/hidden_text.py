"""Text that is meant for a model and not for a reader: tag characters, invisible runs, instructions to assistants.

Unicode's tag block can spell a whole instruction invisibly (Unicode Technical Report 36; "ASCII smuggling"), and so can
long runs of zero-width characters or variation selectors. An instruction may be written plainly too; articles about
that quote such, so that it is flagged and no reason to reject.
"""

from collections.abc import Mapping
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from filters import evidence
from filters.base import Filter, Range, Signals
from filters.documents import Documents
from filters.evidence import Pieces
from filters.text import characters, kernels, line_rules, phrases
from filters.text.segment import Characters, ratio
from shards.arrays import Mask

# Characters without a form of their own: what chooses a form or a direction, joins and parts letters, fills a place.
UNSEEN = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),  # Hangul fillers
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x2800, 0x2800),  # Braille without a dot
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF9, 0xFFFB),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),  # tags, selectors, and what Unicode keeps for more of them
)


class HiddenText(Filter):
    """Keep documents without text that cannot be seen; flag those that tell an assistant what to do.

    The bounds, and the phrases (`filters/text/phrases.tsv`, 32 languages), are this project's own.
    """

    name: Literal["hidden_text"] = "hidden_text"
    # the number of tag characters, U+E0000 to U+E007F; a flag of Scotland has six
    tag_characters: Range = Range(max=60)
    longest_invisible_run: Range = Range(max=8)  # zero-width, direction marks, selectors, tags in a row (a flag: 6)
    # the share of invisible characters, without U+200B between words of Khmer, Thai, Lao and Burmese
    invisible_characters: Range = Range(max=0.2)
    assistant_lines: Range = Range(max=0, action="flag")  # lines that give instructions to an AI assistant

    def measure(self, documents: Documents) -> Signals:
        texts = documents.characters
        tags, invisible = self._hidden(documents)
        visible = (~invisible).astype(np.uint16)
        bounds = texts.documents
        return {
            "tag_characters": texts.total(tags),
            "longest_invisible_run": line_rules.longest_words(visible, bounds[:-1], bounds[1:], np.uint16(1)),
            "invisible_characters": ratio(texts.total(invisible), np.maximum(texts.count, 1)),
            "assistant_lines": documents.lines.total(self._instructions(documents)),
        }

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        tags, invisible = self._hidden(documents)
        size = float(max(documents.characters.count[0], 1))
        return {
            "tag_characters": evidence.of_characters(tags, 1),
            "longest_invisible_run": _longest_run(invisible),
            "invisible_characters": evidence.of_characters(invisible, size),
            "assistant_lines": evidence.of_pieces(documents.lines, self._instructions(documents), whole=1),
        }

    def _instructions(self, documents: Documents) -> Mask:
        found = phrases.lines_with(phrases.phrases_of("assistant"), documents.folded, documents.tokens, documents.lines)
        return found["assistant"]

    def _hidden(self, documents: Documents) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Return the tag characters, and all that cannot be seen."""
        points = documents.characters.points
        hidden = kernels.look_up(points, _unseen())
        tags = hidden & (points >= 0xE0000) & (points <= 0xE007F)
        return tags, hidden & ~_between_words(documents.characters)


@cache
def _unseen() -> Mask:
    """Return, for every code point, whether it is one of those that nobody sees."""
    table = np.zeros(0x110000, np.bool_)
    for first, last in UNSEEN:
        table[first : last + 1] = True
    return table


def _between_words(texts: Characters) -> Mask:
    """Return where U+200B stands between two words of a script that has no spaces: it tells that there are two."""
    found: Mask = np.equal(texts.points, 0x200B)
    if not found.any():
        return found
    letters = texts.properties & characters.UNSPACED != 0
    beside = np.zeros(len(found) + 1, np.bool_)
    beside[1:] = letters
    found &= beside[:-1]
    found[:-1] &= letters[1:]
    found[-1] = False
    return found


def _longest_run(truths: npt.NDArray[np.bool_]) -> Pieces:
    """Return the first of the longest runs of truths, counting its characters."""
    changes = np.diff(np.concatenate(([0], truths.astype(np.int8), [0])))
    starts, ends = np.flatnonzero(changes == 1), np.flatnonzero(changes == -1)
    first = np.atleast_1d(np.argmax(ends - starts)) if len(starts) else np.zeros(0, np.int64)
    return Pieces(starts[first], ends[first], (ends - starts)[first])
