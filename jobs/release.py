"""`yuliao release sign RELEASE --key FILE` and `release diff OLD NEW`: what is done to a release once it is made."""

import datetime
from pathlib import Path
from typing import Annotated

import typer

from jobs.show.console import console as new_console
from jobs.validate import RELEASE
from pipeline.answers.release_diff import difference
from pipeline.answers.releases import answered, log_beside
from shards.release.place import release_at
from shards.release.signing import Log, read_signers, sign_release
from shards.transparency import KINDS

SHOWN = 20  # documents that went, and nobody says why

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False)


@app.callback()
def command() -> None:
    """Sign a release and append it to the log of its data set; compare two releases."""


@app.command()
def sign(
    release: Annotated[str, typer.Argument(help=RELEASE)],
    key: Annotated[Path, typer.Option(help="private keys, of `yuliao keygen`", exists=True, dir_okay=False)],
    log: Annotated[str, typer.Option(help="the folder of the log; default: `log` in the output folder")] = "",
    name: Annotated[str, typer.Option("--version", help="the version of the release, e.g. 3.0.0")] = "",
    day: Annotated[str, typer.Option(help="the date of the log entry; default: today")] = "",
) -> None:
    """Sign a release and append it to the log of its data set; repeating it changes nothing."""
    folder = answered(lambda: release_at(release))
    place = log or log_beside(folder)
    about = {"day": day or datetime.datetime.now(tz=datetime.UTC).date().isoformat()} | (
        {"version": name} if name else {}
    )
    signers = answered(lambda: read_signers(key))
    number = answered(lambda: sign_release(folder, Log(place), signers, about))
    by = ", ".join(f"{signer.key.name} ({KINDS[signer.key.kind]})" for signer in signers)
    new_console().print(f"{release}: signed by {by}; entry {number} of {place}", soft_wrap=True)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help=RELEASE)],
    new: Annotated[str, typer.Argument(help="the later release")],
) -> None:
    """Compare two releases by address: documents added, removed, relicensed."""
    found = answered(lambda: difference(old, new))
    console = new_console()
    console.print(f"+ {found.came:,} came")
    console.print(f"- {len(found.went):,} went, {len(found.tombstoned):,} of them with a tombstone")
    console.print(f"~ {found.relicensed:,} in another class of licence, {found.changed:,} changed otherwise")
    for name in [name for name in found.went if name not in found.tombstoned][:SHOWN]:
        console.print(f"  {name} went without a tombstone")
    why = {"MAJOR": "documents were removed", "MINOR": "documents came or changed", "none": "nothing differs"}
    console.print(f"version: {found.version}: {why[found.version]}")
