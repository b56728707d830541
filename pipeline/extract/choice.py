"""Which blocks of a page are its main text, given the probability of each: those that promise the highest F1.

Hidden blocks go where enough of the choice is seen; structures are made whole, and what stands twice goes. Everything
from the features of the blocks to the choice is one call of compiled code: to hand an outline to it takes as long as a
loop.
"""

import numpy as np
import numpy.typing as npt

from pipeline.extract.agreement import agreed
from pipeline.extract.block_features import block_features
from pipeline.extract.block_model import Trees, probabilities
from pipeline.extract.block_text import IDEOGRAPHS, WORDS, BlockText, title_text
from pipeline.extract.element_features import Weights
from pipeline.extract.markup import Outline
from pipeline.extract.selection import put_right
from pipeline.extract.structures import with_wholes, without_holes
from shards.compiled import compiled
from shards.sorting import stable_order

# Words, and share of the chosen ones, that a page has to show for what no click shows to be left out.
SEEN_WORDS, SEEN_SHARE = 25, 0.05


@compiled
def chosen(
    markup: npt.NDArray[np.uint8],
    page: Outline,
    text: BlockText,
    kinds: npt.NDArray[np.float32],
    weights: Weights,
    trees: Trees,
    exponent: float,
    least: float,
) -> npt.NDArray[np.bool_]:
    """Return which blocks to keep.

    `exponent` sharpens the probabilities before the choice, `least` is the share of the chosen words that a page has to
    show for what it hides to be left out.
    """
    rows = block_features(page, text, title_text(markup, page), kinds, weights)
    sizes = sizes_of(text)
    chances = agreed(probabilities(rows, trees), sizes, page, text)
    kept = without_unseen(best_choice(chances, sizes, exponent), sizes, page)
    kept = with_wholes(without_hidden(kept, sizes, page, least), chances, sizes, page, text, exponent)
    kept = without_holes(kept, chances, page, text)
    return put_right(kept, chances, page, text)


@compiled
def sizes_of(text: BlockText) -> npt.NDArray[np.float32]:
    """Return the words in each block, ideographs counted one by one; half a word more, so that none weighs nothing."""
    sizes = np.empty(len(text.counts), np.float32)
    for block in range(len(sizes)):
        sizes[block] = text.counts[block, WORDS] + text.counts[block, IDEOGRAPHS] / 2 + 0.5
    return sizes


@compiled
def best_choice(
    chances: npt.NDArray[np.float32], sizes: npt.NDArray[np.float32], exponent: float
) -> npt.NDArray[np.bool_]:
    """Return which blocks to keep for the highest expected F1: the most probable ones, down to the best cut."""
    kept = np.zeros(len(chances), np.bool_)
    falling = np.empty(len(chances), np.float32)
    for block in range(len(chances)):
        falling[block] = -chances[block]
    order = stable_order(falling)
    right = np.zeros(len(chances), np.float64)  # words expected to be right
    whole = 0.0
    for place, block in enumerate(order):
        whole += float(chances[block]) ** exponent * sizes[block]
        right[place] = whole
    best, most, taken = -1, -1.0, 0.0
    for place, block in enumerate(order):
        taken += sizes[block]
        promised = 2 * right[place] / (taken + whole)
        if promised > most:
            best, most = place, promised
    for place in range(best + 1):
        kept[order[place]] = True
    return kept


@compiled
def without_unseen(kept: npt.NDArray[np.bool_], sizes: npt.NDArray[np.float32], page: Outline) -> npt.NDArray[np.bool_]:
    """Return the blocks to keep without those that no click shows; all where next to nothing else is seen."""
    seen, words, whole = _seen(kept, sizes, page.unseen, page)
    return seen if words >= max(SEEN_WORDS, SEEN_SHARE * whole) else kept


@compiled
def without_hidden(
    kept: npt.NDArray[np.bool_], sizes: npt.NDArray[np.float32], page: Outline, least: float
) -> npt.NDArray[np.bool_]:
    """Return the blocks to keep without those that the page hides, if at least this share of the words is seen."""
    seen, words, whole = _seen(kept, sizes, page.hidden, page)
    return seen if words >= least * whole else kept


@compiled
def _seen(
    kept: npt.NDArray[np.bool_], sizes: npt.NDArray[np.float32], hidden: npt.NDArray[np.bool_], page: Outline
) -> tuple[npt.NDArray[np.bool_], float, float]:
    """Return which blocks are kept and not in hidden elements, their words, and those of all that are kept."""
    seen = kept.copy()
    words = whole = 0.0
    for block in range(len(kept)):
        if kept[block]:
            whole += sizes[block]
            seen[block] = not hidden[page.block_element[block]]
            words += sizes[block] * seen[block]
    return seen, words, whole
