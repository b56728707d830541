"""robots.txt as RFC 9309 reads it: longest match, groups of an agent merged, unknown records never splitting a group.

Agrees with Google's parser, its leniences included: common misspellings, a colon left out, lines cut at 16,664 bytes.
Unlike there, a rule and an address need not be escaped alike to match (RFC 9309, 2.2.2).
Records it does not know (`Content-Usage`, `Content-Signal`, `License`, `Crawl-delay`) are kept with their group.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

LONGEST_LINE = 2083 * 8
BOM = b"\xef\xbb\xbf"
BLANK = b" \t\n\v\f\r"
DISALLOW = (b"disallow", b"dissallow", b"dissalow", b"disalow", b"diasllow", b"disallaw")
AI_TRAINING = b"disallowaitraining"  # to Google's parser a Disallow as any key that begins so; and a reservation
USER_AGENT = (b"user-agent", b"useragent", b"user agent")
SITEMAP = (b"sitemap", b"site-map")
PRODUCT = re.compile(rb"[A-Za-z_-]+")
# What means the same whether it is escaped or not: it is compared unescaped. `/?#&=+%` part an address, so that each
# and its escape are two things; `*` and `$`, where they are characters and not wildcards, are compared escaped.
PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!'(),:;@[]")
UNEVEN = re.compile(rb"%[0-9A-Fa-f]{2}|[^\w\-.~!'(),:;@\[\]/?#&=+%*$]", re.ASCII)
PATH_START = re.compile(r"[/?;]")


@dataclass(frozen=True)
class Rule:
    """One Allow or Disallow line; `pattern` is as `pattern_of` returns it."""

    allow: bool
    pattern: str
    line: int


@dataclass(frozen=True)
class OtherRecord:
    """A line that is not an access rule; `key` is lower case."""

    key: str
    value: str
    line: int


@dataclass
class Group:
    """Agents (product tokens in lower case, or `*`) and what is said to them."""

    agents: list[str] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    records: list[OtherRecord] = field(default_factory=list)


@dataclass(frozen=True)
class Access:
    """Whether an agent may fetch a URL, and the rule that says so; null where none matches."""

    allowed: bool
    rule: Rule | None


class Robots:
    """A parsed robots.txt."""

    def __init__(self, body: bytes | str) -> None:
        self.groups: list[Group] = []
        self.sitemaps: list[str] = []
        self.records: list[OtherRecord] = []  # those before the first group, which speak to all
        self._parse(body.encode("utf-8", "surrogateescape") if isinstance(body, str) else body)

    def allowed(self, agent: str, url: str) -> bool:
        """Whether the agent, a product token such as `CCBot`, may fetch the URL."""
        return self.decide(agent, url).allowed

    def decide(self, agent: str, url: str) -> Access:
        """Return the decision and the rule that made it: the longest pattern that matches; Allow wins a tie."""
        path = path_of(url)
        matching = [
            (length, rule.allow, -rule.line, rule)
            for group in self.groups_for(agent)
            for rule in group.rules
            if (length := _matched(rule, path)) > 0
        ]
        if not matching:
            return Access(True, None)
        best = max(matching)[-1]
        return Access(best.allow, best)

    def groups_for(self, agent: str) -> list[Group]:
        """Return the groups that speak to an agent by name, else those for `*`."""
        name = agent.lower()
        named = [group for group in self.groups if name and name in group.agents]
        return named or [group for group in self.groups if "*" in group.agents]

    def names(self, agent: str) -> bool:
        """Whether any group names the agent."""
        return any(agent.lower() in group.agents for group in self.groups)

    def said_to(self, agent: str, key: str) -> list[OtherRecord]:
        """Return the other records of the agent's groups with a key, or those that stand before any group."""
        grouped = [record for group in self.groups_for(agent) for record in group.records if record.key == key]
        return grouped or [record for record in self.records if record.key == key]

    def crawl_delay(self, agent: str) -> float | None:
        """Return the seconds to wait between requests, as asked of the agent, or null."""
        for record in self.said_to(agent, "crawl-delay"):
            try:
                delay = float(record.value)
            except ValueError:
                continue
            if 0 <= delay < float("inf"):
                return delay
        return None

    def _parse(self, body: bytes) -> None:
        group: Group | None = None
        ruled = False  # the current group has had a rule, so that the next User-agent begins another
        for number, key, value in _lines(body):
            lower = key.lower()
            record = OtherRecord(lower.decode("utf-8", "replace"), value.decode("utf-8", "replace"), number)
            if lower.startswith(USER_AGENT):
                if group is None or ruled:
                    group, ruled = Group(), False
                    self.groups.append(group)
                group.agents.append(_agent(value))
            elif lower.startswith((b"allow", *DISALLOW)):
                if group is not None:
                    group.rules.append(Rule(lower.startswith(b"allow"), pattern_of(value), number))
                    ruled = True
                if lower == AI_TRAINING:
                    (self.records if group is None else group.records).append(record)
            elif lower.startswith(SITEMAP):
                self.sitemaps.append(record.value)
            else:
                (self.records if group is None else group.records).append(record)


