"""Opt-outs in a page and the headers that came with it."""

import pytest

from filters.optouts.decide import evaluate
from filters.optouts.page import robots_directives

URL = "https://site.example/docs/page"


@pytest.mark.parametrize(
    ("value", "agent", "directives"),
    [
        ("noai, noimageai", None, {"noai", "noimageai"}),
        ("otherbot: noai, x", "otherbot", {"noai", "x"}),
        ("unavailable_after: 25 Jun 2027 15:00:00 PST", None, {"unavailable_after: 25 jun 2027 15:00:00 pst"}),
        ("max-snippet: 0, noai", None, {"max-snippet: 0", "noai"}),
        ("noindex, googlebot: noai", None, {"noindex", "googlebot: noai"}),
    ],
)
def test_a_colon_names_an_agent_unless_it_belongs_to_a_directive(
    value: str, agent: str | None, directives: set[str]
) -> None:
    assert robots_directives(value) == (agent, directives)


@pytest.mark.parametrize(
    ("header", "train"),
    [
        ("noai", "n"),
        ("NOAI, NOIMAGEAI", "n"),
        ("noimageai", "unknown"),
        ("noml", "n"),
        ("noindex", "unknown"),
        ("unknownbot: noai", "unknown"),
        ("CCBot: noai", "n"),
        ("CorpusBot: noai", "n"),
    ],
)
def test_noai_in_a_header_counts_if_it_is_said_to_all_to_us_or_to_training_crawlers(header: str, train: str) -> None:
    assert evaluate(URL, headers=[("x-robots-tag", header)], agent="CorpusBot").train == train


def test_rsl_is_read_where_it_is_embedded() -> None:
    terms = '<content url="/"><license><prohibits type="usage">ai-train</prohibits></license></content>'
    html = f'<head><script type="application/rsl+xml"><rsl xmlns="https://rslstandard.org/rsl">{terms}</rsl></script></head>'
    assert evaluate(URL, html=html).train == "n"


@pytest.mark.parametrize(
    ("header", "train"),
    [
        (("Content-Usage", "train-ai=n"), "n"),
        (("content-usage", "train-ai=y"), "y"),
        (("Content-Usage", "train-ai=n,"), "unknown"),
        (("TDM-Reservation", "1"), "n"),
        (("tdm-reservation", "0"), "y"),
        (("Usage", "train-ai=n"), "unknown"),
    ],
)
def test_a_header_may_hold_a_preference_or_a_reservation(header: tuple[str, str], train: str) -> None:
    assert evaluate(URL, headers=[header]).train == train


@pytest.mark.parametrize(
    ("header", "addresses"),
    [
        (
            '<https://site.example/license.xml>; rel="license"; type="application/rsl+xml"',
            ["https://site.example/license.xml"],
        ),
        ('</a.xml>; rel=license; type=application/rsl+xml, </b>; rel="next"', ["/a.xml"]),
        ('<https://creativecommons.org/licenses/by/4.0/>; rel="license"', []),
    ],
)
def test_where_terms_of_rsl_are_is_noted_from_the_headers(header: str, addresses: list[str]) -> None:
    found = evaluate(URL, headers=[("Link", header)])
    assert [(item["kind"], item["value"], item["where"]) for item in found.evidence()] == [
        ("rsl", address, "http") for address in addresses
    ]
    assert found.train == "unknown"


def test_terms_of_rsl_are_noted_from_the_head_and_are_read_where_they_stand_there() -> None:
    linked = '<link rel="license" type="application/rsl+xml" href="/license.xml">'
    assert [item["value"] for item in evaluate(URL, html=f"<head>{linked}</head>").evidence()] == ["/license.xml"]
    other = "<script type='text/x-template'>application/rsl+xml</script>"
    assert evaluate(URL, html=f"<head>{other}</head>").evidence() == []


@pytest.mark.parametrize(
    ("directive", "subject"), [("noai", "reservation"), ("noimageai", "preference"), ("noindex", None)]
)
@pytest.mark.parametrize("place", ["header", "page"])
def test_what_is_said_of_pictures_alone_is_noted_and_reserves_no_text(
    directive: str, subject: str | None, place: str
) -> None:
    """And what search engines are told is no opt-out."""
    if place == "header":
        found = evaluate(URL, headers=[("X-Robots-Tag", directive)])
    else:
        found = evaluate(URL, html=f'<head><meta name="robots" content="{directive}"></head>')
    assert [item["subject"] for item in found.evidence()] == ([] if subject is None else [subject])
