"""Forecasters' discussions: bulletins with headed sections, as the National Weather Service writes them (NWSI 10-503).

The text is prose already: lines that were broken for a teleprinter become paragraphs again, headings stay, what
addresses machines (WMO heading, zone codes, `&&`) goes, and so do the forecasters' initials and the contact line.
"""

import re

from pipeline.records.facts import Fact, Record, present

_SECTION = re.compile(r"^\.([A-Z][^\n.]{0,79}?)\.\.\.", re.MULTILINE)
_OFFICE = re.compile(r"^National Weather Service (.+)$", re.MULTILINE | re.IGNORECASE)
_ISSUED = re.compile(r"^(\d{3,4} [AP]M [A-Z]{2,4} \w{3} \w{3} \d{1,2} \d{4})\s*$", re.MULTILINE)
_MACHINE = re.compile(r"^(?:&&|\$\$|[A-Z]{2}Z\d{3}.*|\d{3}|[A-Z]{4}\d{2} [A-Z]{4} \d{6}.*)\s*$")
_PEOPLE = re.compile(r"^(?:https?://\S+|(?:SHORT TERM|LONG TERM|AVIATION|MARINE|[A-Z ]+)\.\.\.\s*[A-Z/]{2,20})\s*$")


def discussion(bulletin: str) -> Record:
    """Return the record of a bulletin."""
    bulletin = bulletin.replace("\r", "")
    heads = list(_SECTION.finditer(bulletin))
    sections = []
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        body = _paragraphs(bulletin[head.end() : following.start() if following else len(bulletin)])
        if body:
            sections.append(f"## {head[1].strip().capitalize()}\n\n{body}")
    office, issued = _OFFICE.search(bulletin), _ISSUED.search(bulletin)
    facts: dict[str, Fact | None] = {
        "office": office[1].strip() if office else None,
        "issued": issued[1] if issued else None,
        "sections": "\n\n".join(sections),
        "topics": [head[1].strip().capitalize() for head in heads],
    }
    return Record("discussions", present(facts), bulletin)


def _paragraphs(text: str) -> str:
    """Return the paragraphs of a section, each in one line; items of a list stay lines."""
    paragraphs, held = list[str](), list[str]()
    for line in [*text.splitlines(), ""]:
        line = line.strip()
        if _MACHINE.match(line) or _PEOPLE.match(line):
            line = ""
        if held and (not line or line.startswith(("*", "-", "."))):
            paragraphs.append(" ".join(held))
            held = []
        if line:
            held.append(line)
    return "\n\n".join(paragraphs)
