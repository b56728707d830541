"""A what-if in a terminal: what would become of documents, by language and by reason, and some of those that move."""

from collections import Counter

from rich.console import Console
from rich.table import Table

from jobs.show.console import styled
from pipeline.answers.moves import options
from pipeline.answers.what_if import CHANGES, Changed, WhatIf

LANGUAGES = 20  # rows of the table


def show_what_if(console: Console, run: str, answer: WhatIf) -> None:
    """Print how many documents change sides, which for example, and how a run is given the bounds."""
    for move in answer.moves:
        apart = f", except in {move.elsewhere} languages with filters of their own" if move.elsewhere else ""
        console.print(styled((move.name, "bold"), f" {move.old} → {move.new}{apart}"), soft_wrap=True)
    kept, before = answer.kept.total(), answer.now_kept.total()
    told = f"kept {before:,} → {kept:,}"
    if unmeasured := answer.unmeasured.total():
        told += f", and {unmeasured:,} more are unknown: later steps have not measured them"
    console.print(told, soft_wrap=True)
    if answer.sides:
        _show_languages(console, answer)
    else:
        console.print("no document changes sides")
    _show_reasons(console, answer)
    for one in answer.examples:
        console.print(styled((one.id, "bold"), f" {one.language} ", _told(one)), soft_wrap=True)
    console.print(f"    yuliao inspect {run} ID", soft_wrap=True, markup=False)
    console.print(f"    yuliao run CONFIG {options(answer.moves)}", soft_wrap=True, markup=False)


def _show_languages(console: Console, answer: WhatIf) -> None:
    table = Table("language")
    changes = [change for change in CHANGES if change in answer.sides]
    for before, after in changes:
        table.add_column(f"{before} → {after}", justify="right")
    totals = sum(answer.sides.values(), Counter[str]())
    for tag, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:LANGUAGES]:
        table.add_row(tag, *(f"{answer.sides[change][tag]:,}" for change in changes))
    if len(totals) > 1:
        name = f"all {len(totals)}" if len(totals) > LANGUAGES else "all"
        table.add_row(name, *(f"{answer.sides[change].total():,}" for change in changes), style="bold")
    console.print(table)


def _show_reasons(console: Console, answer: WhatIf) -> None:
    table = Table("reason")
    for name in ("now", "then"):
        table.add_column(name, justify="right")
    before = {reason: languages.total() for reason, languages in answer.now_rejected.items()}
    after = {reason: languages.total() for reason, languages in answer.rejected.items()}
    for reason in sorted({*before, *after}):
        if before.get(reason) != after.get(reason):
            table.add_row(reason, f"{before.get(reason, 0):,}", f"{after.get(reason, 0):,}")
    if table.row_count:
        console.print(table)


def _told(one: Changed) -> tuple[str, str]:
    reasons = " → ".join(filter(None, (one.reason, one.new_reason)))
    colour = {"kept": "green", "rejected": "red"}.get(one.after, "yellow")
    return f"{one.before} → {one.after}{f' ({reasons})' if reasons else ''}", colour
