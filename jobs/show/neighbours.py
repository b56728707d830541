"""The documents near a page, as a table."""

from rich.console import Console
from rich.table import Table

from jobs.show.console import styled
from pipeline.answers.similar import Neighbours
from pipeline.plain import plain


def show_neighbours(console: Console, near: Neighbours) -> None:
    """Print the documents near a page, the most similar first, and what the page is in the release."""
    if near.page:
        became = "published" if near.page["published"] else "a copy, dropped"
        console.print(styled((near.page["id"], "bold"), f" {plain(near.page['url'] or '')}: {became}"), soft_wrap=True)
    if not near.rows:
        console.print("nothing in this release shares a shingle with it")
        return
    exact = near.rows[0]["similarity"] is not None
    table = Table("similarity" if exact else "estimate", "id", "licence", "language", "copies")
    table.add_column("url", overflow="fold")
    for row in near.rows:
        value = row["similarity"] if exact else row["estimate"]
        style = "green" if value >= near.threshold else None
        table.add_row(
            f"{value:.3f}",
            *(plain(str(row[name] or "")) for name in ("id", "license", "language", "duplicates", "url")),
            style=style,
        )
    console.print(table)
    console.print(styled((f"a similarity of {near.threshold:g} or more makes a duplicate", "dim")))
