"""`yuliao try FILTER FILE`: what a filter measures on a text or HTML file, and what it would decide."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.console import console as new_console
from jobs.measurements import measurements_table
from pipeline.trial import filters_named, trial


def command(
    filter: Annotated[str, typer.Argument(help="the name of a filter, or a configuration whose filters to try")],
    files: Annotated[list[Path], typer.Argument(help="text or HTML files")],
) -> None:
    """Show signals, bounds and verdict of a filter on files of your own; nothing is written."""
    console = new_console()
    filters = filters_named(filter)
    for path in files:
        document, measurements = trial(filters, path)
        broken = [measurement.name for measurement in measurements if measurement.broken]
        verdict = f"[red]rejected by {broken[0]}[/]" if broken else "[green]kept[/]"
        console.print(f"[bold]{path}[/] {document['language']} {len(document['text']):,} characters: {verdict}")
        console.print(measurements_table(measurements))
