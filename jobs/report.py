"""`yuliao report RUN`: the funnel per stage, reason and language, and what came of each source; or all, as a page."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from jobs.show.breakdown import show_breakdown
from jobs.show.console import console as new_console
from jobs.show.funnel import show_funnel, show_left_out, show_likeness, show_trial
from pipeline.answers.breakdown import breakdown, breakdown_of_release
from pipeline.answers.finished_run import open_run
from pipeline.answers.funnel import funnel, likeness, trial_of
from pipeline.pages.words import Locale, Words
from pipeline.plain import plain_json
from pipeline.record import record_of
from shards import files
from shards.release.place import release_at


def command(
    place: Annotated[str, typer.Argument(metavar="RUN", help="the output folder of a run, or a release")],
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="write everything as one page, of 2 MB at most")
    ] = None,
    locale: Annotated[Locale, typer.Option("--locale", help="the language of the page")] = "en",
    no_texts: Annotated[
        bool, typer.Option("--no-texts", help="a page without documents and names of files, for publication")
    ] = False,
    hosts: Annotated[
        bool, typer.Option("--hosts", help="also what is published, by host: reads its addresses")
    ] = False,
    before: Annotated[
        str | None, typer.Option("--against", metavar="RUN", help="what moved since this run or release")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="for programs: everything")] = False,
) -> None:
    """Show what became of every document of a run, by stage, reason and language, and how large the release is."""
    console = new_console()
    if before is not None:
        from jobs.show.against import show_against
        from pipeline.answers.against import against
        from pipeline.pages.against import against_page

        change = against(before, place)
        if html is not None:
            _write(console, html, against_page(change, Words(locale), texts=not no_texts))
        if as_json:
            print(plain_json(change.as_json(), indent=1))
        elif html is None:
            show_against(console, change)
        return
    if html is not None or as_json:
        from pipeline.answers.report import SHOWN, report_on
        from pipeline.pages.report import report_page

        report = report_on(place, 0 if no_texts else SHOWN)
        if html is not None:
            _write(console, html, report_page(report, Words(locale), texts=not no_texts))
        if as_json:
            print(plain_json(report.as_json(), indent=1))
        return
    if not files.exists(record_of(place)):
        from pipeline.answers.documents import documents_at

        show_breakdown(console, breakdown_of_release(release_at(documents_at(place).place), hosts=hosts))
        return
    opened = open_run(place)
    stages = funnel(opened.stages)
    show_trial(console, trial_of(opened))
    show_funnel(console, stages, languages=True)
    show_likeness(console, likeness(opened.stages))
    show_breakdown(console, breakdown(opened, hosts=hosts))
    show_left_out(console, stages)


def _write(console: Console, path: Path, text: str) -> None:
    size = files.write_bytes(str(path), text.encode()).bytes
    console.print(f"{path}: {size / 1e6:.2f} MB", soft_wrap=True)
