"""Signals beside their bounds, as a table."""

from collections.abc import Sequence

from rich.table import Table

from pipeline.answers.journey import Measurement


def measurements_table(measurements: Sequence[Measurement]) -> Table:
    """Return a row per signal: what was measured, what is allowed, and whether it breaks the bound."""
    table = Table()
    table.add_column("signal", no_wrap=True)
    table.add_column("value", justify="right")
    table.add_column("allowed")
    table.add_column("")
    for measurement in measurements:
        outside = measurement.decided or measurement.broken
        flags = measurement.bound.action == "flag"
        style = ("yellow" if flags else "red") if measurement.broken else None
        mark = ("flags" if flags else "rejects") if outside else ""
        table.add_row(measurement.name, _plain(measurement.value), str(measurement.bound), mark, style=style)
    return table


def _plain(value: float | str | None) -> str:
    if value is None:
        return "not measured"
    return value if isinstance(value, str) else f"{value:.4g}"
