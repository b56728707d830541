"""Whether a page's text may be used for training: every opt-out known, one order, the most restrictive wins.

No standard says how one mechanism stands to another; within one, its own rules hold (TDMRep: page over header over
file; AIPREF: any `n`). Silence everywhere is `unknown`: then the licence decides.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from filters.licences.page import HtmlPage
from filters.optouts.files import (
    Preference,
    Value,
    ai_txt,
    aipref,
    content_signal,
    robots_preferences,
    rsl,
    tdm_entry,
    tdmrep,
)
from filters.optouts.page import header_preferences, page_preferences
from filters.optouts.robots import Robots
from shards.tables import table

AGENTS = Path(__file__).with_name("agents.yaml")

EvidenceRow = dict[str, str | None]


@dataclass(frozen=True)
class OptOuts:
    """What was found: access by robots.txt, training by all, and every preference with its words."""

    access: Literal["allow", "deny"]
    train: Value
    preferences: tuple[Preference, ...]
    decisive: tuple[str, ...]  # the mechanisms that decided `train`
    unlisted: int = 0  # training crawlers that were not known yet when robots.txt was read: its silence says less

    def evidence(self) -> list[EvidenceRow]:
        """Return the preferences as rows of a document's evidence; those in force have the subject `reservation`."""
        return [
            {
                "kind": preference.mechanism,
                "value": preference.raw[:500],
                "where": preference.where,
                "subject": in_force(preference, self.train, self.decisive),
                "digest": hashlib.sha256(preference.raw.encode("utf-8", "replace")).hexdigest(),
            }
            for preference in self.preferences
        ]


class Agents(BaseModel, frozen=True, extra="forbid"):
    """What `agents.yaml` holds: product tokens of crawlers by what they collect for, and the day each was listed."""

    training: dict[str, date]
    answering: dict[str, date]


def training_agents(at: date | None = None) -> tuple[str, ...]:
    """Return the tokens that gather training data, those listed by a day if one is given."""
    agents = table(AGENTS, Agents).training
    return tuple(agent for agent, listed in agents.items() if at is None or listed <= at)


def ai_agents() -> tuple[str, ...]:
    """Return all tokens by which a robots.txt speaks to those who collect for models."""
    agents = table(AGENTS, Agents)
    return (*agents.training, *agents.answering)


def evaluate(
    url: str,
    fetched_at: datetime | None = None,
    robots_text: bytes | str | None = None,
    tdmrep_json: bytes | str | None = None,
    headers: Sequence[tuple[str, str]] = (),
    html: HtmlPage | str | None = None,
    *,
    agent: str = "",
    robots_unreachable: bool = False,
    rsl_documents: Mapping[str, str] | None = None,
    ai_txt_text: str | None = None,
    agents_needed: int = 1,
) -> OptOuts:
    """Judge a page by all that was captured with it; null is what was not there.

    `agent` is the product token that the crawl used, empty for an archive's. `agents_needed` is how many of the
    training crawlers robots.txt must turn away for that to reserve training. `rsl_documents` maps addresses to texts.
    """
    robots = Robots(robots_text) if robots_text is not None else Robots(b"")
    page = HtmlPage(html, url) if isinstance(html, str) else html
    names = (*((agent,) if agent else ()), *training_agents())
    found = [
        *robots_preferences(robots, agent, url, training_agents(), agents_needed),
        *_file(tdmrep_json, url),
        *header_preferences(headers, names),
        *(page_preferences(page, names) if page is not None else ()),
        *_terms(rsl_documents or {}, url),
        *([terms] if ai_txt_text is not None and (terms := ai_txt(ai_txt_text)) else ()),
    ]
    allowed = not robots_unreachable and robots.allowed(agent, url)
    train, decisive = combine(found)
    unlisted = len(training_agents()) - len(training_agents(fetched_at.date())) if fetched_at is not None else 0
    return OptOuts("allow" if allowed else "deny", train, tuple(found), decisive, unlisted)


def _file(tdmrep_json: bytes | str | None, url: str) -> list[Preference]:
    found = tdmrep(tdmrep_json, url) if tdmrep_json is not None else None
    return [found] if found is not None else []


def _terms(documents: Mapping[str, str], url: str) -> list[Preference]:
    return [terms for address in sorted(documents) if (terms := rsl(documents[address], url, address)) is not None]


def captured(mechanism: str, raw: str, where: str) -> Preference | None:
    """Return what a crawl wrote down of an opt-out in a file beside the page; null for what is none.

    The crawl keeps the words that speak of the page; what they come to is said here, by the table of today.
    """
    match mechanism:
        case "robots_agents":
            named = {part.partition(":")[0].strip().lower() for part in raw.split(",")}
            value: Value = "n" if named & {agent.lower() for agent in training_agents()} else "unknown"
        case "content_usage":
            value = aipref(raw.partition(" ")[2] if raw.startswith("/") else raw)
        case "content_signal":
            value = content_signal(raw)
        case "tdmrep":
            value = tdm_entry(raw)
        case "ai_txt" | "disallow_ai_training":
            value = "n"
        case "rsl":  # an address, or the licences that cover the page (`rsl_of`)
            terms = rsl(raw, "/", where)
            value = terms.value if terms else "unknown"
        case _:
            return None
    return Preference(mechanism, value, raw, where)


def combine(found: Sequence[Preference]) -> tuple[Value, tuple[str, ...]]:
    """Return what the preferences come to, and which mechanisms decided it."""
    values: dict[str, set[Value]] = {}
    for preference in found:
        if preference.mechanism == "tdmrep":
            if preference.value != "unknown":
                values["tdmrep"] = {preference.value}  # a later, nearer word supersedes; silence does not
        else:
            values.setdefault(preference.mechanism, set()).add(preference.value)
    for value in ("n", "y"):
        decisive = tuple(sorted(mechanism for mechanism, said in values.items() if value in said))
        if decisive:
            return value, decisive
    return "unknown", ()


def in_force(preference: Preference, train: Value, decisive: Sequence[str]) -> Literal["reservation", "preference"]:
    """Return what a preference is as evidence: a reservation if it is one of those that decided against training."""
    decides = train == "n" and preference.value == "n" and preference.mechanism in decisive
    return "reservation" if decides else "preference"
