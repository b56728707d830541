"""The licence of every document, with all the evidence for and against it; what is reserved stays out.

Fills `license`, `license_url`, `license_scope`, `license_confidence` and `evidence`. It reads raw headers and HTML, so
that a page which can never enter a release is rejected before its text is extracted.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field, model_validator

from filters.base import Bound, Columns, Filter, OneOf, Range, Signals
from filters.documents import Documents
from filters.licences.addresses import license_of_url
from filters.licences.decide import Decision, decide
from filters.licences.declared import license_of
from filters.licences.finding import RESERVED, Finding, Subject
from filters.licences.json_ld import json_ld
from filters.licences.lists import Entry, host_list
from filters.licences.markup import http_links, markup
from filters.licences.names import folded
from filters.licences.page import HtmlPage
from filters.licences.phrases import is_reserved
from filters.licences.policy import ACCEPTED, Acceptance, Policy, check_classes, terms_of, with_entry
from filters.licences.prefilter import SILENT, Heard, heard
from filters.licences.sites import host_of, site_of
from filters.licences.statements import statements
from filters.licences.verdicts import verdict_of
from filters.optouts.decide import captured, combine, in_force, training_agents
from filters.optouts.files import Preference, rsl_standard
from filters.optouts.page import header_preferences, page_preferences, rsl_terms
from filters.optouts.words import in_page, in_texts
from filters.text.charset import decode
from shards.schema import EVIDENCE

LONGEST_VALUE = 500  # characters of a statement that are kept as evidence
CHARSET_TOLD = 64 << 10  # bytes of a page by which its charset is told
LARGEST_PAGE = 8 << 20  # bytes of a page that are read; the rest says nothing about rights that its beginning did not


class License(Filter):
    """Keep documents under a licence that the release accepts, with nothing reserved.

    It holds the licence policy of a release. What can never enter is rejected at once; how far the rest is to be
    believed is for the stage `rights` to say, which knows the other pages of a host and takes up this policy.
    """

    name: Literal["license"] = "license"
    needs_payload: ClassVar[bool] = True
    finds_licences: ClassVar[bool] = True
    # the decision of host lists: unlisted, allowed, licensed or denied
    host: OneOf = OneOf(values=("unlisted", "allowed", "licensed"))
    # the class of licence; `unknown` without a licence, `prohibited` if an opt-out is in force
    verdict: OneOf = OneOf(values=ACCEPTED)
    confidence: Range = Range()  # confidence in the licence, from 0 to 1
    conflicts: Range = Range()  # the number of pieces of evidence that contradict the licence
    rule: OneOf = OneOf()  # the kind of evidence that decided, e.g. `json_ld`, `statement.site`
    # the number of sentences that refuse training or mining in words, without a contract or licence that answers
    # them
    reserved_in_words: Range = Range(max=0, action="flag")
    # whether a contract or licence overrides an opt-out that is stated beside it
    license_overrides_reservation: bool = False
    sources: dict[str, Policy] = Field({})  # by source: a policy in place of the general one
    domains: dict[str, Policy] = Field({})  # by host, for it and its subdomains: a policy in place of the general one
    host_lists: tuple[Path, ...] = ()  # tables of what people decided of hosts: see `filters.licences.lists`

    @model_validator(mode="after")
    def _classes_that_there_are(self) -> Self:
        check_classes(self.verdict)
        for name in self.domains:
            if (host := host_of(name if "://" in name else f"https://{name}")) != name:
                near = f"; did you mean {host}?" if host else ""
                raise ValueError(f"domains: {name!r} is no name of a host, so that it would hold for none{near}")
        return self

    @property
    def admits_unlicensed(self) -> bool:
        policies = (*self.sources.values(), *self.domains.values())
        accepted = [self.verdict, *(policy.verdict for policy in policies if policy.verdict is not None)]
        return any(bound.values is None or not {"unknown", "prohibited"}.isdisjoint(bound.values) for bound in accepted)

    @property
    def bounds_vary(self) -> bool:
        return bool(self.sources or self.domains)

    def check_sources(self, names: Set[str]) -> None:
        if strangers := sorted(set(self.sources) - names):
            raise ValueError(f"license.sources: no source is named {', '.join(strangers)}")

    def resources(self) -> Sequence[Path]:
        host_list(self.host_lists)  # is any of them broken, it is told before any work
        return self.host_lists

    def annotate(self, documents: Documents) -> tuple[Signals, Columns]:
        rows = _rows(documents.batch)
        entries = [host_list(self.host_lists).of(site_of(row.url)) for row in rows]
        terms = [self.terms(row.source, host_of(row.url)) for row in rows]
        known = [_known(row) for row in rows]
        found = [_found(row, bool(known[index])) for index, row in enumerate(rows)]
        decisions = self._decisions(
            [(*of_source, *of_page) for of_source, of_page in zip(known, found, strict=True)], terms, entries
        )
        answered = [overrides(*each) for each in zip(terms, decisions, strict=True)]
        in_words = [0 if answer else len(row.in_words) for row, answer in zip(rows, answered, strict=True)]
        signals = {**_signals(decisions, entries), "reserved_in_words": np.array(in_words, np.float64)}
        return signals, _columns(rows, found, decisions, entries)

    def broken(self, documents: Documents, signals: Signals) -> Mapping[str, npt.NDArray[np.bool_]]:
        broken = dict(super().broken(documents, signals))
        if not self.bounds_vary:
            return broken
        verdicts = pa.array(signals["verdict"]).to_pylist()
        columns = zip(*(documents.batch.column(name).to_pylist() for name in ("source", "url")), strict=True)
        accepted = [self.terms(source, host_of(url)).verdict.values for source, url in columns]
        pairs = zip(verdicts, accepted, strict=True)
        broken["verdict"] = np.array([values is not None and verdict not in values for verdict, values in pairs], bool)
        return broken

    def bounds_for(self, source: str | None, url: str | None) -> dict[str, Bound]:
        return {**self.bounds(), "verdict": self.terms(source, host_of(url)).verdict}

    def terms(self, source: str | None, host: str | None) -> Acceptance:
        """Return what is accepted of a document from a host, as read from a source."""
        general = Acceptance(self.verdict, self.license_overrides_reservation)
        return terms_of(general, self.sources, self.domains, source, host) if self.sources or self.domains else general

    def _decisions(
        self, found: Sequence[tuple[Finding, ...]], terms: Sequence[Acceptance], entries: Sequence[Entry | None]
    ) -> list[Decision]:
        """Return the decision on each document; the same evidence, as that of a whole collection, is weighed once."""
        weighed = {findings: decide(findings) for findings in dict.fromkeys(found)}
        reserved = {findings for findings in weighed if any(finding.subject == "reservation" for finding in findings)}
        decisions = []
        for findings, policy, entry in zip(found, terms, entries, strict=True):
            decision = with_entry(weighed[findings], entry)
            prohibited = findings in reserved and not overrides(policy, decision)
            decisions.append(replace(decision, verdict="prohibited") if prohibited else decision)
        return decisions


def overrides(terms: Acceptance, decision: Decision) -> bool:
    """Whether the policy lets the licence that was found answer an opt-out."""
    return terms.license_overrides_reservation and decision.license not in (None, RESERVED)


@dataclass(frozen=True)
class Row:
    """What one page brings: its bytes and headers, what is known of it, and whether its bytes speak of rights."""

    payload: bytes | None  # null too where the bytes do not speak of rights
    content_type: str | None
    headers: list[tuple[str, str]]
    url: str | None
    license: str | None
    license_url: str | None
    source: str | None
    evidence: list[dict[str, Any]]
    says: Heard
    in_words: tuple[Finding, ...]  # the reservations in words


def _rows(batch: pa.RecordBatch) -> list[Row]:
    payloads = batch.column("payload")
    speaking = heard(payloads)
    told = _in_words(batch, speaking)
    names = ("content_type", "headers", "url", "license", "license_url", "source", "evidence")
    columns = (batch.column(name).to_pylist() for name in names)
    rows = []
    for index, (content_type, headers, url, license, license_url, source, evidence) in enumerate(
        zip(*columns, strict=True)
    ):
        says = speaking.get(index, SILENT)
        in_words = told.get(index, ())
        body = (
            payloads[index].as_buffer().to_pybytes()
            if says.licenses or says.reserved or (says.training and in_words)
            else None
        )
        pairs = [(header["name"] or "", header["value"] or "") for header in headers or ()]
        rows.append(Row(body, content_type, pairs, url, license, license_url, source, evidence or [], says, in_words))
    return rows


def _in_words(batch: pa.RecordBatch, speaking: Mapping[int, Heard]) -> dict[int, tuple[Finding, ...]]:
    """Return, by row, the reservations in words: of a page, or of a document's text where there is none."""
    payloads, types, texts = (batch.column(name) for name in ("payload", "content_type", "text"))
    pages = {
        row: in_page(payloads[row].as_buffer().to_pybytes()[:LARGEST_PAGE], types[row].as_py(), says.training)
        for row, says in speaking.items()
        if says.training
    }
    bare = np.flatnonzero(payloads.is_null())
    if len(bare) == 0:
        return pages
    told = in_texts(texts if len(bare) == len(texts) else texts.take(pa.array(bare)))
    return pages | {int(bare[row]): findings for row, findings in told.items()}


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
    """Return the SPDX expression and address of what a source declares; what cannot be told stays as it is written."""
    named = license_of(license)
    return (named.license, url or named.url) if named else (license, url)


