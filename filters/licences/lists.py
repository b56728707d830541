"""Host lists: what people decided of a site, with the reason, the person and the day, in files given by path.

A list is TSV with a header, or JSON Lines, with the columns

    host         blog.example.org; what is below it belongs to it, and the longest name counts;
                 medium.com/@li or uni.example/~li where strangers share the host (see `filters.licences.sites`)
    decision     `denied`; `allowed`: what its pages say of the site is believed; else the licence they are under (SPDX)
    evidence     what it rests on: a page about the terms, a contract's number, a review
    decided_by   who answers for it
    decided_on   the day, 2026-11-22

Everything must be there: a decision nobody answers for is no evidence.
"""

import csv
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from filters.licences.sites import is_shared, site_of, sites_above
from filters.licences.verdicts import verdict_of

COLUMNS = ("host", "decision", "evidence", "decided_by", "decided_on")
DENIED, ALLOWED = "denied", "allowed"


class HostListError(ValueError):
    """A host list that cannot be used; says which line, and why."""


@dataclass(frozen=True)
class Entry:
    """What was decided of one host. `where` is the list and the line."""

    host: str
    decision: str
    evidence: str
    decided_by: str
    decided_on: str
    where: str

    @property
    def license(self) -> str | None:
        """The licence that was decided, if one was."""
        return self.decision if self.decision not in (DENIED, ALLOWED) else None

    @property
    def status(self) -> str:
        """What the signal `host` says: denied, allowed or licensed."""
        return "licensed" if self.license else self.decision

    @property
    def evidence_row(self) -> dict[str, str | None]:
        """The entry as a row of a document's evidence."""
        value = f"{self.host}: {self.decision}; {self.evidence}; decided by {self.decided_by} on {self.decided_on}"
        digest = hashlib.sha256(value.encode()).hexdigest()
        return {"kind": "host_list", "value": value, "where": self.where, "subject": "site", "digest": digest}


class HostList:
    """The entries of several lists. Of two for one host, `denied` counts; any other disagreement is an error."""

    def __init__(self, entries: Sequence[Entry] = ()) -> None:
        self._entries: dict[str, Entry] = {}
        for entry in entries:
            known = self._entries.setdefault(entry.host, entry)
            if known.decision == entry.decision:
                continue
            if DENIED not in (known.decision, entry.decision):
                raise HostListError(
                    f"{entry.where}: {entry.host} is {entry.decision}, but {known.decision} in {known.where}"
                )
            self._entries[entry.host] = entry if entry.decision == DENIED else known

    def __len__(self) -> int:
        return len(self._entries)

    def of(self, site: str | None) -> Entry | None:
        """Return the entry of a site, or of the nearest name above it; a denial above it counts before all.

        What was found of a host says nothing of the part that a stranger has of it.
        """
        found = [entry for name in sites_above(site) if (entry := self._entries.get(name))]
        nearest = next((entry for entry in found if "/" not in (site or "") or entry.host == site), None)
        return next((entry for entry in found if entry.decision == DENIED), nearest)


@cache
def host_list(paths: tuple[Path, ...]) -> HostList:
    """Return the entries of lists.

    Raises
    ------
    HostListError
        naming the file, the line, and what is wrong with it.
    """
    return HostList([entry for path in paths for entry in _read(path)])


def _read(path: Path) -> Iterator[Entry]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise HostListError(f"{path}: {error.strerror if isinstance(error, OSError) else error}") from error
    for number, row in _rows(path, lines):
        yield _entry(row, f"{path.name}:{number}")


def _rows(path: Path, lines: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    content = [(number, line) for number, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    if path.suffix == ".jsonl":
        for number, line in content:
            try:
                row = json.loads(line)
            except ValueError as error:
                raise HostListError(f"{path.name}:{number}: not JSON: {error}") from error
            if not isinstance(row, dict):
                raise HostListError(f"{path.name}:{number}: an object was expected, found {line[:40]}")
            yield number, row
        return
    header, *rest = content or [(1, "")]
    names = header[1].split("\t")
    if set(names) != set(COLUMNS):
        raise HostListError(f"{path.name}:{header[0]}: the header must be {' '.join(COLUMNS)} (tabs), found {names}")
    for number, line in rest:
        (values,) = csv.reader([line], delimiter="\t", quoting=csv.QUOTE_NONE)
        if len(values) != len(names):
            raise HostListError(f"{path.name}:{number}: {len(values)} columns, expected {len(names)}")
        yield number, dict(zip(names, values, strict=True))


def _entry(row: dict[str, Any], where: str) -> Entry:
    values = {name: str(row.get(name) or "").strip() for name in COLUMNS}
    missing = [name for name in COLUMNS if not values[name]]
    unknown = sorted(set(row) - set(COLUMNS))
    if missing or unknown:
        raise HostListError(f"{where}: " + (f"no {', '.join(missing)}" if missing else f"no such column: {unknown}"))
    entry = Entry(**{**values, "host": _host(values["host"], where)}, where=where)
    if entry.license is not None and verdict_of(entry.license) == "unknown":
        raise HostListError(f"{where}: {entry.decision!r} is neither denied nor allowed nor a licence that we know")
    if entry.decision != DENIED and is_shared(entry.host):
        raise HostListError(f"{where}: strangers share {entry.host}: name one site of theirs, or deny them all")
    try:
        date.fromisoformat(entry.decided_on)
    except ValueError as error:
        raise HostListError(f"{where}: decided_on {entry.decided_on!r} is not a day like 2026-11-22") from error
    return entry


def _host(name: str, where: str) -> str:
    host, slash, path = name.partition("/")
    host = host.lower().removeprefix("www.").rstrip(".")
    try:
        host = host.encode("idna").decode()
    except UnicodeError as error:
        raise HostListError(f"{where}: {name!r} is not a host: {error}") from error
    if not host or set(host) & set(":@* ?#"):
        raise HostListError(f"{where}: {name!r} is not a host; write blog.example.org, without https:// and paths")
    site = site_of(f"//{host}/{path}") or host
    if slash and site.partition("/")[2].casefold() != path.casefold():
        raise HostListError(f"{where}: {name!r} is no site; the one that this page is on is {site}")
    return site
