"""The filter of machine text that nobody read again, by signs on its surface: refusals, placeholders, look-alikes.

The phrases (`filters/text/phrases.tsv`, 30 languages) and the bounds are this project's own. The signs are sure where
they occur and say nothing where they do not: fluent machine text passes.
"""

import re
from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from filters import evidence
from filters.base import Filter, Range, Signals
from filters.documents import Documents
from filters.evidence import Pieces
from filters.text import phrases, scripts_mixed, stop_words
from filters.text.segment import ratio
from shards.arrays import Floats, Mask

FEWEST = 50  # words: fewer may well do without a function word

# {{name}}, {% if %}, ${name}, <%= name %>, %(name)s, [[name]], [object Object], [insert name here], [Your Name].
PLACEHOLDERS = (
    r"\{\{[^{}\n]{1,60}\}\}|\{%[^%\n]{1,60}%\}|\$\{[\w.]{1,40}\}|<%[^%\n]{0,60}%>|%\([A-Za-z_]\w*\)[sd]"
    r"|\[object Object\]|(?i:\[(?:insert|your|enter) [\w ]{1,30}\])"
)


class MachineText(Filter):
    """Keep documents without refusals of chat models, unfilled placeholders and words of mixed alphabets."""

    name: Literal["machine_text"] = "machine_text"
    refusals: Range = Range(max=0)  # lines with a phrase that chat models use of themselves
    placeholders: Range = Range(max=0.03)  # placeholders of templates per token: {{name}}, ${name}, [Your Name]
    mixed_script_words: Range = Range(max=0.03)  # share of words with Latin and Cyrillic, or Latin and Greek letters
    # Share of words that are function words of the language. Undefined where no list is known, and under 50 words.
    function_words: Range = Range(min=0.003, undefined="keep")

    def measure(self, documents: Documents) -> Signals:
        tokens, lines = documents.tokens, documents.lines
        placeholders = pc.count_substring_regex(documents.texts, PLACEHOLDERS)
        function_words = stop_words.share(documents.folded, tokens, documents.batch.column("language"))
        return {
            "refusals": lines.total(self._refusals(documents)),
            "placeholders": _per(np.asarray(placeholders.fill_null(0)), tokens.count),
            "mixed_script_words": _per(tokens.total(self._mixed(documents)), tokens.words),
            "function_words": np.where(tokens.words < FEWEST, np.nan, function_words),
        }

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        tokens, text = documents.tokens, documents.texts[0].as_py() or ""
        placeholders = [match.span() for match in re.finditer(PLACEHOLDERS, text, re.ASCII)]
        mixed, words = self._mixed(documents), float(tokens.words[0])
        found = {
            "refusals": evidence.of_pieces(documents.lines, self._refusals(documents), whole=1),
            "placeholders": evidence.of_spans(placeholders, float(max(tokens.count[0], 1))),
            "mixed_script_words": evidence.of_pieces(tokens, mixed, whole=max(words, 1)),
        }
        wanted = stop_words.folded(documents.batch.column("language")[0].as_py())
        if wanted is None or words < FEWEST:
            return found
        function_words = np.isin(documents.folded, wanted)
        return found | {"function_words": evidence.of_pieces(tokens, function_words, whole=words)}

    def _refusals(self, documents: Documents) -> Mask:
        refusal = phrases.phrases_of("refusal")
        return phrases.lines_with(refusal, documents.folded, documents.tokens, documents.lines)["refusal"]

    def _mixed(self, documents: Documents) -> Mask:
        tokens = documents.tokens
        return np.asarray(scripts_mixed.mixed(documents.characters.points, tokens.starts, tokens.ends))


def _per(parts: npt.NDArray[np.generic], wholes: npt.NDArray[np.int64]) -> Floats:
    return ratio(parts, np.maximum(wholes, 1))
