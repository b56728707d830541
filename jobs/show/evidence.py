"""The rights in one document as a lawyer reads them: what was decided, by which rule, and everything it rests on."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import RootModel
from rich.console import Console
from rich.table import Table

from filters.licences.verdicts import verdict_of
from pipeline.answers.journey import Journey
from pipeline.plain import plain
from shards import tables

SPEAKS_OF = {
    "document": "this document",
    "site": "the whole site",
    "dataset": "the data",
    "media": "a picture or recording",
    "section": "a part or a quotation",
    "comment": "a reader's comment",
    "software": "software",
    "mention": "licences as a topic",
    "reservation": "a reservation in force",
    "preference": "a preference, not decisive",
    "unknown": "not said",
}
RULES = {
    "hosts": "the other pages of the host state the same licence",
    "host_list": "a host list decides about this host",
}
FEW = 4  # pieces of evidence on one screen
DIGEST = 12  # hex digits of a SHA-256 that are shown; the shard has all 64
KINDS = Path(__file__).with_name("evidence.yaml")


class EvidenceKinds(RootModel[dict[str, str]], frozen=True):
    """What each kind of evidence is."""


def license_lines(journey: Journey) -> Iterator[tuple[str, str]]:
    """Yield the decision and what led to it, each with its name."""
    document = journey.document
    license = document["license"]
    if license is None:
        yield "licence", "none was found"
    else:
        scope = SPEAKS_OF.get(document["license_scope"] or "", "not said")
        yield "licence", f"{license}, of {scope}; its class is {verdict_of(license)}"
        if document["license_url"]:
            yield "text at", document["license_url"]
        if document["license_confidence"] is not None:
            yield "confidence", f"{document['license_confidence']:.2f} of 1"
        yield "decided by", _decided_by(journey)
    measured = {each.name: each for each in journey.signals}
    if conflicts := (measured["license.conflicts"].value if "license.conflicts" in measured else None):
        yield "conflicts", f"{conflicts:.0f} in the evidence below: overruled, or a reason for a lower confidence"
    judged = measured.get("rights.verdict") or measured.get("license.verdict")
    answered = "" if judged is None or judged.value == "prohibited" else "; the policy lets this licence answer it"
    for item in document["evidence"] or ():
        if item["subject"] == "reservation":
            where = item["where"] or "place unknown"
            yield "reserved", f"{_kind(item['kind'])}, {where}: {item['value']}{answered}"
    if judged is not None and judged.value is not None:
        outside = "; this class is not accepted" if judged.broken else ""
        yield "class", f"{judged.value}; accepted from this source and host: {judged.bound}{outside}"


def _decided_by(journey: Journey) -> str:
    rule = _rule(journey)
    raised = journey.verdicts.get("rights", {}).get("rule")
    rules = [f"the evidence of kind {_kind(rule)}"] if rule else []
    return "; then: ".join([*rules, *([RULES[raised]] if raised else [])]) or "what its source declares"


def _rule(journey: Journey) -> str | None:
    """Return the kind of evidence that decided."""
    rule = next((each.value for each in journey.signals if each.name == "license.rule"), None)
    return str(rule).removesuffix(".site") if rule else None


def _kind(kind: str) -> str:
    """Return the name of a kind of evidence, with what it means where that is known."""
    meaning = tables.table(KINDS, EvidenceKinds).root.get(kind)
    return f"{kind} ({meaning})" if meaning else kind


def show_evidence(console: Console, journey: Journey, *, all_of_it: bool) -> None:
    """Print the pieces of evidence, or, each on one line, those that matter most: what reserves, and what decided."""
    evidence = journey.document["evidence"] or []
    rule = _rule(journey)
    telling = sorted(evidence, key=lambda item: (item["subject"] != "reservation", item["kind"] != rule))[:FEW]
    told = evidence if all_of_it else [item for item in evidence if item in telling]
    if told:
        console.print(_table(told, whole=all_of_it))
    if len(told) < len(evidence):
        console.print(f"and {len(evidence) - len(told)} pieces of evidence more (--all)")


def _table(evidence: Sequence[Mapping[str, Any]], *, whole: bool) -> Table:
    """Return a row per piece; a row is a line, with as much of the words as fit, unless it is shown whole."""
    table = Table(title="licence evidence, for and against", title_justify="left", show_lines=whole)
    for column in ("kind", "scope", "place", "words", "SHA-256"):
        words = column == "words"
        table.add_column(
            column, overflow="ellipsis" if words and not whole else "fold", no_wrap=not whole, ratio=int(words) or None
        )
    for item in evidence:
        kind = _kind(item["kind"]) if whole else item["kind"]
        speaks = SPEAKS_OF.get(item["subject"] or "unknown", item["subject"])
        digest = (item["digest"] or "")[:DIGEST]
        table.add_row(*map(plain, (kind, speaks, item["where"] or "", item["value"], digest)))
    return table
