"""What a source, a field or a file declares as a licence: an SPDX expression, or the names that it is written with.

An expression is read whole: where a symbol of it is no licence that we know, by its id or by the short name of Creative
Commons ("CC-BY-NC"), none of it counts, and it is not looked through for the names that it begins with.
"""

import re
from functools import lru_cache

from filters.licences.addresses import Named
from filters.licences.creative_commons import VAGUE, plain, tokens
from filters.licences.names import folded, license_of_name, mentions
from filters.licences.verdicts import Expression, expression_of, symbol, verdict_of

OPERATORS = re.compile(r"[\s(](?:AND|OR|WITH)(?:[\s(]|$)")


@lru_cache(maxsize=4096)
def license_of(text: str) -> Named | None:
    """Return the licence that a text declares, or null if it names none that we know."""
    text = text.strip()
    expression = expression_of(text)
    if expression is not None:
        return Named(expression.spelt, None)
    if OPERATORS.search(text) and "://" not in text:
        expression = expression_of(text, _symbol)
        return Named(expression.spelt, None) if expression else None
    if " " not in text and text.isascii() and not _is_name(folded(text)):
        return None  # a name that only begins like one that we know
    return license_of_name(text)


def says_more(text: str) -> bool:
    """Whether a text has words beside the name of its licence of which it is not known what they permit."""
    if expression_of(text) is not None or expression_of(text, _symbol) is not None:
        return False
    text, at, beside = folded(text), 0, ""
    for mention in mentions(text):
        beside += text[at : mention.start] + " "
        at = mention.end
    return any(token.kind in ("word", "closer") for token in tokens(plain(beside + text[at:])))


def _is_name(text: str) -> bool:
    """Whether a folded text is the name of a licence, and nothing else."""
    named = mentions(text)
    return bool(named) and named[0].start == 0 and named[-1].end == len(text)


def _symbol(name: str) -> Expression | None:
    """Return what a symbol means: an SPDX id, or the short name of a licence of Creative Commons and nothing else."""
    found = symbol(name)
    if found is not None:
        return found
    named = license_of_name(name) if _is_name(folded(name)) else None
    return Expression(named.license, verdict_of(named.license)) if named and named.license != VAGUE else None
