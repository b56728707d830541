"""`yuliao report RUN`: the funnel per stage, reason and language, from the receipts."""

import json
from typing import Annotated

import typer

from jobs.show.console import console as new_console
from jobs.show.funnel import show_funnel, show_left_out, show_likeness
from pipeline.answers.finished_run import open_run
from pipeline.answers.funnel import funnel, funnel_as_json, likeness


def command(
    run: Annotated[str, typer.Argument(help="the output folder of a run")],
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Show what became of every document of a run, by stage, reason and language."""
    finished = open_run(run).stages
    stages, alike = funnel(finished), likeness(finished)
    if as_json:
        print(json.dumps(funnel_as_json(stages), indent=1, ensure_ascii=False))
        return
    console = new_console()
    show_funnel(console, stages, languages=True)
    show_likeness(console, alike)
    show_left_out(console, stages)
