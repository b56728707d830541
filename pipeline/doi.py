"""Digital Object Identifiers in one spelling: bare and in lower case, however a source writes them."""

import re
from collections.abc import Iterable
from string import ascii_lowercase, ascii_uppercase
from urllib.parse import unquote

LONGEST = 2048  # characters

_PREFIX = re.compile(
    r"(?:https?://)?(?P<resolver>(?:(?:www|dx)\.)?doi\.org/)|(?:urn:)?doi:|info:doi/|doi\s", re.IGNORECASE | re.ASCII
)
_BARE = re.compile(r"10\.\d{4,9}(?:\.\d+)*/[^\s\x00-\x1f\x7f]+", re.ASCII)
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)  # of other letters, case tells identifiers apart
_CLOSING = ".,;:"
_ARXIV = re.compile(r"(?:(\d{4}\.\d{4,5})|([a-z-]+?)(\d{7}))(?:v\d+)?")


def doi_of(value: str | None) -> str | None:
    """Return the DOI that a value is, bare and in lower case (`10.1000/182`); None if it is none.

    The value may be an address at doi.org, a URN, or `doi:` and the identifier. One with anything else in it (a
    sentence, the address of a publisher's page) is none.
    """
    bare = (value or "")[: 2 * LONGEST].strip()
    prefix = _PREFIX.match(bare)
    if prefix is not None:
        bare = bare[prefix.end() :].strip()
        bare = unquote(bare.partition("#")[0].partition("?")[0]) if prefix["resolver"] else bare
    bare = bare.rstrip(_CLOSING).translate(_LOWER)
    return bare if len(bare) <= LONGEST and _BARE.fullmatch(bare) else None


def first_doi(values: Iterable[str | None]) -> str | None:
    """Return the first DOI among the values."""
    return next((doi for value in values if (doi := doi_of(value)) is not None), None)


def arxiv_name(file: str) -> str | None:
    """Return the paper that a file of arXiv's is, by the name of the file without its suffix; None if it is none."""
    number = _ARXIV.fullmatch(file)
    return (number[1] or f"{number[2]}/{number[3]}") if number else None


def arxiv_doi(name: str) -> str:
    """Return the DOI that arXiv has registered for a paper."""
    return f"10.48550/arxiv.{name}"
