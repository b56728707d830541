"""`yuliao report RUN`: the funnel per stage, reason and language, and what came of each source; or all, as a page."""

import os
from collections import Counter
from typing import Annotated

import typer
from rich.console import Console

from jobs.show.breakdown import show_breakdown
from jobs.show.console import console as new_console
from jobs.show.console import shown
from jobs.show.funnel import show_funnel, show_left_out, show_likeness, show_trial
from pipeline.answers.breakdown import breakdown, breakdown_of_release
from pipeline.answers.finished_run import open_run
from pipeline.answers.funnel import funnel, likeness, trial_of
from pipeline.errors import QuestionError
from pipeline.pages.words import Locale, Words
from pipeline.plain import plain_json
from pipeline.record import record_of
from pipeline.words import message_of
from shards import files
from shards.release.place import release_at


def command(
    place: Annotated[str, typer.Argument(metavar="RUN", help="the output folder of a run or of a crawl, or a release")],
    html: Annotated[
        str | None,
        typer.Option("--html", metavar="FILE", help="write the whole report as one HTML page (at most 2 MB)"),
    ] = None,
    locale: Annotated[Locale, typer.Option("--locale", help="the language of the HTML page")] = "en",
    no_texts: Annotated[
        bool, typer.Option("--no-texts", help="omit documents and file names, for publication")
    ] = False,
    hosts: Annotated[bool, typer.Option("--hosts", help="also count the published documents by host")] = False,
    before: Annotated[
        str | None, typer.Option("--against", metavar="RUN", help="compare with this earlier run or release")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print everything as JSON")] = False,
) -> None:
    """Report documents in, kept and rejected, by stage, reason and language; sources; size of the release."""
    if html is None and (no_texts or locale != "en"):
        raise QuestionError("--no-texts and --locale apply to the page; name its file with --html")
    console, notes = new_console(), new_console(errors=as_json)
    if before is None and not files.exists(record_of(place)) and _is_of_crawl(notes, place, html, locale, as_json):
        return
    if before is not None:
        from jobs.show.against import show_against
        from pipeline.answers.against import against
        from pipeline.pages.against import against_page

        change = against(before, place)
        if html is not None:
            _write(notes, html, against_page(change, Words(locale), texts=not no_texts))
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
            _write(notes, html, report_page(report, Words(locale), texts=not no_texts))
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
    console.print()
    show_left_out(console, stages)


def _is_of_crawl(console: Console, place: str, html: str | None, locale: Locale, as_json: bool) -> bool:
    """Tell of a crawl, if there is one at the place."""
    from pipeline.crawl.reports import CrawlReport
    from pipeline.pages.crawl import COUNTS, crawl_in, crawl_page

    if (folder := crawl_in(place)) is None:
        return False
    report = CrawlReport.read(folder)
    if html is not None:
        _write(console, html, crawl_page(report, shown(str(folder)), Words(locale)))
    if as_json:
        print(plain_json(report.model_dump(mode="json"), indent=1))
    elif html is None:
        console.print(f"{shown(str(folder))}: {report.requests:,} requests, {report.bytes:,} bytes", soft_wrap=True)
        for key in COUNTS:
            if counts := getattr(report, key):
                most = ", ".join(f"{name} {count:,}" for name, count in Counter(counts).most_common(8))
                console.print(f"{key}: {most}", soft_wrap=True)
    return True


def _write(console: Console, path: str, text: str) -> None:
    if os.path.isdir(path):
        raise QuestionError(f"{path}: a folder; --html names a file")
    try:
        size = files.write_bytes(path, text.encode()).bytes
    except OSError as error:
        raise QuestionError(f"{path}: cannot be written: {message_of(error)}") from error
    console.print(f"{path}: {size / 1e6:.2f} MB", soft_wrap=True)
