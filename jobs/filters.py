"""`yuliao filters`: every filter with its source, its signals, their bounds, and its settings, as the code has them."""

from collections.abc import Iterator
from typing import Annotated

import typer

from filters.base import Filter
from filters.documentation import Described, described
from jobs.options import Modules
from jobs.show.console import console as new_console
from jobs.show.console import styled
from pipeline import plugins
from pipeline.catalogue import FILTERS
from pipeline.errors import QuestionError

INTRODUCTION = """\
# Filters

Every filter with its signals, bounds and settings. This page is generated from the code (`yuliao filters --markdown`).

A filter measures signals and bounds them. The name of a signal is the key in YAML, the column in `signals/` and the
reason for a rejection: `gopher_quality.words`. The bounds of each language are in `configs/languages/`
([how they were fitted](calibration.md)). `yuliao try FILTER FILE --highlight` tries a filter on a text of yours.
"""


def command(
    names: Annotated[list[str] | None, typer.Argument(help="names of filters; default: all")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="print the page docs/filters.md")] = False,
    module: Modules = None,
) -> None:
    """List every filter with its source, signals, bounds and settings."""
    for path in module or ():
        plugins.load(path)
    unknown = sorted({*(names or ())} - {*FILTERS.names()})
    if unknown:
        raise QuestionError(f"unknown filter {', '.join(unknown)} (available: {', '.join(FILTERS.names())})")
    chosen = [FILTERS.find(name) for name in names or FILTERS.names()]
    if markdown:
        print("\n".join(page(chosen)).rstrip())
        return
    console = new_console()
    for filter in chosen:
        one = described(filter)
        console.print(styled((one.name, "bold"), f"  {one.summary}"), soft_wrap=True)
        for source in one.sources:
            console.print(styled((f"  {source}", "dim")), soft_wrap=True)
        for field in one.fields:
            note = f"  {field.note}" if field.note else ""
            console.print(styled(f"  {field.name:<32} {field.default}", (note, "dim")), soft_wrap=True)
        console.print()


def page(filters: list[type[Filter]]) -> Iterator[str]:
    """Yield the lines of the page about the filters."""
    yield INTRODUCTION
    for filter in filters:
        yield from _section(described(filter))


def _section(one: Described) -> Iterator[str]:
    yield f"## {one.name}\n"
    yield one.text + "\n"
    for title, kind in (("signal", True), ("setting", False)):
        fields = [field for field in one.fields if field.is_signal == kind]
        if fields:
            yield f"| {title} | {'allowed' if kind else 'default'} | |"
            yield "|---|---|---|"
            for field in fields:
                default = field.default if kind else f"`{field.default}`"
                yield f"| `{field.name}` | {_cell(default)} | {_cell(field.note)} |"
            yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
