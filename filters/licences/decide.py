"""From findings to one licence: scope first, then the most restrictive statement, then how far to believe it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, model_validator

from filters.licences.creative_commons import VAGUE
from filters.licences.finding import COVERING, RESERVED, Finding, Subject
from filters.licences.verdicts import restrictiveness, verdict_of
from shards.tables import table

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


@dataclass(frozen=True)
class Weighed:
    """A statement that names a licence: how far it is to be believed, and the class of the licence."""

    finding: Finding
    license: str
    weight: float
    verdict: str

    @property
    def rank(self) -> tuple[bool, float, str, str, int, str]:
        """Its place among those of one class: licences that are fully named first, then the most believable."""
        finding = self.finding
        return (
            is_unversioned(self.license),
            -self.weight,
            self.license,
            finding.url or "",
            COVERING.index(finding.subject),
            finding.kind,
        )


class Confidences(BaseModel, frozen=True, extra="forbid"):
    """What `confidence.yaml` holds; its comments say what each number is."""

    base: dict[str, dict[Subject, float]]
    site_cap: float
    site_consistent: float
    host_listed: float
    conflict_reserved: float
    conflict_reserved_site: float
    unversioned: float
    ceiling: float
    reserved: dict[Literal["document", "site"], float]

    @model_validator(mode="after")
    def _of_what_covers_a_text(self) -> "Confidences":
        for kind, weights in self.base.items():
            if others := weights.keys() - set(COVERING):
                raise ValueError(f"base.{kind}: {', '.join(sorted(others))} covers no text; there are {COVERING}")
        return self


def weights() -> Confidences:
    """Return the table of confidences."""
    return table(TABLE, Confidences)


def decide(findings: Sequence[Finding]) -> Decision:
    """Return the decision; it does not depend on the order of the findings.

    Only statements about the document, its data or its site count, and the document's beat the site's. If they name
    licences of different classes, the most restrictive class wins. Evidence of different kinds that agrees adds up.
    """
    stated = [weighed for weighed in map(_weighed, findings) if weighed.weight > 0]
    reserved = {finding.subject for finding in findings if finding.license == RESERVED} & {"document", "site"}
    document = [one for one in stated if one.finding.subject != "site" and one.license != VAGUE]
    contract = [one for one in document if one.finding.kind == "contract"]
    pool = contract or document or stated
    named = [one for one in pool if one.license != VAGUE]
    if not named or ("document" in reserved and not document):
        return _without(reserved, pool)  # the site's licence is not a page's that reserves its own rights
    verdict = max((one.verdict for one in named), key=restrictiveness)
    winners = [one for one in named if one.verdict == verdict]
    best = _ported(min(winners, key=lambda one: one.rank), winners).finding
    overruled = [one for one in stated if one.finding.subject == "site" and one not in named]
    conflicts = sum(len({one.verdict for one in against} - {verdict}) for against in (named, overruled))
    confidence = combined(winners)
    if reserved and not contract:
        conflicts += 1
        own = "document" in reserved
        confidence -= weights().conflict_reserved if own else weights().conflict_reserved_site
    confidence = round(max(confidence, 0.0), 4)
    return Decision(best.license, best.url, best.subject, confidence, verdict, conflicts, _rule(best))


def combined(statements: Iterable[Weighed]) -> float:
    """Return how far agreeing statements are to be believed: 1 - the product of the doubts, one a kind."""
    strongest: dict[str, float] = {}
    site = True
    for one in statements:
        kind = one.finding.kind.removesuffix("_implied")
        strongest[kind] = max(strongest.get(kind, 0.0), one.weight)
        site &= one.finding.subject == "site"
    doubt = 1.0
    for kind in sorted(strongest):
        doubt *= 1.0 - strongest[kind]
    return float(min(1.0 - doubt, weights().site_cap if site else weights().ceiling))


def _weighed(finding: Finding) -> Weighed:
    """Weigh a finding; one that states no licence, or speaks of something else, weighs nothing."""
    license = finding.license or ""
    weight = weights().base.get(finding.kind, {}).get(finding.subject, 0.0) if license not in ("", RESERVED) else 0.0
    if is_unversioned(license):
        weight -= weights().unversioned
    return Weighed(finding, license, max(weight, 0.0), verdict_of(license))


def is_unversioned(license: str) -> bool:
    """Whether a licence is one of Creative Commons of which the version, or more, is not said."""
    return license.startswith(VAGUE) and not any(character.isdigit() for character in license)


def _rule(finding: Finding) -> str:
    return f"{finding.kind}.site" if finding.subject == "site" else finding.kind


def _ported(best: Weighed, winners: Sequence[Weighed]) -> Weighed:
    """Return the statement that names the port of the best one's licence, where its words leave the port out."""
    ports = [one for one in winners if one.license.removeprefix("LicenseRef-").startswith(f"{best.license}-")]
    return min(ports, key=lambda one: (one.license, one.finding.url or "", one.rank)) if ports else best


def _without(reserved: Collection[Subject], pool: Sequence[Weighed]) -> Decision:
    """Decide without a licence that can be told: reserved, unknown, or nothing said."""
    if reserved:
        subject: Literal["document", "site"] = "document" if "document" in reserved else "site"
        rule = "reserved" if subject == "document" else "reserved.site"
        return Decision(RESERVED, None, subject, weights().reserved[subject], "prohibited", 0, rule)
    if pool:
        vague = min(pool, key=lambda one: (-one.weight, one.finding.subject, one.finding.kind)).finding
        return Decision(VAGUE, None, vague.subject, 0.0, "unknown", 0, _rule(vague))
    return Decision()
