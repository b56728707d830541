"""`yuliao status RUN`: how far a run has come, from its files: here, or from another machine."""

import time
from typing import Annotated

import typer

from jobs.show.console import console as new_console
from jobs.show.status import show_status
from pipeline.answers.status import progress_of
from pipeline.plain import plain_json


def command(
    run: Annotated[str, typer.Argument(help="the output folder of a run")],
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Show the progress of a run: stage, tasks, rate, time left, retries, failures; also after it was killed."""
    progress = progress_of(run, time.time())
    if as_json:
        print(plain_json(progress.as_json(), indent=1))
    else:
        show_status(new_console(), progress, time.time())
