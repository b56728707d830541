"""One statement about rights, as found: what it says, where it stands and what it speaks of."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from filters.licences.addresses import Named

# What a statement speaks of. A licence covers a text only if its subject is one of COVERING.
Subject: TypeAlias = Literal[
    "document",
    "site",
    "dataset",
    "section",
    "media",
    "comment",
    "software",
    "mention",
    "reservation",
    "preference",
    "unknown",
]
COVERING: tuple[Subject, ...] = ("document", "dataset", "site")

RESERVED = "LicenseRef-AllRightsReserved"


@dataclass(frozen=True)
class Finding:
    """`license` is an SPDX id or a LicenseRef, null where the value names none that we know; `url` is its address.

    `exceptions` is set by "except where otherwise noted". A reservation of text and data mining has the subject
    `reservation`, one that is not in force `preference`; neither holds a licence.
    """

    kind: str
    value: str
    where: str
    subject: Subject
    license: str | None = None
    url: str | None = None
    exceptions: bool = False


def finding(
    kind: str, value: str, where: str, subject: Subject, named: Named | None = None, exceptions: bool = False
) -> Finding:
    """Return a finding of the licence that a value names, if it names one."""
    license, url = named or (None, None)
    return Finding(kind, value, where, subject, license, url, exceptions)
