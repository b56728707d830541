"""The rights in one document as a lawyer reads them: what was decided, by which rule, and everything it rests on."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from rich.table import Table

from filters.licences.verdicts import verdict_of
from pipeline.answers.journey import Journey

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
    "host_list": "people decided of this host",
}
DIGEST = 12  # hex digits of a SHA-256 that are shown; the shard has all 64


KINDS = Path(__file__).with_name("evidence.yaml")


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
            yield "its text", document["license_url"]
        if document["license_confidence"] is not None:
            yield "believed", f"{document['license_confidence']:.2f} of 1"
        yield "decided by", _decided_by(journey)
    measured = {each.name: each for each in journey.signals}
    if conflicts := (measured["license.conflicts"].value if "license.conflicts" in measured else None):
        yield "conflicts", f"{conflicts:.0f} in the evidence below: overruled, or a reason to believe it less"
    judged = measured.get("rights.verdict") or measured.get("license.verdict")
    answered = "" if judged is None or judged.value == "prohibited" else "; the policy lets this licence answer it"
    for item in document["evidence"] or ():
        if item["subject"] == "reservation":
            where = item["where"] or "place unknown"
            yield "reserved", f"{_kind(item['kind'])}, {where}: {item['value']}{answered}"
    if judged is not None and judged.value is not None:
        outside = "; this class is not accepted" if judged.broken else ""
        yield "class", f"{judged.value}; accepted of this source and host: {judged.bound}{outside}"


def _decided_by(journey: Journey) -> str:
    rule = next((each.value for each in journey.signals if each.name == "license.rule"), None)
    raised = journey.verdicts.get("rights", {}).get("rule")
    rules = [f"the evidence of kind {_kind(str(rule).removesuffix('.site'))}"] if rule else []
    return "; then: ".join([*rules, *([RULES[raised]] if raised else [])]) or "what its source declares"


@cache
def _words() -> dict[str, str]:
    with KINDS.open(encoding="utf-8") as file:
        words: dict[str, str] = yaml.safe_load(file)
    return words


def _kind(kind: str) -> str:
    """Return the name of a kind of evidence, with what it means where that is known."""
    return f"{kind} ({_words()[kind]})" if kind in _words() else kind


def evidence_table(evidence: list[Mapping[str, Any]]) -> Table:
    """Return a row per piece of evidence, those that decided nothing too."""
    table = Table(title="licence evidence, for and against", title_justify="left", show_lines=True)
    for column in ("kind", "speaks of", "where it stands", "what it says", "SHA-256"):
        table.add_column(column, overflow="fold")
    for item in evidence:
        speaks = SPEAKS_OF.get(item["subject"] or "unknown", item["subject"])
        digest = (item["digest"] or "")[:DIGEST]
        table.add_row(_kind(item["kind"]), speaks, item["where"] or "", item["value"], digest)
    return table
