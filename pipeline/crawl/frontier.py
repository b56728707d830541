"""The URLs of one partition: which is asked for next and when, which never, which is known. Nothing here waits.

A host is asked for its robots.txt first, then for what speaks about its rights, then for its sitemaps, then for pages
in the order in which they were found. Time is an argument, so that a crawl can be replayed from its journal.
"""

import heapq
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from pipeline.crawl import politeness, urls
from pipeline.crawl.budgets import Budget
from pipeline.crawl.links import RANKS, Left, Link, Why
from pipeline.crawl.politeness import Manners
from pipeline.crawl.robots import Rules
from pipeline.crawl.scope import Scope
from pipeline.crawl.settings import Crawl
from pipeline.crawl.traps import Shapes
from shards.release.commitments import address_of
from shards.release.proofs import key_of


@dataclass(frozen=True, slots=True)
class Answered:
    """How an attempt ended, as far as the order of things depends on it."""

    seconds: float  # that the host took
    bytes: int = 0
    stored: bool = False  # counts as a page of its seed
    retry: bool = False  # 5xx, 429, a broken connection: worth another attempt
    busy: bool = False
    failed: bool = False  # no usable answer at all
    retry_after: float | None = None


@dataclass
class Host:
    """The queue of a host name, and its manners."""

    name: str
    ready_at: float = 0.0
    manners: Manners = field(default_factory=Manners)
    queues: tuple[deque[Link], ...] = field(default_factory=lambda: tuple(deque() for _ in RANKS))
    flying: list[Link] = field(default_factory=list)
    resting: bool = False  # until the next round
    enlisted: float | None = None  # the time under which it stands in the heap

    def rank(self) -> int | None:
        """Return the rank of what comes next; nothing overtakes what is still under way before it."""
        first = next((rank for rank, queue in enumerate(self.queues) if queue), None)
        below = any(RANKS.index(link.kind) < (first or 0) for link in self.flying)
        return None if below else first


