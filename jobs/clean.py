"""`yuliao clean RUN`: the folders of stages that a run does not name any more, and what they take."""

from typing import Annotated

import typer

from jobs.show.console import console as new_console
from jobs.show.console import shown
from pipeline.clean import clean, leftovers


def command(
    run: Annotated[str, typer.Argument(help="the output folder of a run")],
    yes: Annotated[bool, typer.Option("--yes", help="delete the folders")] = False,
) -> None:
    """List the folders that earlier settings or versions left in a run, with their size; `--yes` deletes them."""
    folders = clean(run) if yes else leftovers(run)
    console = new_console()
    for one in folders:
        console.print(f"{one.bytes:>18,} bytes  {shown(one.folder)}", soft_wrap=True)
    total = sum(one.bytes for one in folders)
    if yes or not folders:
        console.print(f"{total:,} bytes freed")
    else:
        console.print(f"{total:,} bytes can be freed; add `--yes` to delete the folders")
