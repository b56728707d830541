"""Sentences as pieces of the text: from a line's start or a sentence terminal of any script to the next."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from filters.text import kernels, line_rules
from filters.text.segment import Lines, Spans, Tokens
from shards.arrays import Array
from shards.compiled import compiled


@dataclass(frozen=True)
class Sentences(Spans):
    """Sentences, and the hashes of what each begins with."""

    openings: npt.NDArray[np.uint64]  # of the first three tokens, or of all if there are fewer


def sentences(tokens: Tokens, lines: Lines) -> Sentences:
    """Return the sentences of the lines; closing quotation marks and brackets belong to the one that they close."""
    first, line = _first_tokens(tokens.kinds, line_rules.token_bounds(tokens, lines))
    last = np.append(first, len(tokens.starts))[1:] - 1
    documents = np.searchsorted(line, lines.documents).astype(np.int64)
    return Sentences(
        tokens.starts[first],
        tokens.ends[last],
        kernels.combine(tokens.hashes, first, last),
        documents,
        kernels.combine(tokens.hashes, first, np.minimum(first + 2, last)),
    )


@compiled
def _first_tokens(kinds: Array, bounds: Array) -> tuple[Array, Array]:
    """Return the first token of every sentence, and its line."""
    first = np.empty(len(kinds), np.int64)
    line = np.empty(len(kinds), np.int64)
    n = 0
    for piece in range(len(bounds) - 1):
        ended = True
        for i in range(bounds[piece], bounds[piece + 1]):
            if ended and (i == bounds[piece] or not kinds[i] & (kernels.ENDS_SENTENCE | kernels.PUNCTUATION)):
                first[n], line[n] = i, piece
                n += 1
                ended = False
            if kinds[i] & kernels.ENDS_SENTENCE:
                ended = True
    return first[:n].copy(), line[:n].copy()
