"""How often each rule of licences was right, as a table."""

from collections.abc import Iterable

from rich.table import Table

from pipeline.answers.review import Precision


def precisions_table(precisions: Iterable[Precision], answers: int) -> Table:
    """Return a row per rule and class of licence, with the interval of its precision."""
    table = Table(title=f"{answers} answers", title_justify="left")
    for column in ("rule", "class", "documents", "right", "wrong", "unsure", "precision", "95 % interval"):
        table.add_column(column, justify="left" if column in ("rule", "class") else "right")
    for one in precisions:
        value = "" if one.value is None else f"{one.value:.1%}"
        low, high = one.interval
        counts = (f"{count:,}" for count in (one.size, one.right, one.wrong, one.unsure))
        table.add_row(one.rule, one.verdict, *counts, value, f"{low:.1%} to {high:.1%}")
    return table
