"""`yuliao similar PAGE --release R`: what in a release is near a page, with its licence and its address."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from jobs.show.console import console as new_console
from pipeline.answers.similar import Neighbours, near_document, near_text
from pipeline.answers.trial import text_of


def command(
    page: Annotated[str, typer.Argument(help="a text or HTML file, `-` for text on stdin, or a document's id or URL")],
    release: Annotated[
        str, typer.Option(help="a release, the output folder of its run, what leads to one, or its index")
    ],
    limit: Annotated[int, typer.Option(help="how many to show", min=1)] = 10,
) -> None:
    """Show what in a release is near a page: similarity, id, licence and address, the most similar first."""
    if page == "-":
        found = near_text(sys.stdin.read(), release, limit)
    elif Path(page).is_file():
        found = near_text(text_of(Path(page)), release, limit)
    else:
        found = near_document(page, release, limit)
    _show(new_console(), found)


def _show(console: Console, found: Neighbours) -> None:
    if found.page:
        became = "published" if found.page["published"] else "a copy, dropped"
        console.print(f"[bold]{found.page['id']}[/] {found.page['url'] or ''}: {became}", soft_wrap=True)
    if not found.rows:
        console.print("nothing in this release shares a shingle with it")
        return
    exact = found.rows[0]["similarity"] is not None
    table = Table("similarity" if exact else "estimate", "id", "licence", "language", "copies")
    table.add_column("url", overflow="fold")
    for row in found.rows:
        value = row["similarity"] if exact else row["estimate"]
        style = "green" if value >= found.threshold else None
        table.add_row(
            f"{value:.3f}", row["id"], row["license"], row["language"], str(row["duplicates"]), row["url"], style=style
        )
    console.print(table)
    console.print(f"[dim]copies are those of {found.threshold:g} or more[/]")
