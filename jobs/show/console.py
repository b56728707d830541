"""The console that commands print to: as wide as the terminal, or wide enough for tables elsewhere.

What it prints is text, whoever wrote it: brackets are no markup, and control characters are seen, not obeyed.
"""

import os
from collections.abc import Iterable
from typing import IO

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from pipeline.plain import plain_lines
from shards import files
from shards.secrets import redacted

WIDTH = 140  # columns where there is no terminal


def console(
    *, errors: bool = False, file: IO[str] | None = None, width: int | None = None, record: bool = False
) -> Console:
    """Return a console for tables and messages, or for those of errors; or one that prints to a file."""
    made = Console(highlight=False, markup=False, emoji=False, stderr=errors, file=file, record=record)
    if not made.is_terminal:
        made.width = width or WIDTH
    made.push_render_hook(_Visible())
    return made


def styled(*parts: str | tuple[str, str]) -> Text:
    """Return a line of parts, each a text, or a text and its style."""
    return Text.assemble(*parts)


class _Visible(RenderHook):
    """Makes control characters visible in whatever is printed, and all of the words in a table."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        for renderable in renderables:
            if isinstance(renderable, Table):
                for column in renderable.columns:
                    column.overflow = "fold"  # a reason that is cut short could be several
        return [_Shown(renderable) for renderable in renderables]


class _Shown:
    def __init__(self, renderable: ConsoleRenderable) -> None:
        self._renderable = renderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        segments: Iterable[Segment] = console.render(self._renderable, options)
        for segment in segments:
            yield segment if segment.control else Segment(plain_lines(segment.text), segment.style)


def shown(uri: str) -> str:
    """Return a path as its reader would type it: relative, if it lies below the current folder."""
    if files.scheme(uri) is not None:
        return redacted(uri)
    relative = os.path.relpath(uri)
    return uri if relative.startswith("..") else relative
