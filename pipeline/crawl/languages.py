"""In which language a page is, as far as a crawl has to know: as it declares, else as its text reads.

What is said here bounds a seed and fills the report; the language of a document is judged later, by three models.
CLD2 alone is asked because it needs neither a model in memory nor a batch: .6 ms a page.
"""

from collections.abc import Sequence

import pycld2
from selectolax.lexbor import LexborHTMLParser

from pipeline.crawl.exchange import Answer

_READ = 5_000  # characters of a text
_MOSTLY = 80  # per cent of it in one language: less is a page in two, and not turned away for either
_NOT_TEXT = ["script", "style", "noscript", "template"]
# Tags that name one language, or languages that few words tell apart: who wants one of them gets the page.
_ALIKE = tuple(
    frozenset(group.split())
    for group in ("no nb nn", "sr hr bs sh", "id in ms", "he iw", "tl fil", "yi ji", "jv jw", "ro mo", "zh cmn yue wuu")
)


def declared(tree: LexborHTMLParser, answer: Answer) -> str | None:
    """Return the primary tag of the language that a page or its server declares, or None."""
    root = tree.css_first("html")
    said = (root.attributes.get("lang") or root.attributes.get("xml:lang")) if root else None
    said = said or answer.header("content-language") or ""
    tag = primary(said.replace("_", "-").partition(",")[0].strip())
    return tag if 2 <= len(tag) <= 3 and tag.isalpha() else None


def identified(tree: LexborHTMLParser) -> str | None:
    """Return the primary tag of the language that most of a page's text is in, or None where that is not sure.

    Takes scripts and styles out of the tree.
    """
    tree.strip_tags(_NOT_TEXT)
    return of_text(tree.body.text(separator=" ") if tree.body else "")


def of_text(text: str) -> str | None:
    """Return the primary tag of the language that most of a text is in, or None where that is not sure."""
    beginning = " ".join(text[:_READ].split())
    if not beginning.isprintable():  # CLD2 refuses control characters and the like
        beginning = "".join(character for character in beginning if character.isprintable())
    sure, _, languages = pycld2.detect(beginning)
    _, tag, share, _ = languages[0]
    return primary(tag) if sure and share >= _MOSTLY and tag != "un" else None


def kept(language: str | None, wanted: Sequence[str] | None) -> bool:
    """Return whether a page is to be kept; one of which no language is known is for the language filter to judge."""
    if wanted is None or language is None:
        return True
    tags = {primary(tag) for tag in wanted}
    return any(tags & group for group in ({language}, *(group for group in _ALIKE if language in group)))


def primary(tag: str) -> str:
    """Return the first subtag of a BCP 47 tag, lower case."""
    return tag.partition("-")[0].lower()
