"""What a release accepts, by source, by domain, and by what people decided of a host."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from filters.chain import judge
from filters.license import License
from shards.schema import PAGE, batch_of

CC = "https://creativecommons.org/licenses"
NC = f'<link rel="license" href="{CC}/by-nc/4.0/">'
BY = f'<link rel="license" href="{CC}/by/4.0/">'
FOOTER = f'<footer>Content is licensed under <a href="{CC}/by/4.0/">CC BY 4.0</a>.</footer>'


def judged(html: str, source: str = "web", url: str = "https://a.site.example/1", **settings: Any) -> dict[str, Any]:
    row = {"id": "0", "text": "", "source": source, "source_id": "0", "url": url, "payload": html.encode()}
    judgement = judge([License.model_validate({"name": "license", **settings})], batch_of([row], PAGE))
    signals = {name.removeprefix("license."): values[0].as_py() for name, values in judgement.signals.items()}
    return signals | judgement.documents.to_pylist()[0]


ALSO_NC = {"verdict": ["open", "permissive", "noncommercial"]}


@pytest.mark.parametrize(
    ("settings", "source", "url", "reason"),
    [
        ({}, "web", "https://a.site.example/1", "license.verdict"),
        ({"sources": {"partner": ALSO_NC}}, "partner", "https://a.site.example/1", None),
        ({"sources": {"partner": ALSO_NC}}, "web", "https://a.site.example/1", "license.verdict"),
        ({"domains": {"site.example": ALSO_NC}}, "web", "https://a.site.example/1", None),
        ({"domains": {"site.example": ALSO_NC}}, "web", "https://mysite.example/1", "license.verdict"),
        ({"domains": {"a.site.example": ALSO_NC}}, "web", "https://site.example/1", "license.verdict"),
        ({"sources": {"web": ALSO_NC}, "domains": {"site.example": {"verdict": ["open"]}}}, "web", "", None),
        (
            {"sources": {"web": ALSO_NC}, "domains": {"site.example": {"verdict": ["open"]}}},
            "web",
            "https://a.site.example/1",
            "license.verdict",
        ),
    ],
)
def test_the_nearest_policy_says_which_classes_enter(
    settings: dict[str, Any], source: str, url: str, reason: str | None
) -> None:
    assert judged(NC, source, url, **settings)["rejected_by"] == reason


def test_a_contract_answers_a_reservation_only_where_the_policy_says_so() -> None:
    html = f'<meta name="robots" content="noai">{BY}'
    policy: dict[str, Any] = {"sources": {"partner": {"license_overrides_reservation": True}}}
    assert judged(html, "partner", **policy)["rejected_by"] is None
    assert judged(html, "web", **policy)["rejected_by"] == "license.verdict"
    assert judged('<meta name="robots" content="noai">', "partner", **policy)["verdict"] == "prohibited"


def test_a_class_that_there_is_not_is_an_error() -> None:
    for settings in ({"verdict": ["permisive"]}, {"domains": {"a.example": {"verdict": ["free"]}}}):
        with pytest.raises(ValueError, match="there are open, permissive"):
            License.model_validate({"name": "license", **settings})


@pytest.fixture
def decided(tmp_path: Path) -> Any:
    def by(decision: str) -> dict[str, Any]:
        path = tmp_path / "hosts.tsv"
        head = "host\tdecision\tevidence\tdecided_by\tdecided_on"
        path = tmp_path / f"{decision}.tsv"
        path.write_text(f"{head}\nsite.example\t{decision}\tcontract 7\tLi Na\t2026-11-22\n", encoding="utf-8")
        return {"host_lists": [path]}

    return by


@pytest.mark.parametrize(
    ("html", "decision", "license", "confidence", "reason"),
    [
        (BY, "denied", "CC-BY-4.0", 0.92, "license.host"),
        (FOOTER, "allowed", "CC-BY-4.0", 0.95, None),
        ("<p>Nothing said.", "allowed", None, 0.0, "license.verdict"),
        ("<p>Nothing said.", "CC-BY-4.0", "CC-BY-4.0", 0.95, None),
        (FOOTER, "CC-BY-4.0", "CC-BY-4.0", 0.95, None),
        (FOOTER, "CC-BY-SA-4.0", "CC-BY-SA-4.0", 0.95, None),
        (FOOTER.replace("by/", "by-nc/").replace("BY 4", "BY-NC 4"), "CC-BY-4.0", "CC-BY-NC-4.0", 0.75, "verdict"),
        (NC, "CC-BY-4.0", "CC-BY-NC-4.0", 0.92, "license.verdict"),
        (BY, "CC-BY-4.0", "CC-BY-4.0", 0.95, None),  # both say so: it is believed as people are
        (BY, "CC-BY-SA-4.0", "CC-BY-4.0", 0.92, None),  # the page's own word stands, and gains nothing
        ("<p>All rights reserved.", "CC-BY-4.0", "LicenseRef-AllRightsReserved", 0.7, "license.verdict"),
        ("<p>All rights reserved.", "allowed", "LicenseRef-AllRightsReserved", 0.7, "license.verdict"),
    ],
)
def test_what_people_decided_of_a_host_counts_but_never_against_a_stricter_page(
    decided: Any, html: str, decision: str, license: str | None, confidence: float, reason: str | None
) -> None:
    found = judged(f"<html><body>{html}", **decided(decision))
    assert (found["license"], found["confidence"]) == (license, pytest.approx(confidence))
    assert (found["rejected_by"] or "").endswith(reason or "")
    assert found["evidence"][-1] | {"digest": None} == {
        "kind": "host_list",
        "value": f"site.example: {decision}; contract 7; decided by Li Na on 2026-11-22",
        "where": f"{decision}.tsv:2",
        "subject": "site",
        "digest": None,
    }


def test_the_address_of_a_deed_is_that_of_the_licence_that_people_found(decided: Any) -> None:
    assert judged(f"<html><body>{FOOTER}", **decided("CC-BY-4.0"))["license_url"] == f"{CC}/by/4.0/"
    assert judged(f"<html><body>{FOOTER}", **decided("CC-BY-SA-4.0"))["license_url"] is None


def test_a_release_may_be_of_reviewed_hosts_only(decided: Any) -> None:
    reviewed: dict[str, Any] = {"host": ["allowed", "licensed"]}
    assert judged(BY, **reviewed)["rejected_by"] == "license.host"
    assert judged(BY, **reviewed, **decided("allowed"))["rejected_by"] is None


def test_the_rule_that_decided_is_a_signal_and_can_be_bounded() -> None:
    assert judged(BY)["rule"] == "link_rel"
    assert judged(f"<html><body>{FOOTER}")["rule"] == "statement.site"
    assert judged("<p>All rights reserved.")["rule"] == "reserved.site"
    assert judged(BY, rule=["json_ld"])["rejected_by"] == "license.rule"


def test_a_page_that_reserves_its_own_rights_is_not_under_the_licence_of_its_site() -> None:
    own = f"<p>本文版权所有，未经授权禁止转载。</p>{FOOTER}"
    assert judged(f"<html><body>{own}")["license"] == "LicenseRef-AllRightsReserved"


CAPTURED = [
    ("robots_agents", "GPTBot: /, CCBot: /x", True),
    ("robots_agents", "PerplexityBot: /", False),
    ("content_usage", "/ai/ train-ai=n", True),
    ("content_usage", "train-ai=y", False),
    ("content_signal", "ai-train=no", True),
    ("tdmrep", '{"location": "/", "tdm-reservation": 1}', True),
    ("tdmrep", '{"location": "/", "tdm-reservation": 0}', False),
    ("ai_txt", "Disallow: /", True),
    ("rsl", "https://site.example/license.xml", False),
]


@pytest.mark.parametrize(("kind", "value", "reserves"), CAPTURED)
def test_what_a_crawl_captured_is_judged_once_and_its_digest_kept(kind: str, value: str, reserves: bool) -> None:
    item = {"kind": kind, "value": value, "where": "robots.txt:3", "subject": None, "digest": "ab"}
    row = {"id": "0", "text": "", "source": "web", "source_id": "0", "payload": BY.encode(), "evidence": [item]}
    judgement = judge([License()], batch_of([row], PAGE))
    assert judgement.documents["rejected_by"].to_pylist() == ["license.verdict" if reserves else None]
    (evidence,) = judgement.documents["evidence"].to_pylist()
    judged = [each for each in evidence if each["kind"] == kind]
    assert judged == [item | {"subject": "reservation" if reserves else "preference"}]


def test_a_page_can_lift_what_the_file_of_its_site_reserves_in_tdmrep_only() -> None:
    said = {"where": "x", "digest": None, "subject": None}
    rows = [
        {"kind": "tdmrep", "value": '{"location": "/", "tdm-reservation": 1}', **said},
        {"kind": "content_signal", "value": "ai-train=no", **said},
    ]
    page = f'<meta name="tdm-reservation" content="0">{BY}'.encode()
    base = {"id": "0", "text": "", "source": "web", "source_id": "0", "payload": page}
    judgement = judge([License()], batch_of([base | {"evidence": [row]} for row in rows], PAGE))
    assert judgement.documents["rejected_by"].to_pylist() == [None, "license.verdict"]


def test_terms_that_name_a_public_licence_as_their_standard_grant_it() -> None:
    def page(permits: str) -> str:
        standard = f'<payment type="attribution"><standard>{CC}/by/4.0/</standard></payment>'
        license = f'<content url="/"><license>{permits}{standard}</license></content>'
        return f'<head><script type="application/rsl+xml"><rsl xmlns="https://rslstandard.org/rsl">{license}</rsl></script>'

    granted = judged(page('<permits type="usage">all</permits>'))
    assert (granted["license"], granted["rule"], granted["rejected_by"]) == ("CC-BY-4.0", "rsl", None)
    assert judged(page('<permits type="usage">search</permits>'))["verdict"] == "prohibited"


@pytest.mark.parametrize(
    ("where", "permits", "license", "verdict"),
    [
        ("https://site.example/license.xml", "all", "CC-BY-4.0", "permissive"),
        ("https://terms.example/license.xml", "all", None, "unknown"),
        ("https://site.example/license.xml", "search", None, "prohibited"),
    ],
)
def test_a_site_may_grant_by_the_terms_that_its_own_rsl_document_names(
    where: str, permits: str, license: str | None, verdict: str
) -> None:
    standard = f'<payment type="attribution"><standard>{CC}/by/4.0/</standard></payment>'
    terms = f'<content url="/"><license><permits type="usage">{permits}</permits>{standard}</license></content>'
    said = f'<rsl xmlns="https://rslstandard.org/rsl">{terms}</rsl>'
    item = {"kind": "rsl", "value": said, "where": where, "subject": None, "digest": "ab"}
    row = {"id": "0", "text": "", "url": "https://site.example/a", "payload": b"<p>x", "evidence": [item]}
    judgement = judge([License()], batch_of([row], PAGE))
    (found,) = judgement.documents.select(["license", "evidence"]).to_pylist()
    assert found["license"] == license
    assert judgement.signals["license.verdict"].to_pylist() == [verdict]
    assert {each["digest"] for each in found["evidence"]} == {"ab"}


def test_neighbours_under_other_policies_do_not_matter() -> None:
    filter = License.model_validate({"name": "license", "domains": {"b.example": ALSO_NC}})
    rows = [
        {
            "id": str(n),
            "text": "",
            "source": "w",
            "source_id": str(n),
            "url": f"https://{host}/",
            "payload": NC.encode(),
        }
        for n, host in enumerate(("a.example", "b.example", "c.example"))
    ]
    batch = batch_of(rows, PAGE)
    together = judge([filter], batch).documents["rejected_by"].to_pylist()
    assert together == [judge([filter], batch.slice(n, 1)).documents["rejected_by"][0].as_py() for n in range(3)]
    assert pa.array(together).null_count == 1
