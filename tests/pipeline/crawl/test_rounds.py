"""Rounds: the plan is pure, links find their partition, budgets are never overdrawn."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.crawl import urls
from pipeline.crawl.budgets import Budget
from pipeline.crawl.changes import Changes, Reserved, changes
from pipeline.crawl.links import Known, Link
from pipeline.crawl.outcomes import Outcome, Recorded, UrlResult
from pipeline.crawl.partition import number_of
from pipeline.crawl.rounds import crawl, first_frontier, partitions
from pipeline.crawl.warc import Original
from pipeline.errors import ConfigError
from tests.pipeline.crawl.simulation import Simulated, settings
from tests.pipeline.crawl.web import page, respond, robots

NAMES = st.sampled_from([f"{a}.{b}.test" for a in ("www", "m") for b in "abcdefgh"])


@given(st.lists(st.tuples(NAMES, st.integers(0, 2)), min_size=1), st.integers(1, 5))
def test_a_plan_keeps_domains_together_and_within_the_budget(names: list[tuple[str, int]], count: int) -> None:
    setup = settings([{"url": f"http://{n}.test/", "pages": 10} for n in "abc"], partitions=count)
    links = [Link(f"http://{name}/{number}", seed=seed) for number, (name, seed) in enumerate(names)]
    plan = partitions(setup, links, "n", {0: Budget(4, 100)})
    assert partitions(setup, reversed(links), "n", {0: Budget(4, 100)}) == plan
    assert sorted(link.url for each in plan for link in each.links) == sorted(link.url for link in links)
    for each in plan:
        assert {number_of(link.url, count) for link in each.links} == {each.number}
    domains = [{urls.registrable_domain(urls.host(link.url)) for link in each.links} for each in plan]
    assert len(set().union(*domains)) == sum(map(len, domains))
    for seed, pages in ((0, 6), (1, 10)):
        shares = [each.budgets[seed].pages for each in plan if seed in each.budgets]
        assert not shares or pages <= sum(shares) < pages + len(shares)


WEB = {
    f"http://{here}.test{path}": answer
    for here, there in zip("abcd", "bcda", strict=True)
    for path, answer in {
        "/robots.txt": robots(""),
        "/": page(f"<a href=http://{there}.test/deep>next</a>"),
        "/deep": page(f"<a href=http://{there}.test/>home</a><a href=http://{there}.test/deep>deep</a>"),
    }.items()
}


def test_links_between_partitions_are_followed_in_later_rounds_and_never_twice(tmp_path: Path) -> None:
    web = Simulated(WEB)
    setup = settings([{"url": f"http://{name}.test/", "sitemaps": False} for name in "abcd"], partitions=3)
    report = crawl(setup, tmp_path, run=web.rounds())
    assert report.pages == {"fetched": 8}
    assert Counter(url for _, url in web.asked).most_common(1)[0][1] == 1  # robots.txt is handed on as well
    assert crawl(setup, tmp_path, run=web.rounds()) == report


def test_a_host_that_never_answers_does_not_keep_the_rounds_going(tmp_path: Path) -> None:
    web = Simulated({**WEB, "http://a.test/robots.txt": "timeout"})
    setup = settings([{"url": f"http://{name}.test/", "sitemaps": False} for name in "abcd"], partitions=3)
    report = crawl(setup, tmp_path, run=web.rounds())
    assert report.left.waiting == 2
    assert report.rounds < 10
    web.pages = WEB
    again = crawl(setup, tmp_path, run=web.rounds(), refresh=True)
    assert again.left.waiting == 0
    assert again.changes is not None
    assert again.changes["added"] == 3  # the last one is linked from there only


def test_an_rsl_document_of_another_partition_is_fetched_there_and_costs_no_page_of_a_budget(tmp_path: Path) -> None:
    terms = [f"http://{name}.test/rsl.xml" for name in "abcdef"]
    head = "".join(f'<link rel=license type="application/rsl+xml" href={each}>' for each in terms)
    links = "".join(f"<a href=/{number}>{number}</a>" for number in range(9))
    site = {f"http://a.test/{number}": page(f"{number}") for number in range(9)}
    web = Simulated({**site, "http://a.test/": page(head + links)} | dict.fromkeys(terms, respond("<rsl/>")))
    seed = {"url": "http://a.test/", "pages": 5, "sitemaps": False}
    report = crawl(settings([seed], partitions=5), tmp_path, run=web.rounds())
    asked = [url for _, url in web.asked]
    assert [asked.count(each) for each in terms] == [1] * len(terms)
    assert all(f"http://{name}.test/robots.txt" in asked for name in "abcdef")
    assert report.pages == {"fetched": 5}


def test_a_budget_is_not_overdrawn_over_rounds_and_partitions(tmp_path: Path) -> None:
    web = Simulated(
        {
            f"http://{name}.test/{number}": page(
                "".join(f"<a href=http://{other}.test/{number + 1}>x</a>" for other in "abcd")
            )
            for name in "abcd"
            for number in range(30)
        }
    )
    seed = {"url": "http://a.test/0", "hosts": ["b.test", "c.test", "d.test"], "pages": 21, "sitemaps": False}
    report = crawl(settings([seed], partitions=4), tmp_path, run=web.rounds())
    assert 21 <= report.pages["fetched"] <= 24  # the last share is rounded up, once per partition


def test_a_crawl_is_not_continued_with_other_settings(tmp_path: Path) -> None:
    web = Simulated(WEB)
    crawl(settings(["http://a.test/"]), tmp_path, run=web.rounds())
    with pytest.raises(ConfigError, match="other settings"):
        crawl(settings(["http://b.test/"]), tmp_path, run=web.rounds())


def test_a_page_that_failed_once_is_asked_for_again_although_nothing_new_links_to_it(tmp_path: Path) -> None:
    site = {"http://a.test/": page("<a href=/x>x</a>", etag='"1"'), "http://a.test/x": respond("", "500 Oops")}
    web = Simulated(site)
    setup = settings(["http://a.test/"])
    crawl(setup, tmp_path, run=web.rounds())
    web.pages = {"http://a.test/": b"HTTP/1.1 304 Not Modified\r\n\r\n", "http://a.test/x": page("x")}
    report = crawl(setup, tmp_path, run=web.rounds(), refresh=True)
    assert report.changes == {
        "added": 1, "changed": 0, "gone": 0, "denied": 0, "unsettled": 0, "reserved": 0, "unchanged": 1,
    }  # fmt: skip
    assert json.loads((tmp_path / "0001" / "changes.json").read_text())["added"] == ["http://a.test/x"]


def had(url: str, outcome: Outcome, digest: str = "d", signals: tuple[str, ...] = ()) -> UrlResult:
    """A page of which there is a record."""
    original = Original("<urn:uuid:1>", "2026-01-01T00:00:00Z", "sha256:A")
    recorded = Recorded("2026-01-01T00:00:00Z", "text/html", digest, '"e"', None, original.id, "f", 0, 9, original)
    return UrlResult(url, "page", seed=7, depth=3, outcome=outcome, language="fr", recorded=recorded, signals=signals)


def test_what_could_not_be_asked_is_neither_gone_nor_changed() -> None:
    urls = ("/failed", "/left_out", "/gone", "/moved", "/shut", "/same", "/other", "/error")
    outcomes: dict[str, Outcome] = {
        "/failed": "failed",
        "/error": "error",
        "/gone": "missing",
        "/moved": "redirect",
        "/shut": "denied",
        "/same": "unchanged",
    }
    after = [had(url, outcome) for url, outcome in outcomes.items()]
    after += [had("/other", "fetched", "e", ("x_robots_tag: noai",)), had("/new", "fetched"), had("/never", "missing")]
    assert changes([had(url, "fetched") for url in urls], after) == Changes(
        added=("/new",),
        changed=("/other",),
        gone=("/gone", "/moved"),
        denied=("/shut",),
        unsettled=("/error", "/failed", "/left_out"),
        reserved=(Reserved("/other", ("x_robots_tag: noai",)),),
        unchanged=1,
    )


def test_the_first_frontier_is_the_seeds_and_what_is_known() -> None:
    setup = settings(["http://a.test/", "http://b.test/"])
    page = had("http://a.test/x", "fetched", signals=("rsl",))
    frontier = first_frontier(
        setup, [page, had("http://elsewhere.test/", "fetched"), had("http://a.test/y", "missing")]
    )
    original = Original("<urn:uuid:1>", "2026-01-01T00:00:00Z", "sha256:A")
    known = Known("d", '"e"', original=original, type="text/html", language="fr", signals=("rsl",))
    assert [(link.url, link.seed, link.depth, link.known) for link in frontier] == [
        ("http://a.test/", 0, 0, None),
        ("http://b.test/", 1, 0, None),
        ("http://a.test/x", 0, 3, known),
    ]
