"""The journey of a document in a terminal: on one screen what decided, or everything."""

from typing import Any

from rich.console import Console

from jobs.show.console import shown, styled
from jobs.show.evidence import license_lines, show_evidence
from jobs.show.measurements import show_measurements
from pipeline.answers.journey import Journey, Row
from pipeline.plain import plain, plain_lines

SHOWN = ("url", "source", "source_id", "contributor", "title", "author", "published", "language")
TOLD = {"id", "license", "license_url", "license_scope", "license_confidence", "evidence", "rule"}  # in other words
EXCERPT, LINES = 300, 4  # characters and lines of the text, whichever are fewer


def show_journey(console: Console, journey: Journey, *, everything: bool, whole_text: bool) -> None:
    """Print where a document went and why; `everything`: also what decided nothing."""
    document = journey.document
    console.print(styled((document["id"], "bold"), " ", *_verdict(journey)), soft_wrap=True)
    for name in SHOWN:
        if document[name] is not None:
            _line(console, name, document[name])
    if document["quality_score"] is not None:
        _line(console, "quality", f"{document['quality_score']:.2f} of 1, by {document['quality_source']}")
    if place := document["provenance"]:
        _line(console, "from", _place(place))
    for name, value in license_lines(journey):
        _line(console, name, value)
    for stage, verdict in journey.verdicts.items():
        decided = [_said(name, value) for name, value in verdict.items() if value is not None and name not in TOLD]
        _line(console, stage, ", ".join(decided) or "kept")
    show_evidence(console, journey, all_of_it=everything)
    show_measurements(console, journey.signals, all_of_them=everything)
    text = document["text"]
    excerpt = text if whole_text else "\n".join(text[:EXCERPT].split("\n")[:LINES])
    console.print(plain_lines(excerpt) + ("" if excerpt == text else " …"), soft_wrap=True)


def _line(console: Console, name: str, value: object) -> None:
    console.print(f"  {name:<12} {plain(str(value))}", soft_wrap=True)


def _place(place: Row) -> str:
    row, offset, length = place["row"], place["offset"], place["length"]
    where = f"row {row}" if offset is None else f"byte {offset}" + ("" if length is None else f", {length} bytes")
    return f"{place['source']}: {place['file']} at {where}, SHA-256 {place['digest']}"


def _said(name: str, value: Any) -> str:
    if name == "removed":
        return f"removed {sum(span['end'] - span['start'] for span in value)} bytes in {len(value)} spans"
    return f"{name} {value}"


def _verdict(journey: Journey) -> list[str | tuple[str, str]]:
    if journey.rejected_by:
        return [(f"rejected in {journey.rejected_in} by {journey.rejected_by}", "red")]
    flags = journey.document["flagged_by"]
    kept = (f"flagged by {', '.join(flags)}", "yellow") if flags else ("kept", "green")
    return [kept, f", published in {shown(journey.published)}"] if journey.published else [kept]
