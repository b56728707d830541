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

    url: str = Field(description="The http or https address where the crawl begins.")
    reach: Literal["page", "prefix", "host", "domain"] = Field(
        "host",
        description="Which links belong to the seed: those of its page, path prefix, host or registrable domain.",
    )
    prefix: str | None = Field(
        None, description="Path prefix, with `reach: prefix`. Default: the directory of the seed's URL."
    )
    hosts: tuple[str, ...] = Field((), description="Further hosts that belong to the seed.")
    exclude: tuple[str, ...] = Field(
        (), description="Regular expressions; a URL in which one of them matches is left out."
    )
    depth: int | None = Field(
        default=None, ge=0, description="Maximum number of links away from the seed. Default: no limit."
    )
    pages: PositiveInt = Field(10_000, description="Maximum number of pages to keep.")
    bytes: PositiveInt = Field(
        10_000_000_000,
        description="Maximum number of bytes to receive, headers included; the response that exceeds it is the last.",
    )
    languages: tuple[str, ...] | None = Field(
        None,
        description="BCP 47 primary tags. A page in another language is not kept, but its links are followed.",
    )
    types: tuple[str, ...] = Field(
        ("text/html", "application/xhtml+xml", "text/plain"), description="Media types of pages to keep."
    )
    sitemaps: bool = Field(
        True, description="Read the sitemaps that robots.txt names, or /sitemap.xml, and feeds that pages link to."
    )

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

    delay: NonNegativeFloat = Field(1.0, description="Minimum seconds between two requests to one host.")
    max_delay: PositiveFloat = Field(
        60.0, description="Upper limit of the adaptive delay and the back-off, in seconds."
    )
    latency: NonNegativeFloat = Field(
        1.0, description="The adaptive delay is this many times the seconds that the host took to answer."
    )
    connections: PositiveInt = Field(1, description="Connections to one host at a time.")
    hosts: PositiveInt = Field(64, description="Requests under way at a time in one task, over all hosts.")
    retries: int = Field(
        default=2, ge=0, description="Further attempts at a URL after a 5xx, a 429 or a broken connection."
    )
    failures: PositiveInt = Field(5, description="Failures in a row after which a host rests until the next round.")
    patience: PositiveFloat = Field(
        300.0, description="A host that asks for a longer pause, in seconds, rests until the next round."
    )
    robots_seconds: float = Field(
        default=86_400.0,
        gt=0,
        le=86_400.0,
        description="Age in seconds at which a robots.txt is read again: at most 24 hours (RFC 9309, 2.4).",
    )


class Limits(BaseModel, frozen=True, extra="forbid"):
    """What a hostile or broken server can cost."""

    seconds: PositiveFloat = Field(60.0, description="Seconds for a whole response, however slowly it arrives.")
    header_bytes: PositiveInt = Field(65_536, description="Bytes of a response's headers.")
    headers: PositiveInt = Field(128, description="Number of header lines of a response.")
    body_bytes: PositiveInt = Field(20_000_000, description="Bytes of a response's body, as received.")
    decoded_bytes: PositiveInt = Field(50_000_000, description="Bytes of a body after decompression.")
    # Real pages stay under 50; gzip ends at 1,032.
    ratio: PositiveInt = Field(200, description="Decompressed bytes per received byte.")
    robots_bytes: int = Field(
        default=512_000,
        ge=512_000,
        description="Bytes of a robots.txt that are read: at least 500 KiB (RFC 9309, 2.5).",
    )
    redirects: PositiveInt = Field(5, description="Redirects in a row that are followed.")
    url_length: PositiveInt = Field(2_000, description="Characters of a URL; a link to a longer one is not followed.")
    links: PositiveInt = Field(5_000, description="Links taken from one page.")
    # What the sitemap protocol allows.
    listed: PositiveInt = Field(50_000, description="URLs taken from one sitemap or feed.")
    sitemaps: PositiveInt = Field(200, description="Sitemaps and feeds read per origin.")
    terms: PositiveInt = Field(20, description="RSL documents read per origin.")
    pending: PositiveInt = Field(1_000_000, description="URLs that may wait in one partition.")
    warc_bytes: PositiveInt = Field(1_000_000_000, description="Size at which a WARC file is closed and another begun.")
    round_seconds: PositiveFloat = Field(
        3_600.0, description="Duration of a round; links that still wait then are handed to the next round."
    )


class Traps(BaseModel, frozen=True, extra="forbid"):
    """When an endless space of URLs is left. A shape is a URL with its digits and its query values blanked out."""

    segments: PositiveInt = Field(20, description="Maximum number of path segments.")
    repeats: PositiveInt = Field(3, description="A path in which one segment occurs this many times is not followed.")
    parameters: PositiveInt = Field(12, description="Maximum number of query parameters.")
    per_shape: PositiveInt = Field(20_000, description="Maximum number of URLs of one shape without a query.")
    per_query_shape: PositiveInt = Field(2_000, description="Maximum number of URLs of one shape with a query.")
    # A month each: 33 years.
    per_calendar: PositiveInt = Field(400, description="Maximum number of URLs of one shape with a date in it.")
    sample: PositiveInt = Field(
        25, description="Pages of a query shape after which the share of different payloads is checked."
    )
    distinct: float = Field(
        default=0.2, ge=0, le=1, description="Minimum share of different payloads among the pages of a query shape."
    )


class TestNetwork(BaseModel, frozen=True, extra="forbid"):
    """The only addresses other than public ones that may be connected to, and names that stand for them."""

    __test__ = False

    networks: tuple[IPv4Network | IPv6Network, ...] = Field(description="Networks in CIDR notation.")
    hosts: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="Addresses (or address:port) by host name (or name:port)."
    )
    authority: Path | None = Field(
        None, description="PEM file of the certificate authority to trust instead of the system's."
    )


class Crawl(BaseModel, frozen=True, extra="forbid"):
    """A crawl: the same settings name the same crawl."""

    contact: str = Field(description="E-mail address or web page of the operator, sent with every request.")
    agent: str = Field(
        default="YuliaoBot",
        pattern=r"^[A-Za-z_-]+$",
        description="Product token of the User-Agent header, and the name looked for in robots.txt (RFC 9309, 2.2.1).",
    )
    seeds: tuple[Seed, ...] = Field(min_length=1, description="Where to begin, and how far each seed reaches.")
    rounds: PositiveInt = Field(10, description="Maximum number of rounds; links between partitions wait for the next.")
    partitions: PositiveInt = Field(
        16, description="Maximum number of tasks per round; a registrable domain is never split."
    )
    evidence: tuple[str, ...] = Field(
        ("/.well-known/tdmrep.json", "/ai.txt"),
        description="Paths of files about rights, read once per origin, before its pages.",
    )
    politeness: Politeness = Field(Politeness(), description="How a host is spared.")
    limits: Limits = Field(Limits(), description="What a hostile or broken server can cost.")
    traps: Traps = Field(Traps(), description="When an endless space of URLs is left.")
    test_network: TestNetwork | None = Field(
        None, description="The only addresses other than public ones that may be connected to."
    )

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