def _lines(body: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield the number, key and value of every line that has them."""
    for length in (3, 2, 1):  # Google's parser skips a part of a byte order mark as well
        if body.startswith(BOM[:length]):
            body = body[length:]
            break
    for number, line in enumerate(re.split(rb"\r\n|\r|\n", body), start=1):
        line = line[: LONGEST_LINE - 1].split(b"\0")[0].split(b"#")[0].strip(BLANK)
        key, colon, value = line.partition(b":")
        if not colon:
            words = re.split(rb"[ \t]+", line)
            if len(words) != 2:
                continue
            key, value = words
        key, value = key.strip(BLANK), value.strip(BLANK)
        if key:
            yield number, key, value


def _agent(value: bytes) -> str:
    if value[:1] == b"*" and (len(value) == 1 or value[1:2] in (b" ", b"\t", b"\v", b"\f")):
        return "*"
    product = PRODUCT.match(value)
    return product[0].decode("ascii").lower() if product else ""


def _evened(text: bytes) -> str:
    """Return a path or pattern with each character escaped only where it must be, and escapes in capitals."""
    return UNEVEN.sub(_even, text).decode("ascii")


def _even(match: re.Match[bytes]) -> bytes:
    found = match[0]
    if len(found) == 1:
        return b"%%%02X" % found[0]
    octet = int(found[1:], 16)
    return bytes([octet]) if octet in PLAIN else found.upper()


@lru_cache(maxsize=4096)
def pattern_of(written: bytes | str) -> str:
    """Return a pattern as it is matched: `*` and a final `$` are wildcards, any other `$` is escaped."""
    text = _evened(written.encode("utf-8", "surrogatepass") if isinstance(written, str) else written)
    return text[:-1].replace("$", "%24") + text[-1:]


@lru_cache(maxsize=1024)
def path_of(url: str) -> str:
    """Return the path, parameters and query of a URL as they are matched: without the fragment, and without wildcards.

    Dots and slashes are left as they are.
    """
    path = _evened(written_path(url).encode("utf-8", "surrogatepass"))
    return path.replace("*", "%2A").replace("$", "%24")


def written_path(url: str) -> str:
    """Return the path, parameters and query of a URL as they are written."""
    start = 2 if url.startswith("//") else 0
    early = PATH_START.search(url, start)
    scheme = url.find("://", start)
    if scheme >= 0 and (early is None or early.start() > scheme):
        start = scheme + 3
    path = PATH_START.search(url, start)
    fragment = url.find("#")
    if path is None or 0 <= fragment < path.start():
        return "/"
    rest = url[path.start() : fragment if fragment >= 0 else None]
    return rest if rest.startswith("/") else "/" + rest


def _matched(rule: Rule, path: str) -> int:
    """Return the length of the pattern if it matches, else 0."""
    if matches(rule.pattern, path):
        return len(rule.pattern)
    slash = rule.pattern.rfind("/")
    if rule.allow and slash >= 0 and rule.pattern.startswith("/index.htm", slash):
        directory = rule.pattern[: slash + 1] + "$"  # Google reads `Allow: /index.html` as `Allow: /$` too
        return len(directory) if matches(directory, path) else 0
    return 0


def matches(pattern: str, path: str) -> bool:
    """Whether a `pattern_of` matches the beginning of a `path_of`. Takes time linear in both.

    Within a query a slash and a question mark part nothing (RFC 3986, 3.4): there they match their escapes.
    """
    return _matches(pattern, path) or ("?" in pattern and _matches(_query_opened(pattern), _query_opened(path)))


def _query_opened(path: str) -> str:
    before, mark, query = path.partition("?")
    return before + mark + query.replace("%2F", "/").replace("%3F", "?")


def _matches(pattern: str, path: str) -> bool:
    anchored = pattern.endswith("$")
    pieces = pattern.removesuffix("$").split("*") if anchored else pattern.split("*")
    if not path.startswith(pieces[0]):
        return False
    position = len(pieces[0])
    for piece in pieces[1 : -1 if anchored and len(pieces) > 1 else None]:
        position = path.find(piece, position)
        if position < 0:
            return False
        position += len(piece)
    if not anchored:
        return True
    last = pieces[-1] if len(pieces) > 1 else ""
    return position == len(path) if len(pieces) == 1 else len(path) - len(last) >= position and path.endswith(last)


def agents_denied(robots: Robots, agents: Sequence[str], url: str) -> list[tuple[str, Access]]:
    """Return those of the agents that a group names and denies the URL, each with the decision."""
    return [(a, d) for a in agents if robots.names(a) and not (d := robots.decide(a, url)).allowed]
