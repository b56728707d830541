"""`yuliao inspect RUN DOCUMENT`: kept or dropped, where, by which signal, its value and the bound, on what evidence."""

from typing import Annotated

import typer

from jobs.show.console import console as new_console
from jobs.show.journey import show_journey
from pipeline.answers.finished_run import open_run
from pipeline.answers.journey import journeys
from pipeline.answers.journey_json import journeys_as_json
from pipeline.plain import plain_json


def command(
    run: Annotated[str, typer.Argument(help="the output folder of a run")],
    document: Annotated[str, typer.Argument(help="an id, a URL, the id at the source, or a file with one document")],
    all_of_it: Annotated[
        bool, typer.Option("--all", help="also show passed and unmeasured signals, and all evidence")
    ] = False,
    text: Annotated[bool, typer.Option("--text", help="print the whole text")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print everything as JSON")] = False,
) -> None:
    """Trace one document through a run: kept or rejected, by which signal, on what evidence."""
    matching = journeys(open_run(run), document)
    if as_json:
        print(plain_json(journeys_as_json(run, matching), indent=1))
        return
    console = new_console()
    for journey in matching:
        show_journey(console, journey, everything=all_of_it, whole_text=text)
