"""Main text by a learned classifier of blocks over one compiled pass: better than trafilatura and ten times as fast.

The blocks kept are those that promise the highest F1, the probabilities taken at their word. trafilatura is asked where
a page has its text in a script (JSON-LD); asked where that promise is low, as it was once, it returns menus.
"""

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.extract import block_model, trafilatura_engine
from pipeline.extract.assembly import assembled
from pipeline.extract.block_text import WORDS, block_text
from pipeline.extract.choice import chosen
from pipeline.extract.frame import without_frame
from pipeline.extract.markup import outline
from pipeline.extract.page import Page
from pipeline.extract.page_kinds import ARTICLE, DATED, DISCUSSION, PRODUCT, kinds_of

# Exponents that sharpen the probabilities before the choice. Articles are annotated strictly (no teasers, no comments):
# on unseen hosts, 1.8 gives them a point of precision for a third of a point of recall; more costs required snippets.
SHARPNESS_OF_ARTICLES = 1.8
SHARPNESS = 1.1
# Share of the chosen words that a page has to show for what it hides to be left out. Hidden text is a dialogue on an
# article (+.3 on fundus), a tab of a product, a fold of a service page (-1 if left out at half).
SEEN_OF_ARTICLES = 0.35
SEEN = 0.8
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
    article = is_article(kinds)
    least = SEEN_OF_ARTICLES if article and kinds[PRODUCT] == 0 else SEEN
    exponent = SHARPNESS_OF_ARTICLES if article else SHARPNESS
    kept = chosen(markup, outlined, text, kinds, weights, trees, exponent, least)
    return without_frame(assembled(markup, outlined, kept))


def is_article(kinds: npt.NDArray[np.float32]) -> bool:
    """Return whether a page's head calls it an article."""
    return bool((kinds[ARTICLE] > 0 or kinds[DATED] > 0) and kinds[DISCUSSION] == 0)
