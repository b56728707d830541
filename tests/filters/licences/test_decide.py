"""What a page's statements come to does not hang on their order, and is never less strict than what the page says."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.licences.creative_commons import VAGUE
from filters.licences.decide import Decision, decide, weights
from filters.licences.finding import RESERVED, Finding, Subject
from filters.licences.verdicts import restrictiveness, verdict_of

SUBJECTS: tuple[Subject, ...] = ("document", "dataset", "site", "media", "mention", "reservation")
LICENSES = (
    "CC-BY-4.0",
    "CC-BY-3.0",
    "CC-BY-3.0-AT",
    "CC-BY-SA-4.0",
    "CC-BY-NC-ND-4.0",
    "CC0-1.0",
    VAGUE,
    RESERVED,
    None,
)

FINDINGS = st.builds(
    Finding,
    kind=st.sampled_from(["contract", "json_ld", "rdfa", "a_rel", "badge", "reserved", "tdmrep"]),  # two weigh as much
    value=st.just("words"),
    where=st.sampled_from(["head", "body", "footer"]),
    subject=st.sampled_from(SUBJECTS),
    license=st.sampled_from(LICENSES),
    url=st.sampled_from([None, "https://a.example"]),
)


@settings(max_examples=400)
@given(st.lists(FINDINGS, min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_the_findings_decides_nothing(findings: list[Finding], shuffler: random.Random) -> None:
    decision = decide(findings)
    shuffler.shuffle(findings)
    assert decide(findings) == decision


@given(st.lists(FINDINGS, max_size=8))
def test_a_licence_is_the_strictest_that_the_document_states_of_itself(findings: list[Finding]) -> None:
    decision = decide(findings)
    assert 0 <= decision.confidence <= weights().ceiling
    own = [
        finding
        for finding in findings
        if finding.license not in (None, RESERVED, VAGUE) and weights().base.get(finding.kind, {}).get(finding.subject)
    ]
    if own and not any(finding.kind == "contract" for finding in own) and decision.license not in (RESERVED, VAGUE):
        stated = [finding for finding in own if finding.subject != "site"] or own
        strictest = max((verdict_of(finding.license or "") for finding in stated), key=restrictiveness)
        assert decision.verdict == strictest
        assert decision.license in {finding.license for finding in stated}


def said(kind: str, subject: Subject, license: str | None) -> Finding:
    return Finding(kind, "words", "body", subject, license)


DOUBT, SITE_DOUBT = weights().conflict_reserved, weights().conflict_reserved_site


@pytest.mark.parametrize(
    ("findings", "decision"),
    [
        ((), Decision()),
        ((said("a_href", "mention", "CC-BY-4.0"),), Decision()),
        (
            (said("reserved", "site", RESERVED),),
            Decision(RESERVED, None, "site", 0.7, "prohibited", 0, "reserved.site"),
        ),
        ((said("a_rel", "document", VAGUE),), Decision(VAGUE, None, "document", 0.0, "unknown", 0, "a_rel")),
        (
            (said("a_rel", "site", "CC-BY-SA-4.0"), said("meta", "document", "CC-BY-4.0")),
            Decision("CC-BY-4.0", None, "document", 0.88, "permissive", 1, "meta"),
        ),
        (
            (said("a_rel", "site", "CC-BY-4.0"), said("reserved", "document", RESERVED)),
            Decision(RESERVED, None, "document", 0.9, "prohibited", 0, "reserved"),
        ),
        (  # what is reserved of the document casts more doubt than what its site reserves
            (said("meta", "document", "CC-BY-4.0"), said("reserved", "document", RESERVED)),
            Decision("CC-BY-4.0", None, "document", round(0.88 - DOUBT, 4), "permissive", 1, "meta"),
        ),
        (
            (said("meta", "document", "CC-BY-4.0"), said("reserved", "site", RESERVED)),
            Decision("CC-BY-4.0", None, "document", round(0.88 - SITE_DOUBT, 4), "permissive", 1, "meta"),
        ),
        (
            (said("contract", "document", "LicenseRef-Contract-7"), said("reserved", "document", RESERVED)),
            Decision("LicenseRef-Contract-7", None, "document", 0.99, "contract", 0, "contract"),
        ),
    ],
)
def test_the_document_beats_the_site_and_a_contract_beats_a_reservation(
    findings: tuple[Finding, ...], decision: Decision
) -> None:
    assert decide(findings) == decision
