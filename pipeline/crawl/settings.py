"""What may be crawled, how politely and how far: the `crawl` section of a config, field for field."""

import hashlib
import re
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, NonNegativeFloat, PositiveFloat, PositiveInt, field_validator, model_validator

from pipeline.crawl import urls
from pipeline.words import did_you_mean
from shards.secrets import redacted

VERSION = "0.1"
GENTLE = 0.2  # seconds; a smaller delay between two requests to a host is for test networks


class Seed(BaseModel, frozen=True, extra="forbid"):
    """A place to begin, and which links found from there belong to it; a bare URL is a seed with the defaults."""

    url: str  # the address where the crawl starts
    # which links belong to the seed: `page` none, `prefix` those below a path, `host` those of its host, `domain`
    # those of its registrable domain
    reach: Literal["page", "prefix", "host", "domain"] = "host"
    # the path below which links belong to the seed, with `reach: prefix`; null: the directory of the seed
    prefix: str | None = None
    hosts: tuple[str, ...] = ()  # further hosts whose links belong to the seed
    exclude: tuple[str, ...] = ()  # regular expressions; a URL that contains a match is skipped
    # the most links between the seed and a page, larger goes deeper; null: any number
    depth: int | None = Field(default=None, ge=0)
    pages: PositiveInt = 10_000  # pages to keep; links found after that many are not fetched
    # bytes to receive, headers included; the response that exceeds them is the last
    bytes: PositiveInt = 10_000_000_000
    languages: tuple[str, ...] | None = None  # BCP 47 primary tags of the languages to keep; null: all
    types: tuple[str, ...] = ("text/html", "application/xhtml+xml", "text/plain")  # media types to keep
    # whether to read the sitemaps of robots.txt (or /sitemap.xml) and the feeds that pages link to
    sitemaps: bool = True

    @model_validator(mode="before")
    @classmethod
    def _from_url(cls, value: object) -> object:
        return {"url": value} if isinstance(value, str) else value

    @field_validator("url")
    @classmethod
    def _a_web_address(cls, value: str) -> str:
        url = urls.canonical(value)
        if url is None:
            raise ValueError(f"{value!r} is not an http or https URL that can be crawled")
        if redacted(url) != url:
            raise ValueError(f"{url!r} has a secret, which would be published with the addresses of its pages")
        return url

    @field_validator("languages")
    @classmethod
    def _primary_tags(cls, languages: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for tag in languages or ():
            if not re.fullmatch("[a-z]{2,3}", tag):
                near = re.match("[a-z]{2,3}(?![a-z])", tag.lower())
                raise ValueError(
                    f"{tag!r} is not a primary language tag, as in zh or yue{did_you_mean([near[0]] if near else [])}"
                )
        return languages

    @field_validator("exclude")
    @classmethod
    def _patterns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in value:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error
        return value

    @model_validator(mode="after")
    def _prefix_is_used(self) -> "Seed":
        if self.prefix is not None and (self.reach != "prefix" or not self.prefix.startswith("/")):
            raise ValueError(f"prefix {self.prefix!r}: begins with / and needs reach: prefix")
        return self


class Politeness(BaseModel, frozen=True, extra="forbid"):
    """How a host is spared. A Crawl-delay or a Retry-After that asks for more gets more."""

    delay: NonNegativeFloat = 1.0  # the fewest seconds between requests to one host; larger is gentler and slower
    # the most seconds between requests to a host; adaptive delay and back-off never wait longer
    max_delay: PositiveFloat = 60.0
    latency: NonNegativeFloat = 1.0  # the adaptive delay, as a multiple of the host's response time; larger is gentler
    connections: PositiveInt = 1  # concurrent connections to one host; more are faster and less polite
    hosts: PositiveInt = 64  # hosts that one task crawls concurrently; more are faster
    retries: int = Field(default=2, ge=0)  # how often a URL is retried after a 5xx, a 429 or a broken connection
    failures: PositiveInt = 5  # after this many failures in a row, the host is left alone until the next round
    patience: PositiveFloat = 300.0  # seconds; a host that asks for a longer pause is left alone until the next round
    # seconds after which a robots.txt is fetched again (RFC 9309, 2.4: at most 24 hours)
    robots_seconds: float = Field(default=86_400.0, gt=0, le=86_400.0)


class Limits(BaseModel, frozen=True, extra="forbid"):
    """What a hostile or broken server can cost."""

    seconds: PositiveFloat = 60.0  # seconds for a whole response; a slower one is cut off and retried
    header_bytes: PositiveInt = 65_536  # bytes of a response's header; a longer header fails the request
    headers: PositiveInt = 128  # fields of a response's header; more of them fail the request
    body_bytes: PositiveInt = 20_000_000  # bytes of a body as received; a longer one is truncated and not read
    # bytes of a body after decompression; a longer one is not read
    decoded_bytes: PositiveInt = 50_000_000
    # decoded bytes per received byte; more is a bomb, which is not read. Real pages stay under 50, gzip ends at 1,032
    ratio: PositiveInt = 200
    # bytes of a robots.txt that are read; rules after them are ignored (RFC 9309, 2.5: 500 KiB at least)
    robots_bytes: int = Field(default=512_000, ge=512_000)
    redirects: PositiveInt = 5  # the most redirects that are followed, one after the other
    url_length: PositiveInt = 2_000  # characters of an address; a longer one is not fetched
    links: PositiveInt = 5_000  # links taken from one page; those after them are ignored
    # URLs taken from one sitemap or feed; those after them are ignored. The sitemap protocol allows as many
    listed: PositiveInt = 50_000
    sitemaps: PositiveInt = 200  # sitemaps fetched per origin; more are ignored
    terms: PositiveInt = 20  # RSL documents fetched per origin; more are ignored
    # URLs that wait per partition; more are dropped and counted. A larger value needs more memory
    pending: PositiveInt = 1_000_000
    # bytes after which a WARC file is closed; smaller files are more tasks later
    warc_bytes: PositiveInt = 1_000_000_000
    round_seconds: PositiveFloat = 3_600.0  # seconds per round; links that wait after them go to the next round


class Traps(BaseModel, frozen=True, extra="forbid"):
    """When an endless space of URLs is left. A shape is a URL with its digits and its query values blanked out."""

    segments: PositiveInt = 20  # the most path segments of a URL; one with more is skipped
    repeats: PositiveInt = 3  # a path that repeats a segment this often, or more, is skipped
    parameters: PositiveInt = 12  # the most query parameters of a URL; one with more is skipped
    per_shape: PositiveInt = 20_000  # URLs that differ in numbers only; more of them are skipped
    per_query_shape: PositiveInt = 2_000  # URLs that differ in query values only; more of them are skipped
    # URLs of a host that are dates; more of them are skipped; 400 are a month each for 33 years
    per_calendar: PositiveInt = 400
    sample: PositiveInt = 25  # pages of one query shape after which the share `distinct` is checked
    # the smallest share of different payloads among the `sample` pages; below it, the shape is skipped
    distinct: float = Field(default=0.2, ge=0, le=1)


class TestNetwork(BaseModel, frozen=True, extra="forbid"):
    """The only addresses other than public ones that may be connected to, and names that stand for them."""

    __test__ = False

    networks: tuple[IPv4Network | IPv6Network, ...]  # private networks that may be connected to
    # addresses of hosts: a name or name:port, to addresses or address:port
    hosts: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    # a PEM file with the certificate authority of the test network, instead of the system's
    authority: Path | None = None


class Crawl(BaseModel, frozen=True, extra="forbid"):
    """A crawl: the same settings name the same crawl."""

    contact: str  # an e-mail address or web page for site owners; part of the user agent of every request
    # the product token that robots.txt rules are matched against (RFC 9309, 2.2.1)
    agent: str = Field(default="YuliaoBot", pattern=r"^[A-Za-z_-]+$")
    seeds: tuple[Seed, ...] = Field(min_length=1)  # where the crawl starts, and how far it follows links
    # the most rounds; between rounds, links are handed over to the partition of their domain. More rounds go
    # deeper across sites
    rounds: PositiveInt = 10
    # the most partitions, each a task of a round; more run in parallel. A registrable domain is never split
    partitions: PositiveInt = 16
    # paths that are fetched once per origin, before its pages: files that reserve or license use
    evidence: tuple[str, ...] = ("/.well-known/tdmrep.json", "/ai.txt")
    politeness: Politeness = Politeness()  # how often a host is asked, and how long it is left alone after failures
    limits: Limits = Limits()  # the most that one response, page or origin may cost
    traps: Traps = Traps()  # when a site is considered endless
    # private addresses that a test crawl may connect to; a crawl otherwise connects to public ones only
    test_network: TestNetwork | None = None

    @field_validator("contact")
    @classmethod
    def _can_be_reached(cls, value: str) -> str:
        if not re.fullmatch(r"[^\s@<>()]+@[^\s@<>()]+\.[^\s@<>()]+|https?://[^\s<>()]+\.[^\s<>()]+", value):
            raise ValueError(
                f"{value!r} is neither an e-mail address nor the http(s) address of a page about the crawler"
            )
        return value

    @model_validator(mode="after")
    def _polite(self) -> "Crawl":
        if self.politeness.delay < GENTLE and self.test_network is None:
            raise ValueError(
                f"politeness.delay {self.politeness.delay:g}: at least {GENTLE:g} outside of a test network"
            )
        return self

    @property
    def user_agent(self) -> str:
        """What every request says about who sends it."""
        return f"{self.agent}/{VERSION} (+{self.contact})"

    @property
    def digest(self) -> str:
        """Eight hex digits that name these settings."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:8]
