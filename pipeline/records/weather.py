"""Weather reports as stations and offices send them: METAR, SPECI, TAF, SYNOP (FM-12), forecasters' discussions.

METAR and TAF after WMO-No. 306, FM 15 and FM 51, with the forms of the United States (FMH-1: SM, A2992, T01170044);
each report ends in `=` or with its lines. SYNOP after FM 12: sections 0, 1 and 3. A discussion is a bulletin with
headed sections (`.SYNOPSIS...`, `&&`, as the National Weather Service writes them). Values stay in the units of the
report, which is told as it was sent at the end.
"""

import re
from collections.abc import Iterator

from pipeline.records.discussions import discussion
from pipeline.records.facts import Record
from pipeline.records.metar import report
from pipeline.records.synop import observation

_REPORT = re.compile(r"(?:METAR|SPECI|TAF)\b")
_SYNOP = re.compile(r"AAXX\s+(\d{4}[\d/])\b")
_HEADING = re.compile(
    r"^(?:[A-Z]{4}\d{0,2}\s+[A-Z]{4}\s+\d{6}(?:\s+[A-Z]{3})?|\d{3}|ZCZC.*|NNNN)\s*$", re.MULTILINE
)  # of a bulletin
_STAMPED = re.compile(r"^\d{4}[/-]\d{2}[/-]\d{2} \d{2}:\d{2}$")  # before a report, in NOAA's files
_SECTION = re.compile(r"^\.[A-Z][^\n]{0,80}?\.\.\.", re.MULTILINE)
_STATION = re.compile(r"(?:COR |AUTO )?[A-Z][A-Z0-9]{3} \d{6}Z ")


def records(text: str) -> Iterator[Record]:
    """Yield the record of every report of a file."""
    if _SECTION.search(text) and "$$" in text:
        for bulletin in text.split("$$"):
            if _SECTION.search(bulletin):
                yield discussion(bulletin)
        return
    hour, kind, stamp = "", "", ""
    for said in _reports(_HEADING.sub("", text)):
        if _STAMPED.match(said):
            stamp = said[:10].replace("/", "-")
            continue
        synop = _SYNOP.match(said)
        if synop:
            hour, kind, said = synop[1], "SYNOP", said[synop.end() :].strip()
        named = _REPORT.match(said)
        if named:
            kind = named[0]
        if kind == "SYNOP" and re.match(r"\d{5}\b", said):
            yield observation(said, hour)
        elif named or _STATION.match(said):
            yield report(said, kind if kind in ("METAR", "SPECI", "TAF") else "METAR", stamp)


def _reports(text: str) -> Iterator[str]:
    """Yield the reports of a text, each in one line: up to `=`, or a line with those indented below it."""
    for block in text.split("="):
        held = ""
        for line in block.splitlines():
            begins = bool(_REPORT.match(line) or _SYNOP.match(line) or _STATION.match(line) or _STAMPED.match(line))
            if held and (begins or not line.strip() or (_STAMPED.match(held) is not None)):
                yield " ".join(held.split())
                held = ""
            held += " " + line if held else line
        if held.strip():
            yield " ".join(held.split())
