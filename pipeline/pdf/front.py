"""What the first and the last page of a document say of it in words: its licence and its DOI."""

import re

from pipeline.doi import first_doi

_LICENCE = re.compile(
    r"(?:https?://)?(?:www\.)?creativecommons\.org/(?:licenses|publicdomain)/[\w./-]+\w"
    r"|\bCC(?:(?:[ -](?:BY|NC|ND|SA)){1,3}(?:[ -]\d\.\d)?|[ -]?0\b)"
    r"|\bCreative Commons Attribution(?:[ -](?:Non-?Commercial|No-?Deriv\w+|Share-?Alike))*(?: \d\.\d)?"
    r"|\ball rights reserved\b",
    re.IGNORECASE,
)
_FURTHER = re.compile(r"[\s,/(-]*(?:non|no[ -]?der|share|nc\b|nd\b|sa\b)\S*", re.IGNORECASE)
_DOI = re.compile(r"(?:doi\.org/|\bdoi:?\s*)(10\.\d{4,9}/[^\s;,]+)", re.IGNORECASE)
_HYPHENS = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2013": "-"})


def licence_statements(text: str) -> list[str]:
    """Return the statements of a licence in the text of a page, each once, in order; addresses with their scheme."""
    text = text.translate(_HYPHENS)
    found = dict.fromkeys(text[match.start() : _end(text, match.end())] for match in _LICENCE.finditer(text))
    return [f"https://{value}" if value.lower().startswith(("creativecommons", "www")) else value for value in found]


def _end(text: str, end: int) -> int:
    """Return where a statement ends: what restricts it in words that were not expected goes with it, not understood."""
    further = _FURTHER.match(text, end)
    return further.end() if further else end


def stated_doi(text: str) -> str | None:
    """Return the DOI in the text of a page that calls itself one, if there is no other: references have theirs."""
    found = {first_doi([match.rstrip(".)]")]) for match in _DOI.findall(text)} - {None}
    return found.pop() if len(found) == 1 else None
