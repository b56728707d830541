"""Every link is handed out once, in its turn, and no host is ever hurried."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.crawl import urls
from pipeline.crawl.budgets import Budget
from pipeline.crawl.frontier import Answered, Frontier
from pipeline.crawl.links import Link
from pipeline.crawl.robots import Rules
from shards.release.commitments import address_of
from shards.release.proofs import key_of
from tests.pipeline.crawl import simulation

START = simulation.START


def frontier(hosts: int, **more: object) -> Frontier:
    seeds = [{"url": f"http://h{number}.test/", "sitemaps": False} for number in range(hosts)]
    crawl = simulation.settings(list(seeds), **{"politeness": {"delay": 1.0, "retries": 0}, **more})
    return Frontier(crawl, START + 100_000, dict.fromkeys(range(hosts), Budget(1000, 10**9)))


def learn(links: Frontier, link: Link, now: float) -> None:
    links.learn(link.origin, Rules(link.url, 404, now, None), now)


@settings(deadline=None)
@given(
    pages=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), max_size=60),
    seconds=st.lists(st.floats(0.01, 20), min_size=1, max_size=10),
    failing=st.sets(st.integers(0, 30), max_size=5),
)
def test_a_host_is_asked_one_thing_at_a_time_with_rests_and_everything_once(
    pages: list[tuple[int, int]], seconds: list[float], failing: set[int]
) -> None:
    links = frontier(4)
    for seed, number in pages:
        links.add(Link(f"http://h{seed}.test/{number}", seed=seed), START)
    flying: list[tuple[float, Link]] = []
    asked: list[tuple[float, Link]] = []
    ended: dict[str, float] = {}
    now = START
    while True:
        while link := links.take(now):
            host = urls.host(link.url)
            assert host not in [urls.host(other.url) for _, other in flying]
            assert now >= ended.get(host, 0.0) + 1.0
            asked.append((now, link))
            flying.append((now + seconds[len(asked) % len(seconds)], link))
        moments = [when for when, _ in flying] + ([wakes] if (wakes := links.wakes(now)) is not None else [])
        if not moments:
            break
        now = max(now, min(moments))
        for each in [each for each in flying if each[0] <= now]:
            flying.remove(each)
            link = each[1]
            name = link.url.rpartition("/")[2]
            failed = name.isdigit() and int(name) in failing
            links.done(link, Answered(seconds=0.01, stored=not failed, failed=failed), now)
            ended[urls.host(link.url)] = now
            if link.kind == "robots":
                learn(links, link, now)
    assert links.finished(now)
    handed = [link.url for _, link in asked if link.kind == "page"]
    wanted = {f"http://h{host}.test/{page}" for host, page in pages}
    left = {left.link.url for left in links.left() if left.why == "rest"}
    assert sorted(handed) == sorted(set(handed))
    assert set(handed) | left == wanted
    assert not set(handed) & left


def test_robots_come_before_pages_and_pages_in_the_order_they_were_found() -> None:
    links = frontier(1)
    for page in (3, 1, 2):
        links.add(Link(f"http://h0.test/{page}"), START)
    asked = []
    now = START
    while (moment := links.wakes(now)) is not None:
        now = max(now, moment)
        link = links.take(now)
        assert link is not None
        asked.append(link.url)
        links.done(link, Answered(0.01, stored=True), now)
        if link.kind == "robots":
            learn(links, link, now)
    assert [url.removeprefix("http://h0.test") for url in asked] == ["/robots.txt", "/3", "/1", "/2"]


def test_a_host_that_asks_for_a_long_pause_rests_and_its_neighbours_do_not() -> None:
    links = frontier(2)
    for host in range(2):
        for page in range(3):
            links.add(Link(f"http://h{host}.test/{page}", seed=host), START)
    now, asked = START, []
    while (moment := links.wakes(now)) is not None:
        now = max(now, moment)
        link = links.take(now)
        assert link is not None
        asked.append(link.url)
        busy = link.url == "http://h0.test/0"
        links.done(link, Answered(0.01, stored=True, busy=busy, retry_after=3_600.0 if busy else None), now)
        if link.kind == "robots":
            learn(links, link, now)
    assert [url for url in asked if "h1" in url] == [f"http://h1.test/{page}" for page in ("robots.txt", 0, 1, 2)]
    assert {left.link.url for left in links.left() if left.why == "rest"} == {"http://h0.test/1", "http://h0.test/2"}
    assert links.hosts["h0.test"].ready_at >= START + 3_600


def test_a_page_that_was_not_stored_gives_its_budget_back() -> None:
    crawl = simulation.settings(["http://h0.test/"])
    links = Frontier(crawl, START + 1_000, {0: Budget(2, 10**9)})
    for page in range(6):
        links.add(Link(f"http://h0.test/{page}"), START)
    now, stored = START, []
    while (moment := links.wakes(now)) is not None:
        now = max(now, moment)
        link = links.take(now)
        if link is None:
            break
        good = link.url.endswith(("1", "4", "5"))
        links.done(link, Answered(0.01, stored=good), now)
        if link.kind == "robots":
            learn(links, link, now)
        elif good:
            stored.append(link.url[-1])
    assert stored == ["1", "4"]
    assert [(left.link.url[-1], left.why) for left in links.left()] == [("5", "budget")]


def test_what_was_taken_down_is_never_asked_for() -> None:
    crawl = simulation.settings([{"url": "http://h0.test/", "sitemaps": False}])
    gone = frozenset({key_of(address_of("http://h0.test/gone"))})
    links = Frontier(crawl, START + 1_000, {0: Budget(9, 10**9)}, suppressed=gone)
    assert not links.add(Link("http://h0.test/gone", seed=0), START)
    assert links.add(Link("http://h0.test/there", seed=0), START)
    assert links.refused == {"suppressed": 1}
