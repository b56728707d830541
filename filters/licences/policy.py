"""What a release accepts: verdict classes by source and by domain, and what people decided of hosts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import BaseModel, model_validator

from filters.base import OneOf
from filters.licences.decide import Decision, weights
from filters.licences.finding import RESERVED
from filters.licences.lists import Entry
from filters.licences.sites import sites_above
from filters.licences.verdicts import classes, restrictiveness, verdict_of

ACCEPTED = ("open", "permissive", "sharealike")


class Policy(BaseModel, frozen=True, extra="forbid"):
    """What holds for a source or a domain instead of what holds for all; what is left out stays as it is for all."""

    verdict: OneOf | None = None  # the classes of licence that are accepted
    # whether a contract or licence answers an opt-out that is stated beside it
    license_overrides_reservation: bool | None = None

    @model_validator(mode="after")
    def _classes_that_there_are(self) -> "Policy":
        if self.verdict is not None:
            check_classes(self.verdict)
        return self


def check_classes(verdict: OneOf) -> None:
    """Raise a ValueError for a class of licences that there is not."""
    unknown = sorted(set(verdict.values or ()) - set(classes()))
    if unknown:
        raise ValueError(f"verdict: no class {', '.join(unknown)}; there are {', '.join(classes())}")


@dataclass(frozen=True)
class Acceptance:
    """What a release accepts of one document."""

    verdict: OneOf
    license_overrides_reservation: bool


def terms_of(
    general: Acceptance,
    sources: Mapping[str, Policy],
    domains: Mapping[str, Policy],
    source: str | None,
    host: str | None,
) -> Acceptance:
    """Return what is accepted from a host, as read from a source: the nearest domain's word, the source's, all's."""
    terms = general
    nearest = next((name for name in sites_above(host) if name in domains), None)
    for policy in (sources.get(source or ""), domains.get(nearest or "")):
        if policy is not None and policy.verdict is not None:
            terms = replace(terms, verdict=policy.verdict)
        if policy is not None and policy.license_overrides_reservation is not None:
            terms = replace(terms, license_overrides_reservation=policy.license_overrides_reservation)
    return terms


def with_entry(decision: Decision, entry: Entry | None) -> Decision:
    """Return the decision with what people decided of the host.

    A licence they found for the host stands where the page says nothing of itself, unless the page states a stricter
    one; `allowed` believes what the page states.
    """
    if entry is None:
        return decision
    believed = max(decision.confidence, weights().host_listed)
    own = decision.license is not None and decision.scope != "site"
    if entry.license is None:
        stated = decision.license not in (None, RESERVED) and decision.verdict not in ("unknown", "prohibited")
        return replace(decision, confidence=believed) if entry.status == "allowed" and stated else decision
    verdict = verdict_of(entry.license)
    if own or (decision.license and restrictiveness(decision.verdict) > restrictiveness(verdict)):
        agree = decision.license == entry.license
        return replace(decision, confidence=believed) if agree else decision
    url = decision.url if decision.license == entry.license else None
    return Decision(entry.license, url, "site", believed, verdict, decision.conflicts, "host_list")
