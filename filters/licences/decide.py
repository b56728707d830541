"""From findings to one licence: scope first, then the most restrictive statement, then how far to believe it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from filters.licences.finding import RESERVED, Finding
from filters.licences.names import VAGUE
from filters.licences.verdicts import restrictiveness, verdict_of

TABLE = Path(__file__).with_name("confidence.yaml")


@dataclass(frozen=True)
class Decision:
    """What a document's evidence comes to. `conflicts` counts the statements that the decision overrules or doubts.

    `rule` is the kind of evidence that decided, `json_ld` for one; with `.site` if it speaks of the whole site.
    """

    license: str | None = None
    url: str | None = None
    scope: str | None = None
    confidence: float = 0.0
    verdict: str = "unknown"
    conflicts: int = 0
    rule: str | None = None


@cache
def weights() -> dict[str, Any]:
    """Return the table of confidences."""
    with TABLE.open(encoding="utf-8") as file:
        table: dict[str, Any] = yaml.safe_load(file)
    return table


def decide(findings: Sequence[Finding]) -> Decision:
    """Return the decision; it does not depend on the order of the findings.

    Only statements about the document, its data or its site count, and the document's beat the site's. If they name
    licences of different classes, the most restrictive class wins. Evidence of different kinds that agrees adds up.
    """
    stated = [finding for finding in findings if finding.license not in (None, RESERVED) and _weight(finding) > 0]
    document = [finding for finding in stated if finding.subject != "site" and finding.license != VAGUE]
    reserved = [
        finding for finding in findings if finding.license == RESERVED and finding.subject in ("document", "site")
    ]
    contract = [finding for finding in document if finding.kind == "contract"]
    pool = contract or document or stated
    specific = [finding for finding in pool if finding.license != VAGUE]
    if not specific or (not document and any(finding.subject == "document" for finding in reserved)):
        return _without(reserved, pool)  # the site's licence is not a page's that reserves its own rights
    verdicts = {finding: verdict_of(finding.license or "") for finding in specific}
    verdict = max(verdicts.values(), key=restrictiveness)
    winners = [finding for finding in specific if verdicts[finding] == verdict]
    best = min(winners, key=lambda finding: (*_rank(finding), finding.license or "", finding.url or ""))
    best = _ported(best, winners)
    conflicts = len({v for v in verdicts.values() if v != verdict})
    conflicts += len(
        {verdict_of(f.license or "") for f in stated if f.subject == "site" and f not in specific} - {verdict}
    )
    confidence = combined(winners)
    if reserved and not contract:
        conflicts += 1
        own = any(finding.subject == "document" for finding in reserved)
        confidence -= weights()["conflict_reserved" if own else "conflict_reserved_site"]
    return Decision(
        best.license, best.url, best.subject, round(max(confidence, 0.0), 4), verdict, conflicts, _rule(best)
    )


def combined(findings: Iterable[Finding]) -> float:
    """Return how far agreeing findings are to be believed: 1 - the product of the doubts, one a kind."""
    strongest: dict[str, float] = {}
    site = True
    for finding in findings:
        kind = finding.kind.removesuffix("_implied")
        strongest[kind] = max(strongest.get(kind, 0.0), _weight(finding))
        site &= finding.subject == "site"
    doubt = 1.0
    for kind in sorted(strongest):
        doubt *= 1.0 - strongest[kind]
    return float(min(1.0 - doubt, weights()["site_cap"] if site else weights()["ceiling"]))


def _weight(finding: Finding) -> float:
    weight = float(weights()["base"].get(finding.kind, {}).get(finding.subject, 0.0))
    if finding.license and finding.license.startswith("LicenseRef-CC"):
        weight -= weights()["unversioned"]
    return max(weight, 0.0)


def _rank(finding: Finding) -> tuple[bool, float]:
    """Order findings of one class: those whose licence is fully named, then the most believable."""
    return (finding.license or "").startswith("LicenseRef-CC"), -_weight(finding)


def _rule(finding: Finding) -> str:
    return f"{finding.kind}.site" if finding.subject == "site" else finding.kind


def _ported(best: Finding, winners: Sequence[Finding]) -> Finding:
    """Return the finding that names the port of the best one's licence, where its words leave the port out."""
    ports = [w for w in winners if w.license != best.license and (w.license or "").startswith(f"{best.license}-")]
    return min(ports, key=lambda finding: (finding.license or "", finding.url or "")) if ports else best


def _without(reserved: Sequence[Finding], pool: Sequence[Finding]) -> Decision:
    """Decide without a licence that can be told: reserved, unknown, or nothing said."""
    if reserved:
        subject = "document" if any(finding.subject == "document" for finding in reserved) else "site"
        rule = "reserved" if subject == "document" else "reserved.site"
        return Decision(RESERVED, None, subject, weights()["reserved"][subject], "prohibited", 0, rule)
    if pool:
        vague = min(pool, key=lambda finding: (-_weight(finding), finding.subject, finding.kind))
        return Decision(VAGUE, None, vague.subject, 0.0, "unknown", 0, _rule(vague))
    return Decision()
