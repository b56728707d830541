"""`yuliao init [PURPOSE]`: write a configuration to begin with."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.show.console import console as new_console
from pipeline.purposes import begin, purposes


def command(
    purpose: Annotated[
        str | None, typer.Argument(help="the starting point; without it, the command lists them")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="the file to write; default: PURPOSE.yaml in this folder")] = None,
) -> None:
    """Write a configuration to start from, with a comment at every key; an existing file is never overwritten."""
    console = new_console()
    if purpose is None:
        for name, sentence in purposes().items():
            console.print(f"{name:<13} {sentence}", soft_wrap=True)
        return
    path = to or Path(f"{purpose}.yaml")
    begin(purpose, path)
    console.print(f"{path}: written. Adapt it; `yuliao plan {path}` reports what is missing", soft_wrap=True)
