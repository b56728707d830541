"""Opt-outs of all mechanisms: what they come to together."""

import json
from datetime import UTC, datetime

import pytest

from filters.optouts.decide import evaluate, training_agents

URL = "https://site.example/docs/page"


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


def test_what_was_found_becomes_evidence_with_its_words_and_line() -> None:
    found = evaluate(URL, robots_text="User-agent: *\nDisallow:\nContent-Usage: train-ai=n\n")
    assert [(row["kind"], row["value"], row["where"], row["subject"]) for row in found.evidence()] == [
        ("content_usage", "train-ai=n", "robots.txt:3", "reservation")
    ]
