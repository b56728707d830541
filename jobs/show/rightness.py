"""How often filters are right, as a table."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from pipeline.answers.labelling import Precisions
from pipeline.answers.precision import Rightness, Share


def show_precisions(console: Console, measured: Precisions) -> None:
    """Print the precision and the recall of each filter, and what the labels could not say."""
    told = f"{measured.labelled} documents labelled"
    for count, what in (
        (measured.unsure, "undecided"),
        (measured.absent, "not in this run"),
        (measured.changed, "with another text in this run"),
    ):
        told += f", {count} {what}" if count else ""
    console.print(told)
    console.print(rightness_table(measured.filters))
    console.print(
        "precision: share of what the filter drops that people drop; "
        "recall: share of what people drop that the filter drops"
    )


def rightness_table(rows: Iterable[Rightness]) -> Table:
    """Return a row per filter and bound."""
    table = Table()
    table.add_column("")
    for column in ("labels", "would drop", "precision", "95 % interval", "people drop", "recall", "95 % interval"):
        table.add_column(column, justify="right")
    for one in rows:
        name = f"  {one.name}" if "." in one.name else one.name
        table.add_row(name, f"{one.cases:,}", *_share(one.precision), *_share(one.recall))
    return table


def _share(share: Share) -> tuple[str, str, str]:
    value = "" if share.value is None else f"{share.value:.1%}"
    return f"{share.documents:,}", value, f"{share.low:.1%} to {share.high:.1%}" if share.documents else ""
