"""Signals beside their bounds: all of them as a table, or those that decided and what became of the rest in a line."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table

from pipeline.answers.measurement import Measurement, Outcome
from pipeline.plain import plain

MARKS: dict[Outcome, tuple[str, str | None]] = {  # a word for what a signal did, and its colour
    "rejects": ("rejects", "red"),
    "would_reject": ("outside as well", "red"),
    "flags": ("flags", "yellow"),
    "near": ("nearly", "cyan"),
    "holds": ("", None),
    "rejected_before": ("", "dim"),
    "undefined": ("", "dim"),
}
FOLDED: dict[Outcome, str] = {
    "holds": "within their bounds, by more than a tenth",
    "undefined": "undefined for this text or its language",
    "rejected_before": "not measured, because the document was already rejected",
}


def show_measurements(console: Console, measurements: Sequence[Measurement], *, all_of_them: bool) -> None:
    """Print what decided and what nearly did, and of the rest how many there are; or all."""
    telling = [
        one for one in measurements if all_of_them or one.outcome in ("rejects", "would_reject", "flags", "near")
    ]
    if telling:
        console.print(measurements_table(telling))
    if not all_of_them:
        for line in folded(measurements):
            console.print(f"{line}; --all shows them", soft_wrap=True)


def folded(measurements: Sequence[Measurement]) -> Iterator[str]:
    """Yield a line for the bounds that held, and one for each reason for which there is no value."""
    for outcome, words in FOLDED.items():
        counts = Counter(one.name.partition(".")[0] for one in measurements if one.outcome == outcome)
        if counts:
            by_filter = ", ".join(f"{filter} {count}" for filter, count in counts.items())
            yield f"{words}: {counts.total()} ({by_filter})"


def measurements_table(measurements: Sequence[Measurement]) -> Table:
    """Return a row per signal: what was measured, what is allowed, and whether it breaks the bound."""
    table = Table()
    table.add_column("signal", no_wrap=True)
    table.add_column("value", justify="right")
    table.add_column("allowed")
    table.add_column("")
    for measurement in measurements:
        mark, style = MARKS[measurement.outcome]
        table.add_row(measurement.name, measured_value(measurement), str(measurement.bound), mark, style=style)
    return table


def measured_value(measurement: Measurement) -> str:
    """Return a value as it is printed; or why there is none."""
    if measurement.missing == "rejected_before":
        return "not measured"
    if measurement.missing == "undefined":
        return "undefined"
    value = measurement.value
    return "none" if value is None else plain(value) if isinstance(value, str) else f"{value:.4g}"
