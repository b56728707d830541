"""The console that commands print to: as wide as the terminal, or wide enough for tables elsewhere."""

from rich.console import Console

WIDTH = 140  # columns where there is no terminal


def console() -> Console:
    """Return a console for tables and messages."""
    terminal = Console(highlight=False)
    return terminal if terminal.is_terminal else Console(highlight=False, width=WIDTH)
