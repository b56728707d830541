"""The funnel of a run as tables: documents in, kept, and rejected by reason and by language."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from jobs.show.console import styled
from pipeline.answers.funnel import Likeness, StageFunnel
from pipeline.words import counted, mebibytes


def show_funnel(console: Console, stages: Sequence[StageFunnel], *, languages: bool = False) -> None:
    """Print what each stage that judges documents did with them."""
    for stage in stages:
        if stage.rows and (stage.name != "publish" or stage.rejected):
            console.print(
                styled((f"{stage.name}: {counted(stage.rows, 'document')} in {counted(stage.tasks, 'task')}", "italic"))
            )
            console.print(_table(stage))
            console.print(_effort(stage))
            if languages:
                console.print(styled((f"{stage.name}, by language", "italic")))
                console.print(_by_language(stage))
                console.print()


def show_trial(console: Console, limit: int | None) -> None:
    """Print that a run is a trial, if it is one."""
    if limit is not None:
        told = f"a trial: at most {limit:,} documents of each source were read; it does not represent the whole run\n"
        console.print(styled((told, "yellow")), soft_wrap=True)


def _table(stage: StageFunnel) -> Table:
    table = Table()
    table.add_column("")
    table.add_column("documents", justify="right")
    table.add_column("share", justify="right")
    table.add_row("kept", f"{stage.kept_rows:,}", _share(stage.kept_rows, stage.rows), style="green")
    for reason, count in stage.reasons():
        table.add_row(reason, f"{count:,}", _share(count, stage.rows))
    return table


def _effort(stage: StageFunnel) -> Text:
    rate = stage.rows / stage.cpu_seconds if stage.cpu_seconds else 0
    return styled((f"{rate:,.0f} documents per CPU second, {mebibytes(stage.peak_bytes)} at most in a worker\n", "dim"))


def _by_language(stage: StageFunnel) -> Table:
    table = Table()
    table.add_column("language")
    table.add_column("documents", justify="right")
    table.add_column("kept", justify="right")
    table.add_column("rejected by")
    for language in stage.languages():
        reasons = {reason: counts[language] for reason, counts in stage.rejected.items() if counts[language]}
        kept = stage.kept[language]
        total = kept + sum(reasons.values())
        told = ", ".join(f"{reason} {reasons[reason]:,}" for reason in sorted(reasons, key=lambda r: (-reasons[r], r)))
        table.add_row(language, f"{total:,}", f"{kept:,}", told)
    return table


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else ""


def show_likeness(console: Console, alike: Likeness | None) -> None:
    """Print what the search for near duplicates met with, if there was one."""
    if alike is None:
        return
    told = (
        f"near duplicates: {alike.pairs:,} pairs in {alike.compared:,} comparisons; the largest bucket has "
        f"{alike.fullest_bucket:,} documents (key {alike.fullest_key:016x}), the largest component "
        f"{alike.largest_component:,}"
    )
    if alike.superseded:
        told += f"; {alike.superseded:,} documents of earlier releases are superseded"
    left = f"; {alike.given_up:,} documents were not compared with their whole component" if alike.given_up else ""
    console.print(styled(told, (left, "red")), soft_wrap=True)


def show_left_out(console: Console, stages: Sequence[StageFunnel]) -> None:
    """Print what the sources left out because it is no document, and the inputs that could not be read."""
    for stage in stages:
        if stage.skipped:
            console.print(styled((f"{stage.name}: left out by the sources; not counted as documents", "italic")))
            table = Table()
            table.add_column("what")
            table.add_column("times", justify="right")
            for what, times in sorted(stage.skipped.items(), key=lambda item: (-item[1], item[0])):
                table.add_row(what, f"{times:,}")
            console.print(table)
        for why in stage.unreadable:
            console.print(styled(("unreadable", "red"), f" {why}"), soft_wrap=True)
