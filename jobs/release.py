"""`yuliao release sign|withdraw|intake|anchor|witness|diff`: what is done to a release, once it is made."""

import datetime
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from jobs.show.console import console as new_console
from jobs.validate import RELEASE
from pipeline.answers.release_diff import difference
from pipeline.answers.releases import answered, log_beside
from pipeline.errors import QuestionError
from pipeline.words import counted
from shards import files
from shards.release.anchoring import Program, Witness, anchor_release, read_request
from shards.release.events import delivered, withdraw_release
from shards.release.place import release_at
from shards.release.signing import Log, read_signers, sign_release
from shards.transparency import KINDS, ProofError, read_keys

SHOWN = 20  # documents that went, and nobody says why

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False)


@app.callback()
def command() -> None:
    """Sign a release, withdraw it, have its log confirmed by others; compare two releases."""


KEY = "private keys, of `yuliao keygen`"
LOG = "the folder of the log; default: `log` in the output folder"
DAY = "the date of the log entry; default: today"


@app.command()
def sign(
    release: Annotated[str, typer.Argument(help=RELEASE)],
    key: Annotated[Path, typer.Option(help=KEY, exists=True, dir_okay=False)],
    log: Annotated[str, typer.Option(help=LOG)] = "",
    name: Annotated[str, typer.Option("--version", help="the version of the release, e.g. 3.0.0")] = "",
    day: Annotated[str, typer.Option(help=DAY)] = "",
) -> None:
    """Sign a release and append it to the log of its data set; repeating it changes nothing."""
    folder = answered(lambda: release_at(release))
    place = log or log_beside(folder)
    about = {"day": day or _today()} | ({"version": name} if name else {})
    signers = answered(lambda: read_signers(key))
    number = answered(lambda: sign_release(folder, Log(place), signers, about))
    by = ", ".join(f"{signer.key.name} ({KINDS[signer.key.kind]})" for signer in signers)
    new_console().print(f"{release}: signed by {by}; entry {number} of {place}", soft_wrap=True)


@app.command()
def withdraw(
    release: Annotated[str, typer.Argument(help=RELEASE)],
    key: Annotated[Path, typer.Option(help=KEY, exists=True, dir_okay=False)],
    why: Annotated[str, typer.Option(help="what the log says of the reason")],
    log: Annotated[str, typer.Option(help=LOG)] = "",
    day: Annotated[str, typer.Option(help=DAY)] = "",
) -> None:
    """Withdraw a signed release: an entry in its log, which `yuliao verify` reports; no file of it is changed."""
    folder = answered(lambda: release_at(release))
    place = log or log_beside(folder)
    signers = answered(lambda: read_signers(key))
    number = answered(lambda: withdraw_release(folder, Log(place), signers, {"day": day or _today(), "why": why}))
    new_console().print(f"{release}: withdrawn; entry {number} of {place}", soft_wrap=True)


@app.command()
def intake(
    paths: Annotated[list[Path], typer.Argument(help="the files that were delivered", exists=True, dir_okay=False)],
    supplier: Annotated[str, typer.Option(help="who delivered them")],
    data_set: Annotated[str, typer.Option(help="the data set, as the stage `commit` names it")],
    log: Annotated[str, typer.Option(help="the folder of its log")],
    key: Annotated[Path, typer.Option(help=KEY, exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Option("-o", "--out", help="the receipt for the supplier", dir_okay=False)],
    day: Annotated[str, typer.Option(help=DAY)] = "",
) -> None:
    """Enter a delivery in the log of a data set, and write a receipt that `yuliao verify` checks."""
    lines = [f"{files.sha256(str(path))}  {path.name}" for path in paths]
    entry = {"event": "intake", "supplier": supplier, "day": day or _today(), **delivered(lines)}
    signers = answered(lambda: read_signers(key))
    opened = answered(lambda: Log(log))
    number = answered(lambda: opened.add(entry, data_set, signers))
    out.write_bytes(str(opened.proof(number)).encode())
    said = f"{counted(len(paths), 'file')} of {supplier}, root {entry['root']}; entry {number} of {log}"
    new_console().print(f"{said}\n{out}: the receipt", soft_wrap=True)


@app.command()
def anchor(
    release: Annotated[str, typer.Argument(help=RELEASE)],
    by: Annotated[str, typer.Option(help="a command that reads a request of tlog-witness, and prints its answer")],
    witness: Annotated[Path, typer.Option(help="public keys of those who answer", exists=True, dir_okay=False)],
    log: Annotated[str, typer.Option(help=LOG)] = "",
    seen: Annotated[int, typer.Option(help="how many entries they have seen; default: what was anchored last")] = -1,
) -> None:
    """Have others confirm the log of a signed release: a witness, a chain, a time-stamping authority."""
    folder = answered(lambda: release_at(release))
    place = log or log_beside(folder)
    keys = read_keys(witness.read_text(encoding="utf-8"))
    answered(lambda: anchor_release(folder, Log(place), Program(tuple(shlex.split(by))), keys, seen))
    names = ", ".join(key.name for key in keys)
    new_console().print(f"{place}: seen by {names}", soft_wrap=True)


@app.command()
def witness(
    key: Annotated[Path, typer.Option(help="the key of a witness, of `yuliao keygen --witness`", exists=True)],
    memory: Annotated[Path, typer.Option(help="a file that remembers what it has seen", dir_okay=False)],
) -> None:
    """Witness a log: read a request from standard input, and sign a checkpoint that continues the last one."""
    (signer,) = answered(lambda: read_signers(key))
    try:
        lines = answered(lambda: Witness(signer, memory).anchored(*read_request(sys.stdin.read())))
    except ProofError as error:
        raise QuestionError(str(error)) from error
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _today() -> str:
    return datetime.datetime.now(tz=datetime.UTC).date().isoformat()


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help=RELEASE)],
    new: Annotated[str, typer.Argument(help="the later release")],
) -> None:
    """Compare two releases by address: documents added, removed, relicensed."""
    changes = answered(lambda: difference(old, new))
    console = new_console()
    console.print(f"+ {changes.added:,} added")
    console.print(f"- {len(changes.removed):,} removed, {len(changes.tombstoned):,} of them with a tombstone")
    console.print(f"~ {changes.relicensed:,} in another class of licence, {changes.changed:,} changed otherwise")
    for name in [name for name in changes.removed if name not in changes.tombstoned][:SHOWN]:
        console.print(f"  {name} was removed without a tombstone")
    why = {"MAJOR": "documents were removed", "MINOR": "documents were added or changed", "none": "nothing differs"}
    console.print(f"version: {changes.version}: {why[changes.version]}")