class Frontier:
    """What one task has to do in one round."""

    def __init__(
        self,
        crawl: Crawl,
        deadline: float,
        budgets: Mapping[int, Budget],
        seen: Iterable[str] = (),
        suppressed: frozenset[bytes] = frozenset(),
    ) -> None:
        self._crawl = crawl
        self._deadline = deadline
        self._scope = Scope(crawl.seeds)
        self._shapes = Shapes(crawl.traps)
        self._pages = {seed: budget.pages for seed, budget in budgets.items()}
        self._bytes = {seed: budget.bytes for seed, budget in budgets.items()}
        self._seen = set(seen)
        self._suppressed = suppressed  # keys of addresses that were taken down
        self._replayed: set[tuple[str, int]] = set()
        self._heap: list[tuple[float, str]] = []
        self._listed: Counter[str] = Counter()  # by origin: sitemaps and feeds
        self._terms: Counter[str] = Counter()  # by origin: RSL documents
        self._parked: dict[int, deque[Link]] = {}  # by seed, for want of budget
        self._unanswered: list[Link] = []  # of origins whose robots.txt could not be had
        self._waiting = 0
        self.hosts: dict[str, Host] = {}
        self.rules: dict[str, Rules] = {}
        self.refused: Counter[str] = Counter()  # links not taken, by reason
        self.denied: list[tuple[Link, str]] = []  # links taken back unasked, to be written down by the caller who takes

    # ---- what is known of origins

    def learn(self, origin: str, rules: Rules, now: float) -> None:
        """Take note of an origin's robots.txt, and of what is to be read there before its pages."""
        first = origin not in self.rules
        self.rules[origin] = rules
        self._host(urls.host(origin + "/")).manners.crawl_delay = rules.crawl_delay(self._crawl.agent)
        if not first or rules.unreachable:
            return
        seeds = self._scope.seeds_at(urls.host(origin + "/"))
        for path in self._crawl.evidence if seeds else ():
            self._push(Link(origin + path, "evidence", origin=origin), now)
        if any(self._crawl.seeds[seed].sitemaps for seed in seeds):
            for url in rules.robots.sitemaps or (origin + "/sitemap.xml",):
                self.add_list(url, origin + "/", now)

    def remember(self, host: str, ready_at: float, rules: Mapping[str, Rules], now: float) -> None:
        """Take over what an earlier round knew of a host; one that is still to be left alone rests once more."""
        self.rules |= rules
        known = self._host(host)
        known.ready_at = ready_at
        known.resting = ready_at > now + self._crawl.politeness.patience
        known.manners.crawl_delay = max((each.crawl_delay(self._crawl.agent) for each in rules.values()), default=0.0)

    # ---- links

    def add(self, link: Link, now: float) -> bool:
        """Queue a page unless it is known, out of scope or in a trap; its seed and depth are settled by then."""
        if link.kind == "robots":  # where a robots.txt was redirected to
            self._push(link, now)
            return True
        key = _key(link)
        if key in self._seen:
            return False
        if self._suppressed and link.kind == "page" and key_of(address_of(link.url)) in self._suppressed:
            self.refused["suppressed"] += 1
            return False
        if self._waiting >= self._crawl.limits.pending:
            self.refused["pending"] += 1
            return False
        if link.kind == "page" and link.known is None and link.depth:
            reason = self._shapes.trap(link.url)
            if reason:
                self.refused[f"trap.{reason}"] += 1
                return False
        self._seen.add(key)
        origin = urls.origin(link.url)
        robots = Link(origin + "/robots.txt", "robots", origin=origin)
        if origin not in self.rules and _key(robots) not in self._seen:
            self._seen.add(_key(robots))
            self._push(robots, now)
        self._push(link, now)
        return True

    def add_list(self, reference: str, base: str, now: float, hops: int = 0) -> bool:
        """Queue a sitemap or a feed on a host of a seed; what it names is a page within the seed's reach or nothing."""
        url = urls.canonical(reference, base, self._crawl.limits.url_length)
        seeds = self._scope.seeds_at(urls.host(url)) if url else []
        seed = next((each for each in seeds if self._crawl.seeds[each].sitemaps), None)
        if url is None or seed is None or self._listed[urls.origin(url)] >= self._crawl.limits.sitemaps:
            return False
        self._listed[urls.origin(url)] += 1
        return self.add(Link(url, "list", seed=seed, depth=1, hops=hops), now)

    def terms(self, reference: str, origin: str, seed: int) -> Link | None:
        """Return the link to an RSL document that an origin or a page of it names, unless it has named too many."""
        url = urls.canonical(reference, origin + "/", self._crawl.limits.url_length)
        link = Link(url, "evidence", seed=seed, origin=origin) if url else None
        if link is None or self.knows(link) or self._terms[origin] >= self._crawl.limits.terms:
            return None
        self._terms[origin] += 1
        return link

    def place(self, reference: str, base: str, seed: int | None, depth: int) -> Link | None:
        """Return the page that a reference leads to, assigned to its seed, or None where it is out of scope."""
        url = urls.canonical(reference, base, self._crawl.limits.url_length)
        place = self._scope.assign(url, seed, depth) if url else None
        if url is None or place is None:
            self.refused["scope" if url else "not_a_url"] += 1
            return None
        return Link(url, seed=place[0], depth=place[1])

    def knows(self, link: Link) -> bool:
        """Return whether the link was met before."""
        return _key(link) in self._seen

    # ---- the order of things

    def take(self, now: float) -> Link | None:
        """Return the next link that may be asked for at this moment, if there is one; it counts as under way."""
        while now <= self._deadline and self._heap and self._heap[0][0] <= now:
            moment, name = heapq.heappop(self._heap)
            host = self.hosts[name]
            if host.enlisted != moment:
                continue
            host.enlisted = None
            link = self._next_of(host, now)
            if link is not None:
                host.flying.append(link)
                host.ready_at = now + politeness.between(self._crawl.politeness, host.manners)
                if link.kind == "page":
                    self._pages[link.seed] = self._pages.get(link.seed, 0) - 1
                self._enlist(host)
                return link
        return None

    def done(self, link: Link, answered: Answered, now: float) -> Link | None:
        """Take note of how an attempt ended. Return the next attempt where there is to be one; it is queued already."""
        host = self._host(host_of(link))
        if link in host.flying:
            host.flying.remove(link)
            if link.kind == "page" and not answered.stored:
                self._pages[link.seed] = self._pages.get(link.seed, 0) + 1
                self._unpark(link.seed, now)
        else:  # replayed
            self._replay(host, link)
            if link.kind == "page" and answered.stored:
                self._pages[link.seed] = self._pages.get(link.seed, 0) - 1
        if link.kind in ("page", "list"):
            self._bytes[link.seed] = self._bytes.get(link.seed, 0) - answered.bytes
        host.manners.failures = host.manners.failures + 1 if answered.failed else 0
        host.manners.busy = answered.busy
        rest = politeness.after(self._crawl.politeness, host.manners, answered.seconds, answered.retry_after)
        host.ready_at = max(host.ready_at, now + rest)
        host.resting |= (
            host.manners.failures >= self._crawl.politeness.failures or rest > self._crawl.politeness.patience
        )
        again = None
        if answered.retry and link.attempt < self._crawl.politeness.retries:
            again = replace(link, attempt=link.attempt + 1)
            self._push(again, now, front=True)
        self._enlist(host)
        return again

    def fetched(self, url: str, payload: str) -> None:
        """Note the payload of a page, by which traps show."""
        self._shapes.fetched(url, payload)

    def settle(self, link: Link) -> None:
        """Replay that a link was taken back unasked."""
        self._replayed.add((_key(link), link.attempt))

    def wakes(self, now: float) -> float | None:
        """Return when the next host may be asked, or None when there is nothing left to wait for."""
        while self._heap and self.hosts[self._heap[0][1]].enlisted != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap and now <= self._deadline else None

    def finished(self, now: float) -> bool:
        """Return whether nothing is under way and nothing more will be asked for."""
        return self.wakes(now) is None and not any(host.flying for host in self.hosts.values())

    def left(self) -> list[Left]:
        """Return the links that were not asked for and why: the host rests, the budget is spent, or time ran out."""
        waiting = [Left(link, "budget") for parked in self._parked.values() for link in parked]
        waiting += [Left(link, "rest") for link in self._unanswered]
        for host in self.hosts.values():
            why: Why = "rest" if host.resting else "time"
            waiting += [Left(link, why) for queue in (*host.queues[1:], host.flying) for link in queue]
        left = [each for each in waiting if each.link.kind != "robots" and not self._settled(each.link)]
        return sorted(left, key=lambda each: (RANKS.index(each.link.kind), each.link.depth, each.link.url))

    def in_budget(self, link: Link) -> bool:
        """Return whether the link's seed may still have a page."""
        return self._pages.get(link.seed, 0) > 0 and self._bytes.get(link.seed, 0) > 0

    # ---- inside

    def _host(self, name: str) -> Host:
        return self.hosts.setdefault(name, Host(name))

    def _push(self, link: Link, now: float, *, front: bool = False) -> None:
        host = self._host(host_of(link))
        queue = host.queues[RANKS.index(link.kind)]
        queue.appendleft(link) if front else queue.append(link)
        self._waiting += 1
        host.ready_at = host.ready_at or now
        self._enlist(host)

    def _unpark(self, seed: int, now: float) -> None:
        if self._parked.get(seed):
            self._waiting -= 1
            self._push(self._parked[seed].popleft(), now, front=True)

    def _enlist(self, host: Host) -> None:
        free = len(host.flying) < self._crawl.politeness.connections and not host.resting
        if free and host.ready_at <= self._deadline and host.rank() is not None and host.enlisted != host.ready_at:
            host.enlisted = host.ready_at
            heapq.heappush(self._heap, (host.ready_at, host.name))

    def _next_of(self, host: Host, now: float) -> Link | None:
        if host.resting or len(host.flying) >= self._crawl.politeness.connections:
            return None
        while (rank := host.rank()) is not None:
            link = host.queues[rank][0]
            robots = self._needs_robots(link, now)
            if robots:
                return robots
            host.queues[rank].popleft()
            if link.kind == "page" and not self.in_budget(link):
                self._parked.setdefault(link.seed, deque()).append(link)
                continue
            self._waiting -= 1
            if not self._settled(link) and (link.kind == "robots" or self._may(link)):
                return link
        return None

    def _may(self, link: Link) -> bool:
        rules = self.rules[urls.origin(link.url)]
        if rules.unreachable in ("address", "location"):
            self.denied.append((link, rules.unreachable))
            return False
        if rules.unreachable:
            self._unanswered.append(link)  # what nobody could answer for today may be asked for another day
            return False
        if not rules.allowed(self._crawl.agent, link.url):
            self.denied.append((link, "robots"))
            return False
        if link.kind == "page" and link.known is None and self._shapes.barren(link.url):
            self.denied.append((link, "trap.same_payload"))
            return False
        return True

    def _needs_robots(self, link: Link, now: float) -> Link | None:
        if link.kind == "robots":
            return None
        origin = urls.origin(link.url)
        rules = self.rules.get(origin)
        if rules is not None and now - rules.fetched_at < self._crawl.politeness.robots_seconds:
            return None
        return Link(origin + "/robots.txt", "robots", origin=origin)

    def _replay(self, host: Host, link: Link) -> None:
        """Take a link that was asked for out of its queue: at once, or when its turn comes, where the queue is long.

        A robots.txt may be asked for many times, on its way through redirects and once more after a day.
        """
        if link.kind != "robots":
            self._replayed.add((_key(link), link.attempt))
        elif link in host.queues[RANKS.index("robots")]:
            host.queues[RANKS.index("robots")].remove(link)
            self._waiting -= 1

    def _settled(self, link: Link) -> bool:
        return (_key(link), link.attempt) in self._replayed


def host_of(link: Link) -> str:
    """Return the host in whose turn a link is asked for; a robots.txt that was redirected is asked for in its own's."""
    return urls.host(link.origin + "/" if link.kind == "robots" else link.url)


def _key(link: Link) -> str:
    return link.url if link.kind == "page" else f"{link.kind} {link.url} {link.origin}"
