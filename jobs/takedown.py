"""`yuliao takedown plan|apply|receipt`: documents, and their copies, out of a run and its release."""

import hashlib
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from jobs.show.console import console as new_console
from pipeline.answers.finished_run import open_run
from pipeline.answers.proving import Committed
from pipeline.answers.releases import answered, log_beside
from pipeline.errors import QuestionError
from pipeline.takedown.apply import ErasureReceipt, apply, digest_of_file, write_erasure
from pipeline.takedown.plan import Selector, Takedown, asked_in, planned, summary
from shards import files
from shards.errors import plainly
from shards.release.place import release_at
from shards.release.signing import Log, Signer, read_signers
from shards.transparency import ED25519, Note, read_keys, read_note
from shards.transparency import signers as signers_of

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False)


class Basis(StrEnum):
    """Why."""

    COPYRIGHT = "copyright"
    OPT_OUT = "opt-out"
    PERSONAL_DATA = "personal-data"
    SUPPLIER = "supplier"
    COURT = "court"


class Scope(StrEnum):
    """How far."""

    RECORD = "record"
    SUPPLIER = "supplier"
    CONTENT = "content"


@app.callback()
def command() -> None:
    """Remove documents and their duplicates from a run and its release, and keep them out."""


@app.command()
def plan(
    run: Annotated[str, typer.Argument(help="the output folder of a run")],
    basis: Annotated[Basis, typer.Option(help="the reason for the takedown")],
    scope: Annotated[Scope, typer.Option(help="`content`: with near duplicates; others: without")] = Scope.CONTENT,
    url: Annotated[list[str] | None, typer.Option(help="an address (repeatable)")] = None,
    host: Annotated[list[str] | None, typer.Option(help="a host (repeatable)")] = None,
    document: Annotated[list[str] | None, typer.Option(help="an id (repeatable)")] = None,
    supplier: Annotated[list[str] | None, typer.Option(help="a source or contributor (repeatable)")] = None,
    text: Annotated[
        list[Path] | None,
        typer.Option(
            help="a file with a text whose near duplicates are taken down (repeatable)", exists=True, dir_okay=False
        ),
    ] = None,
    also: Annotated[
        list[str] | None,
        typer.Option("--with", help="another run whose texts of the selected documents are used, too (repeatable)"),
    ] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="the plan to write", dir_okay=False)] = Path("takedown.json"),
) -> None:
    """Find the documents and their duplicates, and write a plan; nothing is changed."""
    selector = Selector(
        urls=tuple(url or ()),
        hosts=tuple(host or ()),
        documents=tuple(document or ()),
        suppliers=tuple(supplier or ()),
        texts=tuple(map(_text, text or ())),
    )
    selector = asked_in(map(open_run, also or ()), selector)
    found = planned(open_run(run), selector, scope.value, basis.value)
    out.write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8")
    new_console().print(f"{len(found.hits)} documents: {summary(found)}\n{out}: read it, then apply it", soft_wrap=True)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise QuestionError(f"{path}: no text in UTF-8: {error.reason} at byte {error.start}") from error


@app.command(name="apply")
def apply_plan(
    plan: Annotated[Path, typer.Argument(help="a plan written by `takedown plan`", exists=True, dir_okay=False)],
    key: Annotated[Path | None, typer.Option(help="private keys that sign the receipt", exists=True)] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="the receipt to write", dir_okay=False)] = Path(
        "erasure.note"
    ),
    log: Annotated[str, typer.Option(help="the folder of the log; default: `log` in the output folder")] = "",
) -> None:
    """Apply a plan; run the same command again after a crash. Sign the release again afterwards."""
    try:
        named = Takedown.model_validate_json(plan.read_bytes())
    except ValueError as error:
        raise QuestionError(f"{plan}: no plan of `takedown plan`: {plainly(error)}") from error
    receipt = answered(lambda: apply(named))
    text = write_erasure(str(out), receipt)
    if key is not None:
        signers = answered(lambda: read_signers(key))
        write_erasure(str(out), receipt, [each.line(text) for each in signers if each.key.kind == ED25519])
        _log(named, receipt, text, signers, log)
    changed = f"{receipt.shards_changed} shards written again, {receipt.shards_unchanged} unchanged"
    new_console().print(
        f"{len(receipt.documents)} documents taken down: {changed}; {len(receipt.files)} files rewritten\n{out}",
        soft_wrap=True,
    )


def _log(plan: Takedown, receipt: ErasureReceipt, text: str, signers: Sequence[Signer], place: str) -> None:
    """Enter a take-down in the log of its data set: how many documents, why, and the digest of the receipt."""
    release = Committed(release_at(plan.run))
    entry = {"event": "take-down", "basis": receipt.basis, "scope": receipt.scope, "documents": len(receipt.documents)}
    entry |= {"receipt": hashlib.sha256(text.encode()).hexdigest(), "release": receipt.release_before}
    answered(lambda: Log(place or log_beside(release.release)).add(entry, release.tree.data_set, signers))


@app.command()
def receipt(
    file: Annotated[Path, typer.Argument(help="a receipt written by `takedown apply`", exists=True, dir_okay=False)],
    run: Annotated[str, typer.Option(help="the output folder of the run, to compare with the receipt")] = "",
    key: Annotated[Path | None, typer.Option(help="public keys that you trust", exists=True)] = None,
) -> None:
    """Check the receipt of a takedown: its signature, and that the files of the run match it."""
    console = new_console()
    try:
        note: Note = read_note(file.read_text(encoding="utf-8"))
        told = ErasureReceipt.model_validate_json(note.text)
    except ValueError as error:
        raise QuestionError(f"{file}: no receipt of `takedown apply`: {plainly(error)}") from error
    if key is not None:
        try:
            by = signers_of(note, read_keys(key.read_text(encoding="utf-8")))
        except ValueError as error:
            raise QuestionError(f"{file}: {error}") from error
        console.print(f"signed by {', '.join(each.name for each in by)}")
    if run:
        open_run(run)
    console.print(f"{len(told.documents)} documents, {told.basis}, {told.scope}: {len(told.files)} files")
    wrong = [each.path for each in told.files if run and digest_of_file(files.join(run, each.path)) != each.after]
    for path in wrong:
        console.print(f"{path}: is not as the receipt says", style="red")
    if wrong:
        raise typer.Exit(1)
