"""The licence of every document, with all the evidence for and against it; what is reserved stays out.

Fills `license`, `license_url`, `license_scope`, `license_confidence` and `evidence`. It reads raw headers and HTML, so
that a page which can never enter a release is rejected before its text is extracted.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters import licences
from filters.base import Columns, Filter, OneOf, Range, Signals
from filters.documents import Documents
from filters.licences.decide import Decision, decide
from filters.licences.finding import RESERVED, Finding
from filters.licences.json_ld import json_ld
from filters.licences.markup import http_links, markup
from filters.licences.names import license_of_name
from filters.licences.page import Page, decoded
from filters.licences.prefilter import may_license, may_speak, reservations
from filters.licences.statements import statements
from filters.licences.verdicts import verdict_of
from filters.optouts import combine, in_force, training_agents
from filters.optouts_files import Preference
from filters.optouts_page import header_preferences, page_preferences
from shards.schema import EVIDENCE

LONGEST_VALUE = 500  # characters of a statement that are kept as evidence
LARGEST_PAGE = 8 << 20  # bytes of a page that are read; the rest says nothing about rights that its beginning did not


class License(Filter):
    """Keep documents under a licence that the release accepts, found with enough confidence, with nothing reserved."""

    name: Literal["license"] = "license"
    needs_payload: ClassVar[bool] = True
    verdict: OneOf = OneOf(values=("open", "permissive", "sharealike"))
    confidence: Range = Range(min=0.85)
    conflicts: Range = Range()
    license_overrides_reservation: bool = False  # a contract or licence that answers the opt-out in so many words

    def resources(self) -> Sequence[Path]:
        return sorted(Path(licences.__file__).parent.glob("*.yaml"))

    def annotate(self, documents: Documents) -> tuple[Signals, Columns]:
        rows = _rows(documents.batch)
        known = [_known(row) for row in rows]
        found = [_found(row, bool(known[index])) for index, row in enumerate(rows)]
        decisions = [self._decision([*known[index], *found[index]]) for index in range(len(rows))]
        return _signals(decisions), _columns(rows, found, decisions)

    def _decision(self, findings: Sequence[Finding]) -> Decision:
        decision = decide(findings)
        reserved = any(finding.subject == "reservation" for finding in findings)
        if reserved and not self.license_overrides_reservation:
            return Decision(
                decision.license, decision.url, decision.scope, decision.confidence, "prohibited", decision.conflicts
            )
        return decision


@dataclass(frozen=True)
class Row:
    """What one page brings: its bytes and headers, what is known of it, and whether its bytes speak of rights."""

    payload: bytes | None  # null too where the bytes do not speak of rights
    content_type: str | None
    headers: list[tuple[str, str]]
    url: str | None
    license: str | None
    license_url: str | None
    evidence: list[dict[str, Any]]
    speaks: bool
    reserved: bytes | None  # the words that reserve all rights


def _rows(batch: pa.RecordBatch) -> list[Row]:
    payloads = batch.column("payload")
    heard = pc.fill_null(may_speak(payloads), False)
    speaking = payloads.filter(heard)
    spoken: Iterator[tuple[pa.Scalar, bool, bytes | None]] = iter(())
    if len(speaking):
        spoken = iter(zip(speaking, may_license(speaking).to_pylist(), reservations(speaking).to_pylist(), strict=True))
    names = ("content_type", "headers", "url", "license", "license_url", "evidence")
    columns = (batch.column(name).to_pylist() for name in names)
    rows = []
    for hears, content_type, headers, url, license, license_url, evidence in zip(
        heard.to_pylist(), *columns, strict=True
    ):
        payload, speaks, reserved = next(spoken) if hears else (None, False, None)
        pairs = [(header["name"] or "", header["value"] or "") for header in headers or ()]
        body = payload.as_buffer().to_pybytes() if payload is not None else None
        rows.append(Row(body, content_type, pairs, url, license, license_url, evidence or [], speaks, reserved))
    return rows


def _known(row: Row) -> list[Finding]:
    """Return what came with the row: the licence its source declares, and reservations found by the crawl."""
    findings = [
        Finding(item["kind"], item["value"], item["where"] or "source", item["subject"] or "unknown")
        for item in row.evidence
        if item["subject"] == "reservation"
    ]
    if stated := row.license or row.license_url:
        license, url = declared(stated, row.license_url)
        kind = "contract" if verdict_of(license) == "contract" else "source"
        findings.append(Finding(kind, stated, "source", "document", license, url))
    return findings


def declared(license: str, url: str | None) -> tuple[str, str | None]:
    """Return the SPDX id and address of what a source declares: an expression as it is, else what its name means."""
    if verdict_of(license) != "unknown" or license.startswith("LicenseRef-"):
        return license, url
    named = license_of_name(license)
    return (named.license, url or named.url) if named else (license, url)


def _found(row: Row, known: bool) -> list[Finding]:
    """Return everything that the response says about rights, each statement once, in the order in which it is met."""
    agents = training_agents()
    findings = list(http_links(row.headers))
    preferences = list(header_preferences(row.headers, agents))
    if row.payload is not None and (row.speaks or known or findings):
        page = Page(decoded(row.payload[:LARGEST_PAGE], row.content_type), row.url)
        preferences += page_preferences(page, agents)
        findings += [*markup(page), *json_ld(page), *statements(page)]
    elif row.reserved is not None:
        # Nothing but a reservation: a tree would not change the verdict, so none is built.
        findings.append(Finding("reserved", decoded(row.reserved, row.content_type), "body", "site", RESERVED))
    return list(dict.fromkeys([*findings, *_opt_outs(preferences)]))


def _opt_outs(preferences: Sequence[Preference]) -> Iterator[Finding]:
    train, decisive = combine(preferences)
    for preference in preferences:
        subject = in_force(preference, train, decisive)
        yield Finding(preference.mechanism, preference.raw, preference.where, subject)


def _signals(decisions: Sequence[Decision]) -> Signals:
    return {
        "verdict": pa.array([decision.verdict for decision in decisions], pa.string()),
        "confidence": np.array([decision.confidence for decision in decisions], np.float64),
        "conflicts": np.array([decision.conflicts for decision in decisions], np.float64),
    }


def _columns(rows: Sequence[Row], found: Sequence[Sequence[Finding]], decisions: Sequence[Decision]) -> Columns:
    evidence = [[*row.evidence, *_as_evidence(row, findings)] for row, findings in zip(rows, found, strict=True)]
    return {
        "license": pa.array([decision.license for decision in decisions], pa.string()),
        "license_url": pa.array([decision.url for decision in decisions], pa.string()),
        "license_scope": pa.array([decision.scope for decision in decisions], pa.string()),
        "license_confidence": pa.array(
            [decision.confidence if decision.license else None for decision in decisions], pa.float32()
        ),
        "evidence": pa.array(evidence, pa.list_(EVIDENCE)),
    }


def _as_evidence(row: Row, findings: Sequence[Finding]) -> Iterator[dict[str, Any]]:
    """Yield evidence rows; the digest is of the whole payload, or of the header's value."""
    payload = hashlib.sha256(row.payload).hexdigest() if row.payload is not None and findings else None
    for finding in findings:
        header = hashlib.sha256(finding.value.encode()).hexdigest() if finding.where == "http" else None
        yield {
            "kind": finding.kind,
            "value": finding.value[:LONGEST_VALUE],
            "where": finding.where,
            "subject": finding.subject,
            "digest": header or payload,
        }
