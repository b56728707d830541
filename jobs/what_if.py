"""`yuliao what-if RUN gopher_quality.words.min=40`: what a run would have made of its documents with other bounds."""

from typing import Annotated

import typer

from jobs.show.console import console as new_console
from jobs.show.what_if import show_what_if
from pipeline.answers.finished_run import open_run
from pipeline.answers.moves import as_yaml, moves_of
from pipeline.answers.settings import documents_stage, settings_of
from pipeline.answers.what_if import what_if, what_if_as_json
from pipeline.plain import plain_json


def command(
    run: Annotated[str, typer.Argument(help="the output folder of a run")],
    moves: Annotated[
        list[str], typer.Argument(metavar="KEY=VALUE", help="bounds; of a language's own: tha_Thai.filter.signal.min=3")
    ],
    count: Annotated[int, typer.Option("-n", "--count", min=0, help="documents of each change that are named")] = 5,
    export: Annotated[bool, typer.Option("--export", help="print the moved bounds as YAML, and count nothing")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Move bounds and count, from what was measured, how many documents of each language would change sides."""
    opened = open_run(run)
    stage = documents_stage(settings_of(opened))
    parsed = moves_of(stage, moves)
    if export:
        print(as_yaml(parsed), end="")
        return
    answer = what_if(opened, stage, parsed, count)
    if as_json:
        print(plain_json(what_if_as_json(answer), indent=1))
    else:
        show_what_if(new_console(), run, answer)
