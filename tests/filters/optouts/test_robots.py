"""robots.txt: who may fetch what, and what else is said to whom."""

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.optouts.robots import Robots, matches, path_of


def rows(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def test_the_longest_match_wins_and_allow_wins_ties() -> None:
    robots = Robots("User-agent: *\nDisallow: /x\nAllow: /x/y\nDisallow: /z\nAllow: /z\n")
    assert not robots.allowed("bot", "https://h/x/1")
    assert robots.allowed("bot", "https://h/x/y")
    assert robots.allowed("bot", "https://h/z")


def test_an_unknown_record_does_not_split_a_group() -> None:
    robots = Robots("User-agent: AlphaBot\nLicense: https://h/l.xml\nUser-agent: BetaBot\nDisallow: /\n")
    assert not robots.allowed("AlphaBot", "https://h/a")
    assert not robots.allowed("BetaBot", "https://h/a")
    assert robots.allowed("GammaBot", "https://h/a")


def test_groups_of_one_agent_are_merged() -> None:
    robots = Robots("user-agent: A\ndisallow: /1\n\nuser-agent: B\ndisallow: /2\n\nuser-agent: a\ndisallow: /3\n")
    assert [robots.allowed("A", f"https://h/{n}") for n in (1, 2, 3)] == [False, True, False]


def test_an_agent_with_a_group_of_its_own_does_not_read_the_general_one() -> None:
    robots = Robots("User-agent: *\nDisallow: /\n\nUser-agent: CorpusBot\nDisallow:\n")
    assert robots.allowed("corpusbot", "https://h/a")
    assert not robots.allowed("other", "https://h/a")


def test_a_reservation_of_training_is_said_to_the_group_it_stands_in_or_to_all_before_any() -> None:
    grouped = Robots("User-agent: bot\nDisallowAITraining: /a\n\nUser-agent: *\nDisallow: /b\n")
    assert [record.value for record in grouped.said_to("bot", "disallowaitraining")] == ["/a"]
    assert grouped.said_to("other", "disallowaitraining") == []
    before = Robots("DisallowAITraining: /a\nUser-agent: *\nDisallow: /b\n")
    assert [record.value for record in before.said_to("other", "disallowaitraining")] == ["/a"]
    assert before.allowed("other", "https://h/a"), "a rule before any group is for nobody"


@pytest.mark.parametrize(
    "body", ["\ufeffUser-agent: *\r\nDisallow: /\r\n", "User-agent: *\rDisallow: /", "user-agent *\ndisallow /"]
)
def test_byte_order_marks_line_ends_and_missing_colons_do_not_matter(body: str) -> None:
    assert not Robots(body).allowed("bot", "https://h/a")


def test_an_html_page_served_as_robots_txt_forbids_nothing() -> None:
    assert Robots("<!DOCTYPE html><html><body>User-agent soup</body></html>").allowed("bot", "https://h/")


def test_patterns_in_any_script_match_the_encoded_path() -> None:
    robots = Robots("User-agent: *\nDisallow: /私有\n")
    assert not robots.allowed("bot", "https://h/%E7%A7%81%E6%9C%89/1")


def test_the_decision_names_its_line() -> None:
    decision = Robots("# hello\nUser-agent: *\n\nDisallow: /a*b$\n").decide("bot", "https://h/a/b")
    assert decision.rule is not None
    assert (decision.allowed, decision.rule.line, decision.rule.pattern) == (False, 4, "/a*b$")


def test_other_records_are_kept_with_their_group() -> None:
    robots = Robots(
        "License: https://h/all.xml\nUser-agent: *\nContent-Usage: train-ai=n\nCrawl-delay: 2.5\nDisallow: /x\n"
        "User-agent: FastBot\nCrawl-delay: never\nAllow: /\nSitemap: https://h/s.xml\n"
    )
    assert [(record.value, record.line) for record in robots.said_to("bot", "content-usage")] == [("train-ai=n", 3)]
    assert [record.value for record in robots.said_to("bot", "license")] == ["https://h/all.xml"]
    assert (robots.crawl_delay("bot"), robots.crawl_delay("FastBot")) == (2.5, None)
    assert robots.sitemaps == ["https://h/s.xml"]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://h", "/"),
        ("https://h?q=a#b", "/?q=a"),
        ("https://h/a;b?c#d", "/a;b?c"),
        ("//h/a", "/a"),
        ("https://h#/a", "/"),
        ("https://h/a?u=http://x/y", "/a?u=http://x/y"),
    ],
)
def test_what_is_matched_is_path_parameters_and_query(url: str, path: str) -> None:
    assert path_of(url) == path


@given(st.text("ab/*", max_size=12), st.booleans(), st.text("ab/", max_size=12))
def test_patterns_match_as_the_rfc_describes(pattern: str, anchored: bool, path: str) -> None:
    def reference(pattern: str, path: str) -> bool:
        if not pattern:
            return not anchored or not path
        if pattern[0] == "*":
            return any(reference(pattern[1:], path[start:]) for start in range(len(path) + 1))
        return bool(path) and path[0] == pattern[0] and reference(pattern[1:], path[1:])

    while "**" in pattern:
        pattern = pattern.replace("**", "*")
    assert matches(pattern + "$" * anchored, path) == reference(pattern, path)


def test_a_hostile_pattern_takes_no_longer_than_any_other() -> None:
    assert not matches("/" + "a*" * 5_000 + "b", "/" + "a" * 10_000)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_parser(body: bytes) -> None:
    Robots(body).allowed("bot", "https://h/a")


def test_googles_specification_cases(data: Path) -> None:
    wrong = [
        row["id"]
        for row in rows(data / "robots" / "google_spec_cases.jsonl.gz")
        if Robots(row["robots_txt"]).allowed(row["user_agent"], row["url"]) != row["allowed"]
    ]
    assert wrong == []


@pytest.mark.slow
def test_real_files_are_read_as_googles_parser_reads_them(data: Path) -> None:
    wrong = []
    for row in rows(data / "robots" / "real_robots.jsonl.gz"):
        robots = Robots(base64.b64decode(row["body_b64"]))
        wrong += [(row["host"], agent, url) for agent, url, ok in row["decisions"] if robots.allowed(agent, url) != ok]
    assert wrong == []
