"""Files that speak about rights (`tdmrep.json`, `ai.txt`, RSL documents): what they said, and what of it to a page.

A file is noted in the journal (`note`), in the rows of `hosts.jsonl.gz` (`evidence`, by origin) and, without its text,
in the metadata record of every page of its origin: {url, status, fetched_at, digest, record, text}.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from filters.optouts.decide import ai_agents
from filters.optouts.files import Preference, ai_txt, robots_preferences, rsl_of, tdmrep
from pipeline.crawl.robots import Asked, Rules
from pipeline.crawl.rows import Row

_LONGEST = 2_000  # characters of what one mechanism says of a page
_TERMS = 65_536  # of RSL, which cut short says nothing


@dataclass(frozen=True, slots=True)
class RightsFile(Asked):
    """What was answered where a file about rights may be, and the file."""

    text: str | None = None  # null where there is no such file

    @classmethod
    def from_json(cls, row: Row) -> "RightsFile":
        """Return what `to_json` gave."""
        return cls(row["url"], row["status"], row["fetched_at"], row["digest"], row["record"], row.get("text"))

    def to_json(self) -> Row:
        """Return the file with its text, which stands there, if only as null, wherever there was an answer."""
        return self.note() if self.status is None else {**self.note(), "text": self.text}


def preferences(agent: str, url: str, rules: Rules | None, files: Sequence[RightsFile]) -> list[dict[str, str | None]]:
    """Return what robots.txt, tdmrep.json, ai.txt and RSL documents say of a page: mechanism, words, place and digest.

    What is said to any agent of models is kept; which of it counts is for the rights filter to say.
    """
    return [
        {
            "mechanism": said.mechanism,
            "raw": said.raw[: _TERMS if said.mechanism == "rsl" else _LONGEST],
            "where": said.where,
            "digest": digest and digest.removeprefix("sha256:"),
        }
        for said, digest in _said(agent, url, rules, files)
    ]


def _said(
    agent: str, url: str, rules: Rules | None, files: Sequence[RightsFile]
) -> Iterator[tuple[Preference, str | None]]:
    if rules is not None and rules.body is not None:
        for each in robots_preferences(rules.robots, agent, url, ai_agents(), 1):
            yield each, rules.digest
    for file in files:
        said = _said_in(file.url, file.text, url) if file.text else None
        if said is not None:
            yield said, file.digest


def _said_in(file: str, text: str, url: str) -> Preference | None:
    match file.rpartition("/")[2]:
        case "tdmrep.json":
            return tdmrep(text, url)
        case "ai.txt":
            return ai_txt(text)
    terms = rsl_of(text, url)
    return Preference("rsl", "unknown", terms, file) if terms else None
