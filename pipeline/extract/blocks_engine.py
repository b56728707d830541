"""Main text by a learned classifier of blocks over one compiled pass: better than trafilatura and ten times as fast.

The blocks kept are those that promise the highest F1, the probabilities taken at their word. trafilatura is asked where
a page has its text in a script (JSON-LD); asked where that promise is low, as it was once, it returns menus.
"""

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.extract import block_model, trafilatura_engine
from pipeline.extract.agreement import agreed
from pipeline.extract.assembly import assembled
from pipeline.extract.block_features import block_features, title_text
from pipeline.extract.block_text import IDEOGRAPHS, WORDS, BlockText, block_text
from pipeline.extract.frame import without_frame
from pipeline.extract.markup import Outline, outline
from pipeline.extract.page import Page
from pipeline.extract.page_kinds import ARTICLE, DATED, DISCUSSION, PRODUCT, kinds_of
from pipeline.extract.selection import put_right
from pipeline.extract.structures import without_holes

# Exponents that sharpen the probabilities before the choice. Articles are annotated strictly (no teasers, no comments):
# on unseen hosts, 1.8 gives them a point of precision for a third of a point of recall; more costs required snippets.
SHARPNESS_OF_ARTICLES = 1.8
SHARPNESS = 1.1
# Share of the chosen words that a page has to show for what it hides to be left out. Hidden text is a dialogue on an
# article (+.3 on fundus), a tab of a product, a fold of a service page (-1 if left out at half).
SEEN_OF_ARTICLES = 0.35
SEEN = 0.8
# Words, and share of the chosen ones, that a page has to show for what no click shows to be left out.
SEEN_WORDS, SEEN_SHARE = 25, 0.05
# Words below which a page is written by scripts: what it holds for readers without them is its text.
SCRIPTED = 50
NOSCRIPT = re.compile(r"</?noscript\b[^>]{0,400}>", re.IGNORECASE)
TEXT_IN_SCRIPT = re.compile(r"\"(?:articleBody|recipeInstructions)\"")  # which trafilatura reads


def main_text(page: Page, model: Path = block_model.PATH) -> str:
    """Return the main text, or trafilatura's where the page's scripts hold it."""
    text = text_of_blocks(page, model)
    return trafilatura_engine.fast(page) if text is None else text


def text_of_blocks(page: Page, model: Path = block_model.PATH) -> str | None:
    """Return the main text of a page's blocks, or None where it stands in a script."""
    markup, outlined = page.markup, page.outline
    text = block_text(markup, outlined)
    if text.counts[:, WORDS].sum() < SCRIPTED:
        if "<noscript" in page.html:
            markup = np.frombuffer(NOSCRIPT.sub("", page.html).encode("utf-8", "replace"), np.uint8)
            outlined = outline(markup, page.hiding)
            text = block_text(markup, outlined)
        if text.counts[:, WORDS].sum() < SCRIPTED and TEXT_IN_SCRIPT.search(page.html):
            return None
    (weights, trees), kinds = block_model.load(model), kinds_of(markup)
    rows = block_features(outlined, text, title_text(markup, outlined), kinds, weights)
    sizes, article = sizes_of(text), is_article(kinds)
    chances = agreed(block_model.probabilities(rows, trees), sizes, outlined, text)
    kept = best_choice(chances, sizes, SHARPNESS_OF_ARTICLES if article else SHARPNESS)
    strict = article and kinds[PRODUCT] == 0
    kept = without_unseen(kept, sizes, outlined)
    kept = without_hidden(kept, sizes, outlined, SEEN_OF_ARTICLES if strict else SEEN)
    kept = put_right(without_holes(kept, chances, outlined, text), chances, outlined, text)
    return without_frame(assembled(markup, outlined, kept))


def sizes_of(text: BlockText) -> npt.NDArray[np.float32]:
    """Return the words in each block, ideographs counted one by one; half a word more, so that none weighs nothing."""
    return np.asarray(text.counts[:, WORDS] + text.counts[:, IDEOGRAPHS] / 2 + 0.5, dtype=np.float32)


def is_article(kinds: npt.NDArray[np.float32]) -> bool:
    """Return whether a page's head calls it an article."""
    return bool((kinds[ARTICLE] > 0 or kinds[DATED] > 0) and kinds[DISCUSSION] == 0)


def without_hidden(
    kept: npt.NDArray[np.bool_], sizes: npt.NDArray[np.float32], page: Outline, least: float
) -> npt.NDArray[np.bool_]:
    """Return the blocks to keep without those that the page hides, if at least this share of the words is seen."""
    seen = kept & ~page.hidden[page.block_element]
    return seen if sizes[seen].sum() >= least * sizes[kept].sum() else kept


def without_unseen(kept: npt.NDArray[np.bool_], sizes: npt.NDArray[np.float32], page: Outline) -> npt.NDArray[np.bool_]:
    """Return the blocks to keep without those that no click shows; all where next to nothing else is seen."""
    seen = kept & ~page.unseen[page.block_element]
    words = sizes[seen].sum()
    return seen if words >= max(SEEN_WORDS, SEEN_SHARE * sizes[kept].sum()) else kept


def best_choice(
    chances: npt.NDArray[np.float32], sizes: npt.NDArray[np.float32], exponent: float
) -> npt.NDArray[np.bool_]:
    """Return which blocks to keep for the highest expected F1: the most probable ones, down to the best cut."""
    kept = np.zeros(len(chances), dtype=np.bool_)
    if len(chances) == 0:
        return kept
    sharpened = chances.astype(np.float64) ** exponent
    order = np.argsort(-chances, kind="stable")
    right = np.cumsum((sharpened * sizes)[order])
    promised = 2 * right / (np.cumsum(sizes[order], dtype=np.float64) + right[-1])
    kept[order[: int(np.argmax(promised)) + 1]] = True
    return kept
