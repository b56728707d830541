"""`yuliao similar PAGE --release R`: what in a release is near a page, with its licence and its address."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from jobs.show.console import console as new_console
from jobs.show.neighbours import show_neighbours
from pipeline.answers.similar import near_document, near_text
from pipeline.answers.trial import text_of


def command(
    page: Annotated[str, typer.Argument(help="a text or HTML file, `-` for text on stdin, or a document's id or URL")],
    release: Annotated[str, typer.Option(help="a release, the output folder of its run, a link to it, or its index")],
    limit: Annotated[int, typer.Option(help="number of documents to show", min=1)] = 10,
) -> None:
    """Find documents in a release that resemble a page, the most similar first."""
    if page == "-":
        near = near_text(sys.stdin.read(), release, limit)
    elif Path(page).is_file():
        near = near_text(text_of(Path(page)), release, limit)
    else:
        near = near_document(page, release, limit)
    show_neighbours(new_console(), near)
