"""Text that is meant for a model and not for a reader: tag characters, invisible runs, instructions to assistants.

Unicode's tag block can spell a whole instruction invisibly (Unicode Technical Report 36; "ASCII smuggling"), and so can
long runs of zero-width characters or variation selectors. An instruction may be written plainly too; articles about
that quote such, so that it is flagged and no reason to reject.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from filters import evidence
from filters.base import Filter, Range, Signals
from filters.documents import Documents
from filters.evidence import Pieces
from filters.text import line_rules, phrases
from filters.text.segment import ratio
from shards.arrays import Mask


class HiddenText(Filter):
    """Keep documents without text that cannot be seen; flag those that tell an assistant what to do.

    The bounds, and the phrases (`filters/text/phrases.tsv`, 32 languages), are this project's own.
    """

    name: Literal["hidden_text"] = "hidden_text"
    tag_characters: Range = Range(max=60)  # U+E0000 to U+E007F; a flag of Scotland takes six
    longest_invisible_run: Range = Range(max=8)  # zero-width, direction marks, selectors, tags in a row (a flag: 6)
    invisible_characters: Range = Range(max=0.2)  # share of characters; Khmer with its word breaks marked has .08
    assistant_lines: Range = Range(max=0, action="flag")  # lines that tell an assistant what to do, or to forget

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
        tags = (points >= 0xE0000) & (points <= 0xE007F)
        selectors = (points >= 0xFE00) & (points <= 0xFE0F) | (points >= 0xE0100) & (points <= 0xE01EF)
        directions = (points >= 0x200B) & (points <= 0x200F) | (points >= 0x202A) & (points <= 0x202E)
        others = (points >= 0x2060) & (points <= 0x206F) | (points == 0xFEFF) | (points == 0x00AD)
        return tags, tags | selectors | directions | others


def _longest_run(truths: npt.NDArray[np.bool_]) -> Pieces:
    """Return the first of the longest runs of truths, counting its characters."""
    changes = np.diff(np.concatenate(([0], truths.astype(np.int8), [0])))
    starts, ends = np.flatnonzero(changes == 1), np.flatnonzero(changes == -1)
    first = np.atleast_1d(np.argmax(ends - starts)) if len(starts) else np.zeros(0, np.int64)
    return Pieces(starts[first], ends[first], (ends - starts)[first])
