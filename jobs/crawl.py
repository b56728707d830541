"""`yuliao crawl CONFIG`: fetch the pages of a configuration's `crawl` section, or go on where that stopped."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from jobs.options import Overrides
from jobs.run import Address, Config, Parameters, on_ray
from jobs.show.console import console as new_console
from pipeline.checks import load_checked
from pipeline.crawl.reports import CrawlReport
from pipeline.crawl.rounds import crawl
from pipeline.errors import ConfigError
from pipeline.overrides import overrides_of
from pipeline.plain import plain_json
from pipeline.stopping import stopping_gracefully


def command(
    config: Config,
    parameter: Parameters = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="fetch the pages of a finished crawl again, and report what changed")
    ] = False,
    local: Annotated[bool, typer.Option("--local", help="run without Ray, one task after the other")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the report as JSON")] = False,
    address: Address = None,
    assign: Overrides = None,
) -> None:
    """Crawl the seeds of a configuration into WARC files; run the same command again to resume."""
    settings = load_checked(str(config), parameter or (), overrides_of(assign or (), address), inputs=False)
    if settings.crawl is None:
        raise ConfigError(f"{config}: has no `crawl` section; allowed there: contact, seeds, …")
    directory = Path(settings.output).absolute() / "crawl"
    with stopping_gracefully(), ExitStack() as stack:
        if local:
            report = crawl(settings.crawl, directory, refresh=refresh)
        else:
            executor = stack.enter_context(on_ray(settings.ray))
            report = crawl(settings.crawl, directory, refresh=refresh, run=executor.crawl_round)
    if as_json:
        print(plain_json(report.model_dump(mode="json", exclude_none=True)))
    else:
        _show(new_console(), report)


def _show(console: Console, report: CrawlReport) -> None:
    table = Table("host", "fetched", "unchanged", "missing", "denied", "failed", "bytes", box=None)
    for host, counts in report.hosts.items():
        failed = counts.get("failed", 0) + counts.get("error", 0)
        known = (counts.get(name, 0) for name in ("fetched", "unchanged", "missing", "denied"))
        table.add_row(host, *(f"{count:,}" for count in (*known, failed, counts["bytes"])))
    console.print(table)
    summary = {
        "pages": report.pages,
        "reasons": report.reasons,
        "refused_links": report.refused_links,
        "languages": report.languages,
        "changes": report.changes,
    }
    for name, figures in summary.items():
        if figures:
            console.print(f"{name}: {', '.join(f'{key} {count:,}' for key, count in figures.items())}", soft_wrap=True)
    console.print(f"not fetched: {report.left.waiting:,} waiting, {report.left.over_budget:,} over budget")
