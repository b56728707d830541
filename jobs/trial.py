"""`yuliao try FILTER FILE`: what a filter measures on a text or HTML file, what it would decide, and why."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.options import Modules
from jobs.show.console import console as new_console
from jobs.show.console import styled
from jobs.show.highlight import show_highlight
from jobs.show.measurements import measurements_table
from pipeline import plugins
from pipeline.answers.trial import filters_named, trial


def command(
    filter: Annotated[str, typer.Argument(help="a filter, or a YAML file: a configuration or a language's chain")],
    files: Annotated[list[Path], typer.Argument(help="text or HTML files")],
    highlight: Annotated[
        bool, typer.Option("--highlight", help="show the lines and n-grams that decided, and those that were removed")
    ] = False,
    module: Modules = None,
) -> None:
    """Show signals, bounds and verdict of a filter on files of your own; nothing is written."""
    for file in module or ():
        plugins.load(file)
    console = new_console()
    for path in files:
        found = trial(filters_named(filter), path)
        document, reason = found.document, found.document["rejected_by"]
        verdict = (f"rejected by {reason}", "red") if reason else ("kept", "green")
        about = f" {document['language']} {len(document['text']):,} characters: "
        console.print(styled((str(path), "bold"), about, verdict), soft_wrap=True)
        console.print(measurements_table(found.measurements))
        for one in found.highlights if highlight else ():
            if one.spans and (one.measurement.broken or str(one.measurement.bound) == "any"):
                show_highlight(console, one)
