"""`yuliao release sign RELEASE --key FILE`: what is done to a release once it is made."""

import datetime
from pathlib import Path
from typing import Annotated

import typer

from jobs.show.console import console as new_console
from jobs.validate import RELEASE
from pipeline.answers.releases import answered, log_beside
from shards.release.place import release_at
from shards.release.signing import Log, read_signers, sign_release
from shards.transparency import KINDS

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False)


@app.callback()
def command() -> None:
    """Sign a release and enter it in the log of its data set."""


@app.command()
def sign(
    release: Annotated[str, typer.Argument(help=RELEASE)],
    key: Annotated[Path, typer.Option(help="private keys, of `yuliao keygen`", exists=True, dir_okay=False)],
    log: Annotated[str, typer.Option(help="the folder of the log; default: `log` in the output folder")] = "",
    name: Annotated[str, typer.Option("--version", help="what people call it: 3.0.0")] = "",
    day: Annotated[str, typer.Option(help="of the entry; default: today")] = "",
) -> None:
    """Sign a release and enter it in the log of its data set; doing it again changes nothing."""
    folder = answered(lambda: release_at(release))
    place = log or log_beside(folder)
    about = {"day": day or datetime.datetime.now(tz=datetime.UTC).date().isoformat()} | (
        {"version": name} if name else {}
    )
    signers = answered(lambda: read_signers(key))
    number = answered(lambda: sign_release(folder, Log(place), signers, about))
    by = ", ".join(f"{signer.key.name} ({KINDS[signer.key.kind]})" for signer in signers)
    new_console().print(f"{release}: signed by {by}; entry {number} of {place}", soft_wrap=True)
