"""What an origin's robots.txt lets the crawler do, for how long, and what has to be kept of it as evidence."""

import base64
import hashlib
from dataclasses import dataclass
from functools import cached_property

from filters.optouts.decide import ai_agents
from filters.optouts.robots import Robots
from pipeline.crawl.rows import Row

# Records of robots.txt that reserve or license use and do not govern access.
_RESERVING = ("content-usage", "content-signal", "license", "disallowaitraining")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a robots.txt, by its number, counted from one."""

    line: int
    text: str

    def to_json(self) -> Row:
        """Return the line as a metadata record has it."""
        return {"line": self.line, "text": self.text}


@dataclass(frozen=True, slots=True)
class Asked:
    """What was answered where a file about rights may be."""

    url: str
    status: int | None  # null where nothing was answered
    fetched_at: int
    digest: str | None = None  # of the file, as `sha256:` and hex
    record: str | None = None

    def note(self) -> Row:
        """Return the answer as a metadata record has it."""
        return {
            "url": self.url,
            "status": self.status,
            "fetched_at": self.fetched_at,
            "digest": self.digest,
            "record": self.record,
        }


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a robots.txt decided about a URL, and what it reserves: enough to judge the decision again."""

    file: Asked
    allowed: bool
    line: int | None  # that decided
    denied_agents: tuple[str, ...]  # agents of models that are named, and may not fetch the URL
    reserving: tuple[Line, ...]

    def to_json(self) -> Row:
        """Return the ruling as a metadata record has it."""
        return {
            **self.file.note(),
            "allowed": self.allowed,
            "line": self.line,
            "denied_agents": self.denied_agents,
            "reserving": [line.to_json() for line in self.reserving],
        }


@dataclass(frozen=True)
class Rules:
    """The robots.txt that decides about an origin: its text, when it was read and how that went (RFC 9309, 2.3.1)."""

    url: str
    status: int | None  # of the last response; None where there was none
    fetched_at: float
    body: bytes | None  # null unless a robots.txt was there to be read
    # why, after a 5xx, a 429, no answer, or a redirect to what may not be fetched: nothing may be
    unreachable: str | None = None
    record: str | None = None  # of the WARC

    @classmethod
    def from_json(cls, row: Row) -> "Rules":
        """Return what `to_json` gave."""
        body = row["body"]
        return cls(
            url=row["url"],
            status=row["status"],
            fetched_at=row["fetched_at"],
            body=None if body is None else base64.b64decode(body),
            unreachable=row["unreachable"],
            record=row["record"],
        )

    def to_json(self) -> Row:
        """Return the rules as the journal has them, and as they are handed on to the next round."""
        return {
            "url": self.url,
            "status": self.status,
            "fetched_at": self.fetched_at,
            "body": None if self.body is None else base64.b64encode(self.body).decode(),
            "unreachable": self.unreachable,
            "record": self.record,
        }

    @cached_property
    def robots(self) -> Robots:
        """The parsed text; without one, everything is allowed."""
        return Robots(self.body or b"")

    def allowed(self, agent: str, url: str) -> bool:
        """Return whether the agent may fetch the URL."""
        return not self.unreachable and (self.body is None or self.robots.allowed(agent, url))

    def crawl_delay(self, agent: str) -> float:
        """Return the seconds between requests that the origin asks for, or 0."""
        return self.robots.crawl_delay(agent) or 0.0 if self.body else 0.0

    def terms(self, agent: str) -> list[str]:
        """Return where the RSL documents lie that the file names for the agent."""
        return [record.value for record in self.robots.said_to(agent, "license")]

    @cached_property
    def _lines(self) -> list[str]:
        return (self.body or b"").decode("utf-8", "replace").lstrip("\ufeff").splitlines()

    @cached_property
    def reserving(self) -> tuple[Line, ...]:
        """The lines that reserve or license use."""
        return tuple(
            Line(number, line.strip()[:2_000])
            for number, line in enumerate(self._lines, 1)
            if line.partition(":")[0].strip().lower() in _RESERVING
        )

    @cached_property
    def _named(self) -> list[str]:
        agents = {
            line.partition(":")[2].partition("#")[0].strip().lower() for line in self._lines if "agent" in line.lower()
        }
        return [agent for agent in ai_agents() if agent.lower() in agents]

    @cached_property
    def digest(self) -> str | None:
        """The SHA-256 of the text, as `sha256:` and hex."""
        return None if self.body is None else "sha256:" + hashlib.sha256(self.body).hexdigest()

    def ruling(self, agent: str, url: str) -> Ruling:
        """Return what has to be known to judge the decision about a URL again."""
        rule = self.robots.decide(agent, url).rule
        return Ruling(
            file=Asked(self.url, self.status, int(self.fetched_at), self.digest, self.record),
            allowed=self.allowed(agent, url),
            line=rule.line if rule else None,
            denied_agents=tuple(each for each in self._named if not self.robots.allowed(each, url)),
            reserving=self.reserving,
        )
