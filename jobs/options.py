"""Options that several commands take."""

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

Modules = Annotated[list[Path] | None, typer.Option("--module", help="a Python file with your own filters")]

Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", help="override any key of the file: --set stages.dedup.minhash.threshold=0.7"),
]


def repeated(command: str, config: Path, parameters: Iterable[str] | None, assignments: Iterable[str] | None) -> str:
    """Return the command line that does the same again, as cards and headers have it."""
    given = [part for one in parameters or () for part in ("-p", one)]
    given += [part for one in assignments or () for part in ("--set", one)]
    return shlex.join(["yuliao", command, config.as_posix(), *given])
