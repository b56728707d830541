"""The console that commands print to: as wide as the terminal, or wide enough for tables elsewhere."""

import os

from rich.console import Console

from shards import files
from shards.secrets import redacted

WIDTH = 140  # columns where there is no terminal


def console() -> Console:
    """Return a console for tables and messages."""
    terminal = Console(highlight=False)
    return terminal if terminal.is_terminal else Console(highlight=False, width=WIDTH)


def shown(uri: str) -> str:
    """Return a path as its reader would type it: relative, if it lies below the current folder."""
    if files.scheme(uri) is not None:
        return redacted(uri)
    relative = os.path.relpath(uri)
    return uri if relative.startswith("..") else relative
