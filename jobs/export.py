"""`yuliao export RELEASE OUT`: a release, or part of it, as Parquet or JSON Lines."""

from enum import StrEnum
from typing import Annotated

import typer

from jobs.show.console import console as new_console
from jobs.validate import RELEASE
from pipeline.answers.releases import exported
from pipeline.words import counted


class Format(StrEnum):
    """What is written."""

    PARQUET = "parquet"
    JSONL = "jsonl"


def command(
    release: Annotated[str, typer.Argument(help=RELEASE)],
    out: Annotated[str, typer.Argument(help="a new or empty folder; repeating an export changes nothing")],
    kind: Annotated[Format, typer.Option("--format", help="Parquet, or gzipped JSON Lines")] = Format.PARQUET,
    language: Annotated[
        list[str] | None, typer.Option(help="export only this language (repeatable), e.g. zho_Hans")
    ] = None,
    license_class: Annotated[
        list[str] | None,
        typer.Option("--class", help="export only this class of licence (repeatable): open, permissive, …"),
    ] = None,
) -> None:
    """Export a release as Parquet or JSON Lines, with its own card and checksums."""
    written = exported(release, out, kind.value, language or [], license_class or [])
    console = new_console()
    console.print(
        f"{counted(written.rows, 'document')} in {counted(len(written.files), 'file')}: {out}", soft_wrap=True
    )
