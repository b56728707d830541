"""Options that several commands take."""

from pathlib import Path
from typing import Annotated

import typer

Modules = Annotated[list[Path] | None, typer.Option("--module", help="a Python file with filters of your own")]

Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", help="key=value, for any key of the file: --set stages.dedup.minhash.threshold=0.7"),
]
