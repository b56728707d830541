"""What a licence permits: from an SPDX expression to one of eight classes, by a table that people have reviewed.

    classes.tsv  id, verdict, note

Every symbol of an expression is known exactly, or the whole expression is `unknown`. AND is as restrictive as its most
restrictive part, OR offers what the least restrictive offers, an exception (WITH) changes nothing for a text, and a
later version (`+`) is in the class of the one that is named.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from pydantic import BaseModel

from shards.tables import rows

TABLE = Path(__file__).with_name("classes.tsv")

CLASSES = ("open", "permissive", "sharealike", "contract", "noncommercial", "noderivs", "unknown", "prohibited")
LONGEST = 4000  # characters of an expression that is read
EXPRESSION = re.compile(r"[\w.+:()-]+(?: +[\w.+:()-]+)*")
PORTED = re.compile(
    r"(?P<elements>licenseref-cc(?:-(?:by|nc|nd|sa|sampling|plus|devnations))+)"
    r"(?:-(?P<version>[12]\.0|2\.[15]|[34]\.0)(?:-(?P<port>[a-z]{2}|igo|scotland))?)?"
)

Class: TypeAlias = Literal[
    "open", "permissive", "sharealike", "contract", "noncommercial", "noderivs", "unknown", "prohibited", "exception"
]
NAMELESS = ("licenseref-contract-", "licenseref-rsl-")  # whose rows end in `*`: any name may follow


class LicenceRow(BaseModel, frozen=True, extra="forbid"):
    """A line of the table: a licence, its class, and why. The class of what only follows WITH is `exception`."""

    id: str
    verdict: Class
    note: str


class Expression(NamedTuple):
    """An expression whose symbols are all known: as SPDX spells it, and its class."""

    spelt: str
    verdict: str


Resolve: TypeAlias = Callable[[str], Expression | None]


def classes() -> tuple[str, ...]:
    """Return the verdict classes, the least restrictive first."""
    return CLASSES


def restrictiveness(verdict: str) -> int:
    """Return the rank of a verdict class; greater is more restrictive."""
    return CLASSES.index(verdict)


@cache
def licences() -> Mapping[str, LicenceRow]:
    """Return the rows of the table by their ids in lower case."""
    return {row.id.lower(): row for row in rows(TABLE, LicenceRow)}


@lru_cache(maxsize=4096)
def verdict_of(expression: str) -> str:
    """Return the class of an SPDX expression; `unknown` if it is none, or if any symbol of it is not in the table."""
    read = expression_of(expression)
    return read.verdict if read else "unknown"


def expression_of(text: str, resolve: Resolve | None = None) -> Expression | None:
    """Return an expression as SPDX spells it, with its class; null if it is none or a symbol of it is not known.

    What a symbol is, `resolve` says; without it, only the table.
    """
    text, resolve = text.strip(), resolve or symbol
    if len(text) > LONGEST or not EXPRESSION.fullmatch(text):
        return None
    if " " not in text and "(" not in text:
        return resolve(text)
    from filters.licences.expressions import compound  # a parser, which most licences do without

    return compound(text, resolve)


def symbol(name: str) -> Expression | None:
    """Return a licence by its id, in any case of letters, with its class; null if the table does not have it."""
    row = licences().get(name.lower())
    if row is not None:
        return None if row.verdict == "exception" else Expression(row.id, row.verdict)
    if name.endswith("+"):
        earlier = symbol(name[:-1])
        return Expression(f"{earlier.spelt}+", earlier.verdict) if earlier else None
    if match := PORTED.fullmatch(name.lower()):
        family = licences().get(match["elements"])
        if family is not None:
            version, port = match["version"], (match["port"] or "").upper()
            return Expression("-".join(filter(None, (family.id, version, port))), family.verdict)
    for prefix in NAMELESS:
        if name.lower().startswith(prefix) and len(name) > len(prefix):
            row = licences()[f"{prefix}*"]
            return Expression(row.id[:-1] + name[len(prefix) :], row.verdict)
    return None


def is_exception(name: str) -> bool:
    """Whether SPDX lists a name as an exception, which may follow WITH."""
    row = licences().get(name.lower())
    return row is not None and row.verdict == "exception"
