"""Opt-outs in a host's files and fields: what each mechanism says."""

import json

import pytest

from filters.optouts.decide import evaluate
from filters.optouts.fields import Token, dictionary
from filters.optouts.files import aipref, content_signal, rsl, rsl_standard

URL = "https://site.example/docs/page"


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
        {"location": "/true", "tdm-reservation": True},
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
        ("/true", "unknown"),
    ],
)
def test_the_first_location_that_matches_counts_in_tdmrep(path: str, train: str) -> None:
    assert evaluate(f"https://site.example{path}", tdmrep_json=TDMREP).train == train


@pytest.mark.parametrize("text", ["", "{}", "[1, null]", "<html>", '[{"location": "/"}]', '[{"tdm-reservation": 1}]'])
def test_a_broken_tdmrep_file_says_nothing(text: str) -> None:
    assert evaluate(URL, tdmrep_json=text).train == "unknown"


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
        ('<content url="https://b.example/"><license><prohibits>all</prohibits></license></content>', None),
        ('<content url="https://site.example/docs/"><license><prohibits>all</prohibits></license></content>', "n"),
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


BY = "https://creativecommons.org/licenses/by/4.0/"
STANDARD = "<license><permits>all</permits><standard>{}</standard></license>"


@pytest.mark.parametrize(
    ("licenses", "standard"),
    [
        ([STANDARD.format(BY)], BY),
        ([STANDARD.format(BY), STANDARD.format(f" {BY} ")], BY),
        ([STANDARD.format(BY), STANDARD.format(BY.replace("by", "by-sa"))], None),  # which of them is not said
        ([STANDARD.format(BY), "<license><permits>all</permits></license>"], None),  # one may be had otherwise
        ([STANDARD.format(BY).replace("permits", "prohibits")], None),
        ([], None),
    ],
)
def test_the_standard_of_terms_is_the_one_that_all_of_them_name_and_permit(
    licenses: list[str], standard: str | None
) -> None:
    terms = f'<rsl {NAMESPACE}><content url="/">{"".join(licenses)}</content></rsl>'
    assert rsl_standard(terms, URL) == standard


def test_an_rsl_document_with_entities_is_not_read() -> None:
    bomb = f'<!DOCTYPE x [<!ENTITY a "b">]><rsl {NAMESPACE}><content url="/"/></rsl>'
    assert rsl(bomb, URL, "license.xml") is None


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
    found = evaluate(URL, ai_txt_text=text)
    assert found.train == train
    lines = [line for line in text.splitlines() if line.startswith("Disallow")]
    assert [item["value"] for item in found.evidence()] == (lines if train == "n" else [])


@pytest.mark.parametrize(("path", "train"), [("/docs/page", "n"), ("/other", "unknown")])
def test_disallow_ai_training_reserves_what_is_below_its_path(path: str, train: str) -> None:
    found = evaluate(f"https://site.example{path}", robots_text="User-agent: *\nDisallowAITraining: /docs/\n")
    assert found.train == train
    assert [preference.mechanism for preference in found.preferences] == ["disallow_ai_training"] * (train == "n")
