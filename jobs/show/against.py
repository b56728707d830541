"""What moved between two runs, as tables: reasons, languages, signals beyond their bounds, documents."""

from rich.console import Console
from rich.table import Table

from jobs.show.console import styled
from pipeline.answers.against import Against
from pipeline.answers.report import About

MOST = 20  # rows of a table


def show_against(console: Console, changes: Against) -> None:
    """Print what moved, the greatest changes first; what did not is left out."""
    console.print(styled(f"{_told(changes.before)} → {_told(changes.after)}\n"), soft_wrap=True)
    reasons = [(one.fate, one.before, one.after) for one in changes.reasons if one.before != one.after]
    _print(console, "kept, and rejected by", reasons)
    languages = [(one.language, one.kept_before, one.kept_after) for one in changes.languages]
    _print(console, "kept, by language", [one for one in languages if one[1] != one[2]])
    _print_signals(console, changes)
    if not changes.moves:
        console.print("no document changed sides")
        return
    more = f", of one document in {changes.compared:,}" if changes.compared > 1 else ""
    console.print(styled((f"documents that changed sides{more}", "italic")))
    table = Table("before", "after")
    table.add_column("documents", justify="right")
    for one in changes.moves[:MOST]:
        table.add_row(one.before, one.after, f"{one.documents:,}")
    console.print(table)
    if len(changes.moves) > MOST:
        console.print(f"and {len(changes.moves) - MOST:,} more (--json)", style="dim")


def _told(about: About) -> str:
    share = f", {about.published / about.documents:.1%}" if about.documents else ""
    return f"{about.name}: {about.documents:,} documents, {about.published:,} published{share}"


def _print(console: Console, title: str, rows: list[tuple[str, int, int]]) -> None:
    if rows:
        table = Table("")
        console.print(styled((title, "italic")))
        for column in ("before", "after", "change"):
            table.add_column(column, justify="right")
        for name, before, after in rows[:MOST]:
            table.add_row(name, f"{before:,}", f"{after:,}", f"{after - before:+,}")
        console.print(table)


def _print_signals(console: Console, changes: Against) -> None:
    bounded = [one for one in changes.signals if one.beyond_before is not None or one.beyond_after is not None]
    rows = [one for one in bounded if (one.limits_before, one.beyond_before) != (one.limits_after, one.beyond_after)]
    if rows:
        console.print(styled(("beyond their bounds", "italic")))
        table = Table("")
        for column in ("allowed before", "after"):
            table.add_column(column)
        for column in ("beyond before", "after"):
            table.add_column(column, justify="right")
        for one in rows[:MOST]:
            shares = ("" if share is None else f"{share:.1%}" for share in (one.beyond_before, one.beyond_after))
            table.add_row(one.name, str(one.limits_before), str(one.limits_after), *shares)
        console.print(table)
