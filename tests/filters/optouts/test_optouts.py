"""Opt-outs: what each mechanism says, and what they come to together."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.optouts.decide import evaluate, training_agents
from filters.optouts.fields import FieldError, Token, dictionary
from filters.optouts.files import aipref, content_signal, rsl
from filters.optouts.page import robots_directives

URL = "https://site.example/docs/page"


@pytest.mark.parametrize(
    ("field", "members"),
    [
        ("train-ai=n, search=y", {"train-ai": "n", "search": "y"}),
        ("train-ai=y, train-ai, search=n", {"train-ai": True, "search": "n"}),
        ("train-ai;allow=n, search=?0;x;y=1.5", {"train-ai": True, "search": False}),
        ('a="x,y\\"z", b=:aGk=:, c=(1 "b";q t), d=-12, e=@1659578233', None),
        ("", {}),
    ],
)
def test_a_dictionary_is_read_as_rfc_9651_says(field: str, members: dict[str, object] | None) -> None:
    found = dictionary(field)
    if members is None:
        assert list(found) == list("abcde")
        assert (found["a"], found["b"], found["d"]) == ('x,y"z', b"aGk=", -12)
    else:
        assert found == members


@pytest.mark.parametrize(
    "field", ["Train-AI=n", "train-ai=n,", "train-ai=", "=n", "train-ai=n search=y", "a=(1", 'a="']
)
def test_a_field_that_cannot_be_parsed_says_nothing(field: str) -> None:
    with pytest.raises(FieldError):
        dictionary(field)
    assert aipref(field) == "unknown"


@given(st.text(max_size=60))
def test_any_field_is_a_dictionary_or_an_error(field: str) -> None:
    try:
        dictionary(field)
    except FieldError:
        assert aipref(field) == "unknown"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("train-ai=n", "n"),
        ("train-ai=y", "y"),
        ("train-ai", "unknown"),
        ('train-ai="n"', "unknown"),
        ("train-ai=n;why=x, train-ai=y", "y"),
        ("search=n", "unknown"),
        ("genai=n, train-ai=y", "n"),
        ("cookies=n", "unknown"),
    ],
)
def test_content_usage_is_a_token_and_the_last_of_a_key_counts(field: str, value: str) -> None:
    assert aipref(field) == value
    assert isinstance(dictionary("a=n")["a"], Token)


AIPREF_ROBOTS = """User-Agent: *
Allow: /
Disallow: /never/
Content-Usage: train-ai=n
Content-Usage: /ai-ok/ train-ai=y
"""


@pytest.mark.parametrize(
    ("path", "access", "train"),
    [("/test", "allow", "n"), ("/never/test", "deny", "n"), ("/ai-ok/test", "allow", "y")],
)
def test_the_longest_path_of_content_usage_counts(path: str, access: str, train: str) -> None:
    found = evaluate(f"https://site.example{path}", robots_text=AIPREF_ROBOTS)
    assert (found.access, found.train) == (access, train)


def test_of_two_preferences_for_one_path_the_stricter_counts() -> None:
    robots = "User-agent: *\nContent-Usage: /docs/ train-ai=y\nContent-Usage: /docs/ train-ai=n\n"
    assert evaluate(URL, robots_text=robots).train == "n"


TDMREP = json.dumps(
    [
        {"location": "/directory-a/", "tdm-reservation": 1, "tdm-policy": "https://site.example/policy.json"},
        {"location": "/directory-b/html/", "tdm-reservation": 1},
        {"location": "/directory-b/images/*.jpg", "tdm-reservation": 1},
        {"location": "/directory-b/", "tdm-reservation": 0},
        {"location": "/*.pdf$", "tdm-reservation": "1"},
        {"location": "/odd", "tdm-reservation": 2},
    ]
)


@pytest.mark.parametrize(
    ("path", "train"),
    [
        ("/directory-a/x", "n"),
        ("/directory-b/html/x", "n"),
        ("/directory-b/images/x.jpg", "n"),
        ("/directory-b/images/x.png", "y"),
        ("/directory-c/x.pdf", "n"),
        ("/directory-c/x.pdf?a=1", "unknown"),
        ("/odd", "unknown"),
    ],
)
def test_the_first_location_that_matches_counts_in_tdmrep(path: str, train: str) -> None:
    assert evaluate(f"https://site.example{path}", tdmrep_json=TDMREP).train == train


@pytest.mark.parametrize("text", ["", "{}", "[1, null]", "<html>", '[{"location": "/"}]', '[{"tdm-reservation": 1}]'])
def test_a_broken_tdmrep_file_says_nothing(text: str) -> None:
    assert evaluate(URL, tdmrep_json=text).train == "unknown"


def test_tdmrep_goes_from_file_to_header_to_page_and_silence_never_resets() -> None:
    everything = json.dumps([{"location": "/*", "tdm-reservation": 1}])
    lifted = [("TDM-Reservation", "0")]
    assert evaluate(URL, tdmrep_json=everything, headers=[("Date", "x")], html="<p>").train == "n"
    assert evaluate(URL, tdmrep_json=everything, headers=lifted).train == "y"
    html = '<meta name="tdm-reservation" content="1">'
    assert evaluate(URL, tdmrep_json=everything, headers=lifted, html=html).train == "n"
    assert (
        evaluate(URL, headers=[("tdm-reservation", "1")], html='<meta name="tdm-reservation" content="0">').train == "y"
    )


def test_between_mechanisms_the_most_restrictive_wins() -> None:
    found = evaluate(
        URL, robots_text="User-agent: *\nContent-Signal: ai-train=yes\n", headers=[("X-Robots-Tag", "noai")]
    )
    assert (found.train, found.decisive) == ("n", ("x_robots_tag",))
    assert [preference.mechanism for preference in found.preferences] == ["content_signal", "x_robots_tag"]


@pytest.mark.parametrize(
    ("signal", "value"),
    [
        ("search=yes, ai-input=yes, ai-train=no", "n"),
        ("search=yes,ai-train=yes", "y"),
        ("search=yes", "unknown"),
        ("search=yes, use=reference", "n"),
        ("use=full", "unknown"),
    ],
)
def test_a_content_signal_that_is_absent_neither_grants_nor_restricts(signal: str, value: str) -> None:
    assert content_signal(signal) == value
    assert evaluate(URL, robots_text=f"User-Agent: *\nContent-signal: {signal}\nAllow: /\n").train == value


@pytest.mark.parametrize("agent", ["GPTBot", "CCBot", "Google-Extended", "Bytespider"])
def test_turning_away_a_training_crawler_reserves_training(agent: str) -> None:
    found = evaluate(URL, robots_text=f"User-agent: *\nAllow: /\n\nUser-agent: {agent}\nDisallow: /\n")
    assert (found.access, found.train, found.decisive) == ("allow", "n", ("robots_agents",))
    assert found.preferences[0].where == "robots.txt:5"


def test_a_policy_can_ask_for_several_training_crawlers() -> None:
    robots = "User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /docs/\n"
    assert evaluate(URL, robots_text=robots, agents_needed=2).train == "n"
    assert evaluate(URL, robots_text=robots, agents_needed=3).train == "unknown"
    assert evaluate("https://site.example/", robots_text=robots).train == "unknown"


def test_other_crawlers_are_none_of_our_business() -> None:
    assert evaluate(URL, robots_text="User-agent: AhrefsBot\nDisallow: /\n").train == "unknown"


def test_an_unlisted_crawler_could_not_have_been_named() -> None:
    assert len(training_agents(datetime(2024, 4, 1, tzinfo=UTC).date())) == 11
    assert evaluate(URL, datetime(2024, 4, 1, tzinfo=UTC), robots_text="").unlisted == len(training_agents()) - 11


def test_a_host_whose_robots_txt_cannot_be_had_is_not_crawled() -> None:
    assert evaluate(URL, robots_unreachable=True).access == "deny"
    assert evaluate(URL).access == "allow"


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


NAMESPACE = 'xmlns="https://rslstandard.org/rsl"'


@pytest.mark.parametrize(
    ("terms", "value"),
    [
        ('<content url="/"><license><prohibits type="usage">ai-train</prohibits></license></content>', "n"),
        ('<content url="/"><license><permits type="usage">search</permits></license></content>', "n"),
        ('<content url="/"><license><permits type="usage">ai-all</permits></license></content>', "unknown"),
        (
            '<content url="/"><license><permits>ai-train</permits><prohibits>all</prohibits></license></content>',
            "n",
        ),
        (
            '<content url="/"><license><permits type="usage">all</permits><payment type="subscription"/></license>'
            "</content>",
            "n",
        ),
        ('<content url="/other/"><license><prohibits type="usage">all</prohibits></license></content>', None),
        (
            '<content url="/"><license><prohibits type="usage">all</prohibits></license></content>'
            '<content url="/docs/"><license><permits type="usage">all</permits></license></content>',
            "unknown",
        ),
    ],
)
def test_rsl_restricts_and_never_grants(terms: str, value: str | None) -> None:
    found = rsl(f"<rsl {NAMESPACE}>{terms}</rsl>", URL, "license.xml")
    assert (found.value if found else None) == value


def test_an_rsl_document_with_entities_is_not_read() -> None:
    bomb = f'<!DOCTYPE x [<!ENTITY a "b">]><rsl {NAMESPACE}><content url="/"/></rsl>'
    assert rsl(bomb, URL, "license.xml") is None


def test_rsl_is_read_where_it_is_embedded() -> None:
    terms = '<content url="/"><license><prohibits type="usage">ai-train</prohibits></license></content>'
    html = f'<head><script type="application/rsl+xml"><rsl {NAMESPACE}>{terms}</rsl></script></head>'
    assert evaluate(URL, html=html).train == "n"


@pytest.mark.parametrize(
    ("text", "train"),
    [
        ("User-Agent: *\nDisallow: *.html\n", "n"),
        ("User-Agent: *\nDisallow: /\n", "n"),
        ("User-Agent: *\nDisallow: *.jpg\nAllow: *.txt\n", "unknown"),
        ("# Our policy\n\nWe like robots. Disallow: /\n", "unknown"),
        ("<html>User-Agent: *</html>", "unknown"),
    ],
)
def test_ai_txt_speaks_by_media_type(text: str, train: str) -> None:
    assert evaluate(URL, ai_txt_text=text).train == train


def test_what_was_found_becomes_evidence_with_its_words_and_line() -> None:
    found = evaluate(URL, robots_text="User-agent: *\nDisallow:\nContent-Usage: train-ai=n\n")
    assert [(row["kind"], row["value"], row["where"], row["subject"]) for row in found.evidence()] == [
        ("content_usage", "train-ai=n", "robots.txt:3", "reservation")
    ]
