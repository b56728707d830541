"""What may be crawled, how politely and how far: the `crawl` section of a config, field for field."""

import hashlib
import re
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, NonNegativeFloat, PositiveFloat, PositiveInt, field_validator, model_validator

from pipeline.crawl import urls
from pipeline.words import did_you_mean

VERSION = "0.1"
GENTLE = 0.2  # seconds; a smaller delay between two requests to a host is for test networks


class Seed(BaseModel, frozen=True, extra="forbid"):
    """A place to begin, and which links found from there belong to it; a bare URL is a seed with the defaults."""

    url: str  # where the crawl begins
    # which links from the seed belong to it: none, those below a path, those of its host, or of its registrable
    # domain
    reach: Literal["page", "prefix", "host", "domain"] = "host"
    # the path below which links belong to the seed, with `reach: prefix`; null: the directory of the seed
    prefix: str | None = None
    hosts: tuple[str, ...] = ()  # further hosts that belong to the seed
    exclude: tuple[str, ...] = ()  # regular expressions; a URL in which one is found is left out
    depth: int | None = Field(default=None, ge=0)  # the most links between the seed and a page
    pages: PositiveInt = 10_000  # the most pages that are kept
    # the most bytes that are received, headers included; the response that passes it is the last
    bytes: PositiveInt = 10_000_000_000
    languages: tuple[str, ...] | None = None  # BCP 47 primary tags of the languages that are kept; null: all
    types: tuple[str, ...] = ("text/html", "application/xhtml+xml", "text/plain")  # media types that are kept
    # whether the sitemaps of robots.txt, or /sitemap.xml, and the feeds that pages link to are read
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
        return url

    @field_validator("languages")
    @classmethod
    def _primary_tags(cls, languages: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for tag in languages or ():
            if not re.fullmatch("[a-z]{2,3}", tag):
                near = re.match("[a-z]{2,3}(?![a-z])", tag.lower())
                raise ValueError(
                    f"{tag!r} is no primary tag of a language, as in zh or yue{did_you_mean([near[0]] if near else [])}"
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

    delay: NonNegativeFloat = 1.0  # the fewest seconds between requests to one host
    # the most seconds between requests, whatever the adaptive delay and the back-off come to
    max_delay: PositiveFloat = 60.0
    latency: NonNegativeFloat = 1.0  # the adaptive delay, in multiples of the time that the host took to answer
    connections: PositiveInt = 1  # connections to one host at a time
    hosts: PositiveInt = 64  # hosts that one task speaks to at a time
    # how often a URL is asked for again, after a 5xx, a 429 or a broken connection
    retries: int = Field(default=2, ge=0)
    failures: PositiveInt = 5  # after so many failures in a row, a host rests until the next round
    patience: PositiveFloat = 300.0  # seconds; a host that asks for a longer pause rests until the next round
    # how long a robots.txt holds before it is asked for again (RFC 9309, 2.4: 24 hours at most)
    robots_seconds: float = Field(default=86_400.0, gt=0, le=86_400.0)


class Limits(BaseModel, frozen=True, extra="forbid"):
    """What a hostile or broken server can cost."""

    seconds: PositiveFloat = 60.0  # for a whole response, however slowly it drips
    header_bytes: PositiveInt = 65_536  # the most bytes of the header of a response
    headers: PositiveInt = 128  # the most fields of the header of a response
    body_bytes: PositiveInt = 20_000_000  # the most bytes of a body, as received
    decoded_bytes: PositiveInt = 50_000_000  # the most bytes of a body, decompressed
    ratio: PositiveInt = 200  # the most decoded bytes to one received: real pages stay under 50, gzip ends at 1,032
    # bytes of a robots.txt that are read (RFC 9309, 2.5: 500 KiB at least)
    robots_bytes: int = Field(default=512_000, ge=512_000)
    redirects: PositiveInt = 5  # the most redirects that are followed, one after the other
    url_length: PositiveInt = 2_000  # the most characters of an address
    links: PositiveInt = 5_000  # the most links taken from one page
    listed: PositiveInt = 50_000  # the most URLs taken from one sitemap or feed: what the sitemap protocol allows
    sitemaps: PositiveInt = 200  # the most sitemaps per origin
    terms: PositiveInt = 20  # the most RSL documents per origin
    pending: PositiveInt = 1_000_000  # the most URLs that wait, per partition
    warc_bytes: PositiveInt = 1_000_000_000  # a WARC file that has reached this is closed
    round_seconds: PositiveFloat = 3_600.0  # after so long, what waits goes to the next round


class Traps(BaseModel, frozen=True, extra="forbid"):
    """When an endless space of URLs is left. A shape is a URL with its digits and its query values blanked out."""

    segments: PositiveInt = 20  # the most segments of a path
    repeats: PositiveInt = 3  # a path with the same segment so often leads nowhere
    parameters: PositiveInt = 12  # the most parameters of a query
    per_shape: PositiveInt = 20_000  # the most addresses that differ in numbers only
    per_query_shape: PositiveInt = 2_000  # the most addresses that differ in the values of their query only
    per_calendar: PositiveInt = 400  # the most addresses that are dates: a month each for 33 years
    sample: PositiveInt = 25  # after so many pages of a query shape it must have shown `distinct` different payloads
    distinct: float = Field(default=0.2, ge=0, le=1)  # the share of different payloads among the `sample` pages


class TestNetwork(BaseModel, frozen=True, extra="forbid"):
    """The only addresses other than public ones that may be connected to, and names that stand for them."""

    __test__ = False

    networks: tuple[IPv4Network | IPv6Network, ...]  # private networks that may be spoken to
    # addresses of hosts: a name or name:port, to addresses or address:port
    hosts: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    authority: Path | None = None  # a PEM file of the authority that signs its certificates, in place of the system's


class Crawl(BaseModel, frozen=True, extra="forbid"):
    """A crawl: the same settings name the same crawl."""

    contact: str  # an e-mail address or a web page, sent with every request
    # the product token by which robots.txt knows the crawler (RFC 9309, 2.2.1)
    agent: str = Field(default="YuliaoBot", pattern=r"^[A-Za-z_-]+$")
    seeds: tuple[Seed, ...] = Field(min_length=1)  # where the crawl begins, and how far it goes from there
    rounds: PositiveInt = 10  # the most rounds; after each, what was left waiting is handed out anew
    partitions: PositiveInt = 16  # the most partitions, each a task of a round; a registrable domain is never split
    # paths that are read once per origin, before its pages
    evidence: tuple[str, ...] = ("/.well-known/tdmrep.json", "/ai.txt")
    politeness: Politeness = Politeness()  # how often and how long hosts are asked
    limits: Limits = Limits()  # what is taken of one response, one page, one origin
    traps: Traps = Traps()  # where a site is taken for endless
    test_network: TestNetwork | None = None  # for trials on private addresses, which a crawl else never asks

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
