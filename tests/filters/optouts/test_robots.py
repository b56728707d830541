"""robots.txt: who may fetch what, and what else is said to whom."""

import base64
import gzip
import json
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.optouts.files import robots_preferences, tdmrep
from filters.optouts.robots import Robots, matches, path_of, pattern_of


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
def test_real_files_are_read_as_googles_parser_reads_them_but_for_rules_that_it_leaves_unescaped(data: Path) -> None:
    stricter, count = set(), 0
    for row in rows(data / "robots" / "real_robots.jsonl.gz"):
        robots = Robots(base64.b64decode(row["body_b64"]))
        for agent, url, allowed in row["decisions"]:
            count += 1
            decision = robots.decide(agent, url)
            if decision.allowed != allowed:
                assert allowed, f"{url}: Google's parser denies it to {agent}"
                assert decision.rule is not None
                assert re.search("%20|%5C|%[0-9A-F][A-F]", decision.rule.pattern), decision.rule
                stricter.add((row["host"], url))
    assert count == 90_790
    assert len(stricter) == 13  # `Disallow: /sitecore modules/`: to Google's parser it denies nothing


# What RFC 9309 (2.2.2) has, and RFC 3986 for what it leaves open. Each: how a rule and how an address may spell it.
PLAIN_CHARACTERS = string.ascii_letters + string.digits + "-._~!'(),:;@[]"
PARTING = "/?#&=+%"  # each and its escape are two things
ESCAPED = ' "<>\\^`{|}\t\x7féßñ私有ツ한글ไทยعربי🙂'


def escape(character: str, lower: bool = False) -> str:
    escaped = "".join(f"%{octet:02X}" for octet in character.encode())
    return escaped.lower() if lower else escaped


def spellings(character: str) -> list[str]:
    return [character, escape(character), escape(character, lower=True)]


def denied(rule: str | bytes, path: str) -> bool:
    line = rule if isinstance(rule, bytes) else rule.encode()
    return not Robots(b"User-agent: *\nDisallow: /a/" + line + b"/\n").allowed("bot", f"https://h/a/{path}/x")


@pytest.mark.parametrize("character", [*PLAIN_CHARACTERS, *ESCAPED.replace("\t", "")])
def test_a_rule_matches_whichever_of_both_sides_is_escaped(character: str) -> None:
    for written in spellings(character):
        for asked in spellings(character):
            assert denied(f"b{written}c", f"b{asked}c"), (written, asked)
            assert not denied(f"b{written}c", "bc"), written


@pytest.mark.parametrize("character", PARTING)
def test_what_parts_an_address_is_not_its_escape(character: str) -> None:
    assert denied(f"b{escape(character)}c", f"b{escape(character, lower=True)}c")
    assert not denied(f"b{escape(character)}c", f"b{character}c")
    if character != "#":  # begins a comment, and a fragment
        assert denied(f"b{character}c", f"b{character}c") or character == "%"
        assert not denied(f"b{character}c", f"b{escape(character)}c") or character == "%"


@pytest.mark.parametrize("character", "*$")
def test_an_escaped_wildcard_is_a_character(character: str) -> None:
    for asked in spellings(character):
        assert denied(f"b{escape(character)}c", f"b{asked}c")
        assert denied(f"b{escape(character, lower=True)}c", f"b{asked}c")
    assert not denied(f"b{escape(character)}c", "bxc")
    assert denied("b*c", "bxc")
    assert denied("b$c", "b$c")
    assert denied("b$c", "b%24c"), "in the middle it is no wildcard"
    end = Robots("User-agent: *\nDisallow: /a%24\nDisallow: /b$\n")
    assert [end.allowed("bot", f"https://h/{path}") for path in ("a$", "a$c", "a", "b", "bc")] == [
        *(False, False, True, False, True)
    ]


def test_a_rule_in_another_charset_matches_the_address_in_that_charset() -> None:
    assert denied("é".encode("latin-1"), "%E9")
    assert denied("私".encode("gb18030"), "".join(f"%{octet:02x}" for octet in "私".encode("gb18030")))


def test_in_a_query_a_slash_is_its_escape_as_the_rfc_s_table_has_it() -> None:
    open_, closed = "/foo/bar?baz=https://foo.bar", "/foo/bar?baz=https%3A%2F%2Ffoo.bar"
    for rule in (open_, closed):
        robots = Robots(f"User-agent: *\nDisallow: {rule}\n")
        assert [robots.allowed("bot", f"https://h{path}") for path in (open_, closed, "/foo/bar?baz=quz")] == [
            *(False, False, True)
        ]
    assert not denied("b/c", "b%2Fc")


@given(st.text(max_size=8), st.randoms(use_true_random=False))
def test_any_spelling_of_any_text_is_the_same_path(text: str, random: Any) -> None:
    text = text.translate({ord(character): "x" for character in PARTING + "*$\r\n\0\ud800"})
    text = text.encode("utf-8", "replace").decode()
    spelt = ["".join(random.choice(spellings(character)) for character in text) for _ in range(2)]
    assert path_of(f"https://h/{spelt[0]}") == path_of(f"https://h/{spelt[1]}")
    assert matches(pattern_of(f"/{spelt[0]}$"), path_of(f"https://h/{spelt[1]}"))
    assert pattern_of(pattern_of(f"/{spelt[0]}")) == pattern_of(f"/{spelt[0]}")


def test_an_allow_rule_is_read_as_a_disallow_rule_is() -> None:
    robots = Robots("User-agent: *\nDisallow: /\nAllow: /%7Ejoe/my files/\n")
    assert robots.allowed("bot", "https://h/~joe/my%20files/1")
    assert not robots.allowed("bot", "https://h/~joe/1")


def test_other_files_spell_paths_in_any_way_too() -> None:
    said = json.dumps([{"location": "/%7Ejoe/my files/*", "tdm-reservation": 1}])
    found = tdmrep(said, "https://h/~joe/my%20files/1")
    assert found is not None
    assert found.value == "n"
    robots = Robots("User-agent: *\nContent-Usage: /%7ejoe/ train-ai=n\nDisallowAITraining: /my files/\n")
    for url in ("https://h/~joe/1", "https://h/my%20files/1"):
        assert [each.value for each in robots_preferences(robots, "bot", url, (), 1)] == ["n"]


def test_robots_txt_files_on_which_another_parser_was_wrong(cases: Path) -> None:
    lines = (cases / "22-robots" / "expected.txt").read_text().splitlines()[1:]
    expected = [re.match(r"(\S+) · (\S+) · (\S+) → (\w+)$", line) for line in lines]
    wrong = [
        line[0]
        for line in expected
        if line is not None
        and line[4] != "None"
        and str(Robots((cases / "22-robots" / line[1]).read_bytes()).allowed(line[2], line[3])) != line[4]
    ]
    assert len(expected) == 31
    assert wrong == []
