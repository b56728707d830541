"""What may be crawled, how politely and how far: the `crawl` section of a config, field for field."""

import hashlib
import re
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, NonNegativeFloat, PositiveFloat, PositiveInt, field_validator, model_validator

from pipeline.crawl import urls

VERSION = "0.1"
GENTLE = 0.2  # seconds; a smaller delay between two requests to a host is for test networks


class Seed(BaseModel, frozen=True, extra="forbid"):
    """A place to begin, and which links found from there belong to it; a bare URL is a seed with the defaults."""

    url: str
    reach: Literal["page", "prefix", "host", "domain"] = "host"
    prefix: str | None = None  # of the path, with reach: prefix; left out, it is the directory of the seed
    hosts: tuple[str, ...] = ()  # further hosts that belong to the seed
    exclude: tuple[str, ...] = ()  # regular expressions; a URL in which one is found is left out
    depth: int | None = Field(default=None, ge=0)  # links away from the seed
    pages: PositiveInt = 10_000
    bytes: PositiveInt = 10_000_000_000  # received, headers included; the response that passes it is the last
    languages: tuple[str, ...] | None = None  # BCP 47 primary tags; a page in another is not kept
    types: tuple[str, ...] = ("text/html", "application/xhtml+xml", "text/plain")
    sitemaps: bool = True  # those of robots.txt, or /sitemap.xml, and the feeds that pages link to

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

    delay: NonNegativeFloat = 1.0  # seconds between requests to one host, at least
    max_delay: PositiveFloat = 60.0  # where the adaptive delay and the back-off end
    latency: NonNegativeFloat = 1.0  # times the seconds the host took to answer: the adaptive delay
    connections: PositiveInt = 1  # to one host at a time
    hosts: PositiveInt = 64  # spoken to at a time by one task
    retries: int = Field(default=2, ge=0)  # of a URL, after a 5xx, a 429 or a broken connection
    failures: PositiveInt = 5  # in a row, and the host rests until the next round
    patience: PositiveFloat = 300.0  # seconds; a host that asks for a longer pause rests until the next round
    robots_seconds: float = Field(default=86_400.0, gt=0, le=86_400.0)  # RFC 9309, 2.4: 24 hours at most


class Limits(BaseModel, frozen=True, extra="forbid"):
    """What a hostile or broken server can cost."""

    seconds: PositiveFloat = 60.0  # for a whole response, however slowly it drips
    header_bytes: PositiveInt = 65_536
    headers: PositiveInt = 128
    body_bytes: PositiveInt = 20_000_000  # as received
    decoded_bytes: PositiveInt = 50_000_000
    ratio: PositiveInt = 200  # decoded bytes to one received: real pages stay under 50, gzip ends at 1,032
    robots_bytes: int = Field(default=512_000, ge=512_000)  # RFC 9309, 2.5: 500 KiB at least
    redirects: PositiveInt = 5
    url_length: PositiveInt = 2_000
    links: PositiveInt = 5_000  # taken from one page
    listed: PositiveInt = 50_000  # URLs taken from one sitemap or feed: what the sitemap protocol allows
    sitemaps: PositiveInt = 200  # per origin
    terms: PositiveInt = 20  # RSL documents per origin
    pending: PositiveInt = 1_000_000  # URLs that wait, per partition
    warc_bytes: PositiveInt = 1_000_000_000  # a WARC file that has reached this is closed
    round_seconds: PositiveFloat = 3_600.0  # then what waits goes to the next round


class Traps(BaseModel, frozen=True, extra="forbid"):
    """When an endless space of URLs is left. A shape is a URL with its digits and its query values blanked out."""

    segments: PositiveInt = 20  # of a path
    repeats: PositiveInt = 3  # of one path segment
    parameters: PositiveInt = 12  # of a query
    per_shape: PositiveInt = 20_000
    per_query_shape: PositiveInt = 2_000
    per_calendar: PositiveInt = 400  # a month each: 33 years
    sample: PositiveInt = 25  # pages of a query shape, after which it must have shown at least …
    distinct: float = Field(default=0.2, ge=0, le=1)  # … this share of different payloads


class TestNetwork(BaseModel, frozen=True, extra="forbid"):
    """The only addresses other than public ones that may be connected to, and names that stand for them."""

    __test__ = False

    networks: tuple[IPv4Network | IPv6Network, ...]
    hosts: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # name or name:port, to addresses or address:port
    authority: Path | None = None  # PEM of the authority that signs its certificates, in place of the system's


class Crawl(BaseModel, frozen=True, extra="forbid"):
    """A crawl: the same settings name the same crawl."""

    contact: str  # an e-mail address or a web page, sent with every request
    agent: str = Field(default="YuliaoBot", pattern=r"^[A-Za-z_-]+$")  # RFC 9309, 2.2.1: the product token
    seeds: tuple[Seed, ...] = Field(min_length=1)
    rounds: PositiveInt = 10
    partitions: PositiveInt = 16  # at most; a registrable domain is never split
    evidence: tuple[str, ...] = ("/.well-known/tdmrep.json", "/ai.txt")  # read once per origin, before its pages
    politeness: Politeness = Politeness()
    limits: Limits = Limits()
    traps: Traps = Traps()
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
