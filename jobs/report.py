"""`yuliao report RUN`: the funnel per stage, reason and language, from the receipts."""

import json
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from jobs.show.console import console as new_console
from jobs.show.funnel import show_funnel
from pipeline.answers.finished_run import open_run
from pipeline.answers.funnel import Likeness, StageFunnel, funnel, funnel_as_json, likeness


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
    if alike:
        console.print(_told(alike), soft_wrap=True)
    for stage in stages:
        if stage.skipped:
            console.print(_left_out(stage))
        for why in stage.unreadable:
            console.print(f"[red]unreadable[/] {escape(why)}", soft_wrap=True)


def _left_out(stage: StageFunnel) -> Table:
    table = Table(title=f"{stage.name}: left out by the sources, and no documents", title_justify="left")
    table.add_column("what")
    table.add_column("times", justify="right")
    for what, times in sorted(stage.skipped.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(what, f"{times:,}")
    return table


def _told(alike: Likeness) -> str:
    told = (
        f"near duplicates: {alike.pairs:,} pairs in {alike.compared:,} comparisons; the fullest bucket holds "
        f"{alike.fullest_bucket:,} documents (key {alike.fullest_key:016x}), the largest component "
        f"{alike.largest_component:,}"
    )
    missed = f"; [red]{alike.given_up:,} documents were not compared with all others of theirs[/]"
    gone = f"; {alike.superseded:,} documents of earlier releases are superseded" if alike.superseded else ""
    return told + gone + (missed if alike.given_up else "")
