"""`yuliao init [PURPOSE]`: write a configuration to begin with."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.show.console import console as new_console
from pipeline.purposes import begin, purposes


def command(
    purpose: Annotated[str | None, typer.Argument(help="what it is for; without it, the purposes are listed")] = None,
    to: Annotated[Path | None, typer.Option(help="the file; default: PURPOSE.yaml in this folder")] = None,
) -> None:
    """Write a configuration to begin with, every key of it explained; a file that is there is left alone."""
    console = new_console()
    if purpose is None:
        for name, sentence in purposes().items():
            console.print(f"{name:<13} {sentence}", soft_wrap=True)
        return
    path = to or Path(f"{purpose}.yaml")
    begin(purpose, path)
    console.print(f"{path}: read it, change it; `yuliao plan {path}` says what is missing", soft_wrap=True)
