"""Surface signs of text that a machine wrote or translated and nobody read: refusals, placeholders, look-alike letters.

The phrases (`filters/phrases.tsv`, 30 languages) and the bounds are this project's own. The signs are sure where they
occur and say nothing where they do not: fluent machine text passes.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from filters import phrases, scripts_mixed, stop_words
from filters.base import Filter, Range, Signals
from filters.documents import Documents
from filters.segment import Floats, ratio

# {{name}}, {% if %}, ${name}, <%= name %>, %(name)s, [[name]], [object Object], [insert name here], [Your Name].
PLACEHOLDERS = (
    r"\{\{[^{}\n]{1,60}\}\}|\{%[^%\n]{1,60}%\}|\$\{[\w.]{1,40}\}|<%[^%\n]{0,60}%>|%\([A-Za-z_]\w*\)[sd]"
    r"|\[object Object\]|(?i:\[(?:insert|your|enter) [\w ]{1,30}\])"
)


class MachineText(Filter, frozen=True):
    """Keep documents without refusals of chat models, unfilled placeholders and words of mixed alphabets."""

    name: Literal["machine_text"] = "machine_text"
    refusals: Range = Range(max=0)  # lines with a phrase that chat models use of themselves
    placeholders: Range = Range(max=0.03)  # {{name}}, ${name}, [Your Name]: per token
    mixed_script_words: Range = Range(max=0.03)  # share of words with Latin and Cyrillic, or Latin and Greek letters
    # Share of words that are function words of the language. Undefined where no list is known, and under 50 words.
    function_words: Range = Range(min=0.003, undefined="keep")

    def measure(self, documents: Documents) -> Signals:
        texts, tokens, lines = documents.characters, documents.tokens, documents.lines
        refusal = phrases.lines_with(phrases.phrases_of("refusal"), documents.folded, tokens, lines)["refusal"]
        placeholders = pc.count_substring_regex(documents.texts, PLACEHOLDERS)
        function_words = stop_words.share(documents.folded, tokens, documents.batch.column("language"))
        mixed = scripts_mixed.mixed(texts.points, tokens.starts, tokens.ends)
        return {
            "refusals": lines.total(refusal),
            "placeholders": _per(np.asarray(placeholders.fill_null(0)), tokens.count),
            "mixed_script_words": _per(tokens.total(mixed), tokens.words),
            "function_words": np.where(tokens.words < 50, np.nan, function_words),
        }


def _per(parts: npt.NDArray[np.generic], wholes: npt.NDArray[np.int64]) -> Floats:
    return ratio(parts, np.maximum(wholes, 1))
