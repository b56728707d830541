"""`yuliao calibrate CONFIG`: fit the bounds of a chain to languages, and write a file for each with the reasons."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.options import Overrides, repeated
from jobs.run import Config, Parameters
from jobs.show.console import console as new_console
from jobs.show.console import shown
from pipeline.calibration.calibrate import calibrate, texts_of
from pipeline.calibration.report import PAGE, rightness_lines, total_lines, write_report
from pipeline.calibration.settings import Calibration
from pipeline.calibration.write import write
from pipeline.config import load_as
from pipeline.overrides import overrides_of
from pipeline.pages.words import Locale, Words


def command(
    config: Config,
    parameter: Parameters = None,
    assign: Overrides = None,
    report: Annotated[Path | None, typer.Option(help="write a page and every bound to this folder")] = None,
    locale: Annotated[Locale, typer.Option("--locale", help="the language of the page")] = "en",
) -> None:
    """Fit the bounds of a chain of filters to every language with enough reference texts."""
    settings = load_as(Calibration, str(config), parameter or (), overrides_of(assign or ()))
    calibrated = calibrate(settings, texts_of(settings))
    written = write(calibrated, repeated("calibrate", config, parameter, assign))
    console = new_console()
    if report is not None:
        write_report(calibrated, report, Words(locale))
        console.print(f"report: {shown(str(report / PAGE))}", soft_wrap=True)
    console.print("\n".join(total_lines(calibrated.outcomes)), soft_wrap=True)
    if calibrated.labelled:
        console.print("\n".join(rightness_lines(calibrated.labelled)), soft_wrap=True)
    console.print(f"{len(calibrated.fitted)} languages: {shown(str(written[-1]))}", soft_wrap=True)
