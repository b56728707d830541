"""The command line: `yuliao`, which is `python -m jobs`.

Exit codes: 0 all is well · 1 tasks failed, run again to go on · 2 the configuration or the request cannot be carried
out · 3 done, but some inputs could not be read (they are named).
"""

import logging
import sys

import typer
from rich.console import Console
from rich.markup import escape

from jobs import (
    calibrate,
    compile,
    crawl,
    export,
    filters,
    inspect,
    perplexity,
    plan,
    report,
    review_licenses,
    run,
    schema,
    similar,
    trial,
    validate,
)
from pipeline.errors import PipelineError

app = typer.Typer(
    name="yuliao",
    help="Licensed, multilingual training corpora: from web pages to Arrow shards, every row accounted for.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command("run")(run.command)
app.command("crawl")(crawl.command)
app.command("plan")(plan.command)
app.command("report")(report.command)
app.command("inspect")(inspect.command)
app.command("review-licenses")(review_licenses.command)
app.command("validate")(validate.command)
app.command("export")(export.command)
app.command("similar")(similar.command)
app.command("try")(trial.command)
app.command("filters")(filters.command)
app.command("calibrate")(calibrate.command)
app.command("schema")(schema.command)
app.command("compile")(compile.command)
app.command("perplexity")(perplexity.command)


def main() -> None:
    """Run the command line; what goes wrong is told in one message, without a traceback."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S")
    try:
        app()
    except PipelineError as error:
        told = f"[bold red]{type(error).__name__}[/] {escape(str(error))}"
        Console(stderr=True, highlight=False).print(told, soft_wrap=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
