"""`yuliao inspect RUN DOCUMENT`: kept or dropped, where, by which signal, its value and the bound, on what evidence."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console

from jobs.show.console import console as new_console
from jobs.show.evidence import evidence_table, license_lines
from jobs.show.measurements import measurements_table
from pipeline.answers.funnel import open_run
from pipeline.answers.journey import Journey, journeys
from pipeline.errors import ConfigError

SHOWN = (
    "url",
    "source",
    "source_id",
    "contributor",
    "title",
    "author",
    "published",
    "language",
)

TOLD = {"id", "license", "license_url", "license_scope", "license_confidence", "evidence", "rule"}  # in other words


def command(
    run: Annotated[str, typer.Argument(help="the output folder of a run")],
    document: Annotated[str, typer.Argument(help="an id, a URL, or the id that the source gave it")],
    text: Annotated[bool, typer.Option("--text", help="print the whole text")] = False,
) -> None:
    """Tell the journey of one document through a run."""
    found = list(journeys(open_run(run), document))
    if not found:
        raise ConfigError(f"{document}: no document of {run} has this id, URL or source id")
    console = new_console()
    for journey in found:
        _show(console, journey, whole_text=text)


def _show(console: Console, journey: Journey, *, whole_text: bool) -> None:
    document = journey.document
    console.print(f"[bold]{document['id']}[/] {_verdict(journey)}", soft_wrap=True)
    for name in SHOWN:
        if document[name] is not None:
            console.print(f"  {name:<12} {document[name]}", soft_wrap=True, markup=False)
    place = document["provenance"]
    if place:
        console.print(f"  {'from':<12} {_from(place)}", soft_wrap=True, markup=False)
    for name, value in license_lines(journey):
        console.print(f"  {name:<12} {value}", soft_wrap=True, markup=False)
    for stage, verdict in journey.verdicts.items():
        decided = [_said(name, value) for name, value in verdict.items() if value is not None and name not in TOLD]
        console.print(f"  {stage:<12} {', '.join(decided) or 'kept'}", soft_wrap=True, markup=False)
    if document["evidence"]:
        console.print(evidence_table(document["evidence"]))
    if journey.signals:
        console.print(measurements_table(journey.signals))
    shown = document["text"] if whole_text else document["text"][:300]
    console.print(shown + ("" if len(shown) == len(document["text"]) else " …"), soft_wrap=True, markup=False)


def _from(place: Mapping[str, Any]) -> str:
    row, offset, length = place["row"], place["offset"], place["length"]
    where = f"row {row}" if offset is None else f"byte {offset}" + ("" if length is None else f", {length} bytes")
    return f"{place['source']}: {place['file']} at {where}, SHA-256 {place['digest']}"


def _said(name: str, value: Any) -> str:
    if name == "removed":
        return f"removed {sum(span['end'] - span['start'] for span in value)} bytes in {len(value)} spans"
    return f"{name} {value}"


def _verdict(journey: Journey) -> str:
    if journey.rejected_by:
        return f"[red]rejected in {journey.rejected_in} by {journey.rejected_by}[/]"
    flags = journey.document["flagged_by"]
    kept = f"[yellow]flagged by {', '.join(flags)}[/]" if flags else "[green]kept[/]"
    return f"{kept}, published in {journey.published}" if journey.published else kept
