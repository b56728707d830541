"""A run by source, language, class of licence and host, as tables."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from jobs.show.console import styled
from pipeline.answers.breakdown import NONE, Breakdown, SourceDocuments, Texts

MOST = 50  # hosts of one table; `--json` has all


def show_breakdown(console: Console, breakdown: Breakdown) -> None:
    """Print a table of sources, and one for each way in which the release is divided."""
    if breakdown.sources:
        console.print(styled(("\nby source", "italic")))
        console.print(_sources(breakdown.sources))
    for texts in breakdown.sources:
        if not texts.rows:
            console.print(styled(("no documents", "yellow"), f" from the source {texts.source}"), soft_wrap=True)
    tables = {
        "language": breakdown.languages,
        "class of licence": breakdown.license_classes,
        "licence": breakdown.licenses,
        "quality score": breakdown.qualities if any(texts.name != NONE for texts in breakdown.qualities) else (),
        "host": breakdown.hosts,
    }
    for name, table in tables.items():
        if table:
            console.print(styled((f"\npublished, by {name}", "italic")))
            console.print(_texts(table))
            if len(table) > MOST:
                console.print(f"and {len(table) - MOST:,} more (--json)", style="dim")
    if not breakdown.sources and not breakdown.languages:
        console.print("no documents")
    if breakdown.evaluation_sets:
        console.print(styled(("\nevaluation sets, and the documents that had an item of them", "italic")))
        searched = _table("", "documents")
        for name, count in breakdown.evaluation_sets.items():
            searched.add_row(name, f"{count:,}")
        console.print(searched)


def _sources(sources: Sequence[SourceDocuments]) -> Table:
    table = _table("source", "documents", "kept", "unreadable files")
    table.add_column("rejected most by")
    for source in sources:
        most = ", ".join(f"{reason} {count:,}" for reason, count in list(source.rejected.items())[:3])
        cells = (f"{count:,}" for count in (source.rows, source.kept, source.unreadable))
        table.add_row(source.source, *cells, most, style=None if source.rows else "yellow")
    return table


def _texts(texts: Sequence[Texts]) -> Table:
    table = _table("", "documents", "bytes", "characters")
    for one in texts[:MOST]:
        cells = (f"{count:,}" for count in (one.documents, one.bytes, one.characters))
        table.add_row(one.name, *cells)
    return table


def _table(first: str, *numbers: str) -> Table:
    table = Table()
    table.add_column(first)
    for column in numbers:
        table.add_column(column, justify="right")
    return table
