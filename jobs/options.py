"""Options that several commands take."""

from pathlib import Path
from typing import Annotated

import typer

Modules = Annotated[list[Path] | None, typer.Option("--module", help="a Python file with your own filters")]

Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", help="override any key of the file: --set stages.dedup.minhash.threshold=0.7"),
]
