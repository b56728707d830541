"""`yuliao try FILTER FILE`: what a filter, or a configuration, makes of a text or HTML file, and why."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.options import Modules, Overrides
from jobs.show.console import console as new_console
from jobs.show.console import styled
from jobs.show.highlight import show_highlight
from jobs.show.measurements import measurements_table
from pipeline import plugins
from pipeline.answers.trial import recipe_named, trial
from pipeline.overrides import overrides_of


def command(
    filter: Annotated[str, typer.Argument(help="a filter, or a YAML file: a configuration or a chain of a language")],
    files: Annotated[list[Path], typer.Argument(help="text or HTML files")],
    highlight: Annotated[
        bool, typer.Option("--highlight", help="mark the lines and n-grams that decided, and those that were removed")
    ] = False,
    module: Modules = None,
    parameter: Annotated[
        list[str] | None, typer.Option("-p", "--parameter", help="set a parameter of the configuration: name=value")
    ] = None,
    assign: Overrides = None,
) -> None:
    """Try a filter, or all steps of a configuration, on files; nothing is written."""
    for file in module or ():
        plugins.load(file)
    console = new_console()
    recipe = recipe_named(filter, parameter or (), overrides_of(assign or ()))
    for path in files:
        tried = trial(recipe, path)
        document, reason = tried.document, tried.document["rejected_by"]
        verdict = (f"rejected by {reason}", "red") if reason else ("kept", "green")
        about = f" {document['language']} {len(document['text']):,} characters: "
        console.print(styled((str(path), "bold"), about, verdict), soft_wrap=True)
        console.print(measurements_table(tried.measurements))
        for one in tried.highlights if highlight else ():
            if one.spans and (one.measurement.broken or str(one.measurement.bound) == "any"):
                show_highlight(console, one)
