"""Options that several commands take."""

from pathlib import Path
from typing import Annotated

import typer

Modules = Annotated[list[Path] | None, typer.Option("--module", help="a Python file with filters of your own")]
