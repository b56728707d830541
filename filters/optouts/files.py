"""Opt-outs in files beside the pages: robots.txt records, `/.well-known/tdmrep.json`, `ai.txt` and RSL documents."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from filters.optouts.fields import FieldError, Token, dictionary
from filters.optouts.robots import Robots, agents_denied, matches, path_of, pattern_of, written_path

Value: TypeAlias = Literal["y", "n", "unknown"]


@dataclass(frozen=True)
class Preference:
    """What one mechanism says of training on a page; `where` ends with the line number where there are lines."""

    mechanism: str
    value: Value
    raw: str
    where: str


AIPREF_VOCABULARY = "08"
# Labels of earlier drafts. To the current one they mean nothing; that their `n` is heard is our policy.
LEGACY_LABELS = ("tdm", "all", "bots", "ai", "genai", "train-genai")

RSL = "{https://rslstandard.org/rsl}"
RSL_TRAINING = frozenset({"all", "ai-all", "ai-train"})
RSL_FREE = frozenset({"free", "attribution"})

AI_TXT_LINE = re.compile(r"^\s*(user-agent|allow|disallow)\s*:\s*(\S*)\s*$", re.IGNORECASE)
AI_TXT_TEXT = re.compile(r"^(?:/|\*|/\*|\*\.(?:txt|html?|xhtml|md|pdf|xml|json|\*))\$?$")


def aipref(field: str) -> Value:
    """Return what a `Content-Usage` value says of training; a field that cannot be parsed says nothing."""
    try:
        members = dictionary(field)
    except FieldError:
        return "unknown"
    if any(members.get(label) == "n" and isinstance(members[label], Token) for label in ("train-ai", *LEGACY_LABELS)):
        return "n"
    return "y" if members.get("train-ai") == "y" and isinstance(members["train-ai"], Token) else "unknown"


def robots_preferences(
    robots: Robots, agent: str, url: str, training_agents: Sequence[str], needed: int
) -> Iterator[Preference]:
    """Yield what a robots.txt says of training on a URL: to us, to all, and to the agents that gather training data."""
    denied = agents_denied(robots, training_agents, url)
    if len(denied) >= needed:
        lines = ", ".join(f"{name}: {decision.rule.pattern}" for name, decision in denied if decision.rule)
        first = denied[0][1].rule
        yield Preference("robots_agents", "n", lines, f"robots.txt:{first.line if first else 0}")
    yield from _content_usage(robots, agent, url)
    for record in robots.said_to(agent, "content-signal"):
        if (value := content_signal(record.value)) != "unknown":
            yield Preference("content_signal", value, record.value, f"robots.txt:{record.line}")
    for record in robots.said_to(agent, "license"):
        yield Preference("rsl", "unknown", record.value, f"robots.txt:{record.line}")
    for record in robots.said_to(agent, "disallowaitraining"):
        if record.value and matches(pattern_of(record.value), path_of(url)):
            yield Preference("disallow_ai_training", "n", record.value, f"robots.txt:{record.line}")


def _content_usage(robots: Robots, agent: str, url: str) -> Iterator[Preference]:
    """The rule with the longest path that matches counts, as for Allow; of several with that path, all are yielded."""
    path = path_of(url)
    matching: list[tuple[int, Preference]] = []
    for record in robots.said_to(agent, "content-usage"):
        pattern, _, field = record.value.partition(" ") if record.value.startswith("/") else ("", "", record.value)
        if matches(pattern_of(pattern), path):
            preference = Preference("content_usage", aipref(field), record.value, f"robots.txt:{record.line}")
            matching.append((len(pattern), preference))
    longest = max((length for length, _ in matching), default=0)
    yield from (preference for length, preference in matching if length == longest and preference.value != "unknown")


def content_signal(value: str) -> Value:
    """Return what a `Content-Signal` says of training. Use by reference only is no use in a published corpus."""
    signals = dict(re.findall(r"([a-z-]+)\s*=\s*([a-z]+)", value.lower()))
    if signals.get("ai-train") == "no" or signals.get("use") in ("reference", "immediate"):
        return "n"
    return "y" if signals.get("ai-train") == "yes" else "unknown"


def tdmrep(text: bytes | str, url: str) -> Preference | None:
    """Return what tdmrep.json says of a URL: its first matching location counts, and only 0 and 1 say anything."""
    try:
        entries = json.loads(text)
    except ValueError:
        return None
    path = path_of(url)
    for entry in entries if isinstance(entries, list) else []:
        location = entry.get("location") if isinstance(entry, dict) else None
        if isinstance(location, str) and matches(pattern_of(location), path):
            value = tdm_value(entry.get("tdm-reservation"))
            return Preference("tdmrep", value, json.dumps(entry, sort_keys=True), "tdmrep.json")
    return None


def tdm_entry(raw: str) -> Value:
    """Return what an entry of tdmrep.json says, as it was written down."""
    try:
        entry = json.loads(raw)
    except ValueError:
        return "unknown"
    return tdm_value(entry.get("tdm-reservation")) if isinstance(entry, dict) else "unknown"


def tdm_value(value: Any) -> Value:
    """Return what a `tdm-reservation` says; the digits are read as strings too, for that is how files have them."""
    if isinstance(value, bool):
        return "unknown"
    return {"1": "n", "0": "y"}.get(str(value).strip(), "unknown")  # type: ignore[return-value]


def ai_txt(text: str) -> Preference | None:
    """Return what an `ai.txt` (by media type, in the grammar of robots.txt) says of text; other formats say nothing."""
    lines = [match for line in text.splitlines() if (match := AI_TXT_LINE.match(line.split("#")[0]))]
    if not any(match[1].lower() == "user-agent" for match in lines):
        return None
    for match in lines:
        if match[1].lower() == "disallow" and AI_TXT_TEXT.match(match[2].lower()):
            return Preference("ai_txt", "n", match[0].strip(), "ai.txt")
    return None


def rsl(text: str, url: str, where: str) -> Preference | None:
    """Return what an RSL document says of training on a URL. It never grants: terms that are not met are not a licence.

    A document that declares entities is not read, nor one that is not XML.
    """
    licenses = _rsl_licenses(text, url)
    if not licenses:
        return None
    value: Value = "unknown" if any(_rsl_permits(license) for license in licenses) else "n"
    return Preference("rsl", value, re.sub(r"\s+", " ", text)[:500], where)


def rsl_of(text: str, url: str) -> str | None:
    """Return the licences of an RSL document that cover a URL, as a document that speaks of nothing else."""
    licenses = _rsl_licenses(text, url)
    if not licenses:
        return None
    ET.register_namespace("", RSL.strip("{}"))
    root = ET.Element(f"{RSL}rsl")
    ET.SubElement(root, f"{RSL}content", {"url": "/"}).extend(licenses)
    return re.sub(r"\s+", " ", ET.tostring(root, "unicode"))


def rsl_standard(text: str, url: str) -> str | None:
    """Return the address of the public licence that all terms for a URL name as their standard, and permit training."""
    licenses = _rsl_licenses(text, url)
    named = {(node.text or "").strip() for license in licenses for node in license.iter(f"{RSL}standard")}
    whole = all(license.find(f".//{RSL}standard") is not None and _rsl_permits(license) for license in licenses)
    return named.pop() if len(named) == 1 and whole else None


def _rsl_licenses(text: str, url: str) -> list[ET.Element]:
    """Return the licences of the most specific contents that cover a URL."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return []
    try:
        root = ET.fromstring(text)  # noqa: S314 (no entities: see above)
    except ET.ParseError:
        return []
    contents = [content for content in root.iter(f"{RSL}content") if _rsl_covers(content.get("url") or "/", url)]
    longest = max((len(content.get("url") or "") for content in contents), default=0)
    return [
        license
        for content in contents
        if len(content.get("url") or "") == longest
        for license in content.iter(f"{RSL}license")
    ]


def _rsl_covers(pattern: str, url: str) -> bool:
    parts = urlsplit(pattern)
    if parts.hostname and parts.hostname != urlsplit(url).hostname:
        return False
    return matches(pattern_of(written_path(pattern) if parts.hostname else pattern), path_of(url))


def _rsl_permits(license: ET.Element) -> bool:
    """Whether training is allowed without payment; what is permitted and prohibited at once is not licensed."""
    permitted = [_rsl_words(node) for node in license.iter(f"{RSL}permits") if node.get("type", "usage") == "usage"]
    prohibited = [_rsl_words(node) for node in license.iter(f"{RSL}prohibits") if node.get("type", "usage") == "usage"]
    if any(words & RSL_TRAINING for words in prohibited):
        return False
    if permitted and not any(words & RSL_TRAINING for words in permitted):
        return False
    return all(payment.get("type", "free") in RSL_FREE for payment in license.iter(f"{RSL}payment"))


def _rsl_words(node: ET.Element) -> set[str]:
    return set(re.split(r"[\s,]+", (node.text or "").strip().lower()))