def _found(row: Row, known: bool) -> list[Finding]:
    """Return everything that the response says about rights, each statement once, in the order in which it is met."""
    agents = training_agents()
    findings = [*http_links(row.headers), *_terms(row)]
    preferences = [said for item in row.evidence if (said := _captured(item))]
    preferences += header_preferences(row.headers, agents)
    if row.payload is not None and (row.says.licenses or known or findings):
        page = HtmlPage(decode(row.payload[:LARGEST_PAGE], row.content_type).text, row.url)
        preferences += page_preferences(page, agents)
        findings += [*markup(page), *json_ld(page), *rsl_terms(page), *statements(page)]
    else:
        findings += list(_reserved(row))[:1]
    return list(dict.fromkeys([*findings, *_opt_outs(preferences), *row.in_words]))


def _reserved(row: Row) -> Iterator[Finding]:
    """Yield the reservations of a page that says nothing else: no tree would change its verdict, so none is built."""
    foreign = [passage for passage in row.says.reserved if not _is_utf_8(passage)]
    encoding = decode((row.payload or b"")[:CHARSET_TOLD], row.content_type).encoding if foreign else "utf-8"
    for passage in row.says.reserved:
        words = passage.decode(encoding if passage in foreign else "utf-8", "replace")
        if is_reserved(folded(words)):
            place: tuple[str, Subject] = ("head", "document") if words.lower().startswith("meta ") else ("body", "site")
            yield Finding("reserved", words, *place, RESERVED)


