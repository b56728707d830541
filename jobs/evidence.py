"""The rights in one document as a lawyer reads them: what was decided, by which rule, and everything it rests on."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table

from filters.licences.verdicts import verdict_of
from pipeline.journey import Journey

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


def license_lines(journey: Journey) -> Iterator[tuple[str, str]]:
    """Yield the decision and what led to it, each with its name."""
    document = journey.document
    license = document["license"]
    if license is None:
        yield "licence", "none was found"
        return
    scope = SPEAKS_OF.get(document["license_scope"] or "", "not said")
    yield "licence", f"{license}, of {scope}; its class is {verdict_of(license)}"
    if document["license_url"]:
        yield "its text", document["license_url"]
    confidence = document["license_confidence"]
    if confidence is not None:
        yield "believed", f"{confidence:.2f} of 1"
    measured = {each.name: each.value for each in journey.signals}
    rules = [f"the evidence of kind {measured['license.rule']}"] if measured.get("license.rule") else []
    raised = journey.verdicts.get("rights", {}).get("rule")
    yield "decided by", "; then: ".join([*rules, *([RULES[raised]] if raised else [])]) or "what its source declares"


def evidence_table(evidence: list[Mapping[str, Any]]) -> Table:
    """Return a row per piece of evidence, those that decided nothing too."""
    table = Table(title="licence evidence, for and against", title_justify="left")
    for column in ("kind", "speaks of", "where it stands", "what it says", "SHA-256"):
        table.add_column(column, overflow="fold")
    for item in evidence:
        speaks = SPEAKS_OF.get(item["subject"] or "unknown", item["subject"])
        table.add_row(item["kind"], speaks, item["where"] or "", item["value"], (item["digest"] or "")[:DIGEST])
    return table
