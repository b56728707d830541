"""`yuliao report RUN`: the funnel per stage, reason and language, and what came of each source, from the receipts."""

from dataclasses import asdict
from typing import Annotated

import typer
from pydantic import JsonValue

from jobs.show.breakdown import show_breakdown
from jobs.show.console import console as new_console
from jobs.show.funnel import show_funnel, show_left_out, show_likeness
from pipeline.answers.breakdown import breakdown
from pipeline.answers.finished_run import open_run
from pipeline.answers.funnel import funnel, funnel_as_json, likeness
from pipeline.plain import plain_json


def command(
    run: Annotated[str, typer.Argument(help="the output folder of a run")],
    hosts: Annotated[
        bool, typer.Option("--hosts", help="also what is published, by host: reads its addresses")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Show what became of every document of a run, by stage, reason and language, and how large the release is."""
    opened = open_run(run)
    stages, alike, tables = funnel(opened.stages), likeness(opened.stages), breakdown(opened, hosts=hosts)
    if as_json:
        near_duplicates = asdict(alike) if alike else None
        told: dict[str, JsonValue] = {"stages": funnel_as_json(stages), "near_duplicates": near_duplicates}
        print(plain_json({"format": 1, **told, **tables.as_json()}, indent=1))
        return
    console = new_console()
    show_funnel(console, stages, languages=True)
    show_likeness(console, alike)
    show_breakdown(console, tables)
    show_left_out(console, stages)