def _is_utf_8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _terms(row: Row) -> Iterator[Finding]:
    """Yield the public licence that captured RSL terms name as their standard: a site speaks of itself, of no other."""
    for item in row.evidence:
        own = row.url is not None and site_of(item["where"]) == site_of(row.url)
        if own and item["kind"] == "rsl" and item["subject"] is None:
            named = license_of_url(rsl_standard(item["value"], "/") or "")
            if named is not None:
                yield Finding("rsl", item["value"], item["where"], "site", named.license, named.url)


def _captured(item: Mapping[str, Any]) -> Preference | None:
    """Return the opt-out that a crawl wrote down, if an evidence row is one that nobody has judged yet."""
    return captured(item["kind"], item["value"], item["where"] or "") if item["subject"] is None else None


def _opt_outs(preferences: Sequence[Preference]) -> Iterator[Finding]:
    train, decisive = combine(preferences)
    for preference in preferences:
        subject = in_force(preference, train, decisive)
        yield Finding(preference.mechanism, preference.raw, preference.where, subject)


def _signals(decisions: Sequence[Decision], entries: Sequence[Entry | None]) -> Signals:
    return {
        "host": pa.array([entry.status if entry else "unlisted" for entry in entries], pa.string()),
        "verdict": pa.array([decision.verdict for decision in decisions], pa.string()),
        "confidence": np.array([decision.confidence for decision in decisions], np.float64),
        "conflicts": np.array([decision.conflicts for decision in decisions], np.float64),
        "rule": pa.array([decision.rule for decision in decisions], pa.string()),
    }


def _columns(
    rows: Sequence[Row],
    found: Sequence[Sequence[Finding]],
    decisions: Sequence[Decision],
    entries: Sequence[Entry | None],
) -> Columns:
    evidence = [
        [*_as_evidence(row, findings), *([entry.evidence_row] if entry else [])]
        for row, findings, entry in zip(rows, found, entries, strict=True)
    ]
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
    """Yield evidence rows; the digest is of the whole payload, of the header's value, or of the file beside the page.

    What a crawl captured and nobody had judged stands here once, judged.
    """
    digests = {(item["kind"], item["value"], item["where"]): item["digest"] for item in row.evidence}
    yield from (item for item in row.evidence if _captured(item) is None)
    payload = hashlib.sha256(row.payload).hexdigest() if row.payload is not None and findings else None
    for finding in findings:
        header = hashlib.sha256(finding.value.encode()).hexdigest() if finding.where == "http" else None
        yield {
            "kind": finding.kind,
            "value": finding.value[:LONGEST_VALUE],
            "where": finding.where,
            "subject": finding.subject,
            "digest": digests.get((finding.kind, finding.value, finding.where)) or header or payload,
        }
