"""`yuliao takedown plan|apply|receipt|signature`: documents, and their copies, out of runs and their releases."""

import hashlib
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from jobs.show.console import console as new_console
from pipeline.answers.finished_run import open_run
from pipeline.answers.proving import Committed
from pipeline.answers.releases import answered, log_beside
from pipeline.errors import QuestionError
from pipeline.extract.suppressed import add_to_list, hashes_of
from pipeline.takedown.apply import ErasureReceipt, apply, digest_of_file, name_of, write_erasure
from pipeline.takedown.finding import Selector, Signatures
from pipeline.takedown.plan import Takedown, planned, summary
from pipeline.words import counted
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
    """Remove documents and their duplicates from runs and their releases, and keep them out."""


@app.command()
def plan(
    runs: Annotated[list[str], typer.Argument(help="the output folders of one or more runs")],
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
    signature: Annotated[
        list[Path] | None,
        typer.Option(
            help="hashes of texts and addresses: of `takedown signature`, or another run's suppressed.arrow",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    copy: Annotated[
        list[str] | None, typer.Option(help="an export or a copy of a release to rewrite (repeatable)")
    ] = None,
    inputs: Annotated[
        bool, typer.Option("--inputs", help="also erase WARC records outside the output folders")
    ] = False,
    out: Annotated[Path, typer.Option("-o", "--out", help="the plan to write", dir_okay=False)] = Path("takedown.json"),
) -> None:
    """Find the documents and their duplicates, and write a plan; nothing is changed."""
    selector = Selector(
        urls=tuple(url or ()),
        hosts=tuple(host or ()),
        documents=tuple(document or ()),
        suppliers=tuple(supplier or ()),
        texts=tuple(map(_text, text or ())),
        signatures=tuple(
            Signatures(path=str(path.resolve()), sha256=files.sha256(str(path))) for path in signature or ()
        ),
    )
    opened = [open_run(run) for run in dict.fromkeys(runs)]
    made = planned(opened, selector, scope.value, basis.value, copy or (), inputs=inputs)
    out.write_text(made.model_dump_json(indent=1) + "\n", encoding="utf-8")
    new_console().print(f"{len(made.ids)} documents\n{summary(made)}\n{out}: read it, then apply it", soft_wrap=True)


@app.command()
def signature(
    texts: Annotated[list[Path], typer.Argument(help="files with a text each", exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Option("-o", "--out", help="the hashes to write", dir_okay=False)],
) -> None:
    """Hash texts, so that their removal can be requested without showing them."""
    if out.exists():
        raise QuestionError(f"{out}: exists already; name another file")
    add_to_list(str(out), hashes_of([], [_text(path) for path in texts]))
    new_console().print(f"{out}: hashes of {counted(len(texts), 'text')}", soft_wrap=True)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise QuestionError(f"{path}: not UTF-8: {error.reason} at byte {error.start}") from error


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
        raise QuestionError(f"{plan}: not a plan written by `takedown plan`: {plainly(error)}") from error
    receipt = answered(lambda: apply(named))
    text = write_erasure(str(out), receipt)
    if key is not None:
        signers = answered(lambda: read_signers(key))
        write_erasure(str(out), receipt, [each.line(text) for each in signers if each.key.kind == ED25519])
        _log(named, receipt, text, signers, log)
    console = new_console()
    console.print(f"{len(receipt.documents)} documents taken down", soft_wrap=True)
    for each in receipt.runs:
        changed = f"{each.shards_changed} shards rewritten, {each.shards_unchanged} unchanged"
        more = f"{len(each.files)} files rewritten, {len(each.removed)} removed"
        console.print(f"{each.run}: {each.documents} documents; {changed}; {more}", soft_wrap=True)
    for folder in receipt.copies:
        console.print(f"{folder}: rewritten", soft_wrap=True)
    console.print(str(out), soft_wrap=True)


def _log(plan: Takedown, receipt: ErasureReceipt, text: str, signers: Sequence[Signer], place: str) -> None:
    """Enter a take-down in the log of each data set: how many documents, why, and the digest of the receipt."""
    for reach, each in zip(plan.runs, receipt.runs, strict=True):
        release = Committed(release_at(reach.run))
        entry = {"event": "take-down", "basis": receipt.basis, "scope": receipt.scope, "documents": each.documents}
        entry |= {"receipt": hashlib.sha256(text.encode()).hexdigest(), "release": each.release_before}
        answered(partial(Log(place or log_beside(release.release)).add, entry, release.tree.data_set, signers))


@app.command()
def receipt(
    file: Annotated[Path, typer.Argument(help="a receipt written by `takedown apply`", exists=True, dir_okay=False)],
    run: Annotated[list[str] | None, typer.Option(help="a run to compare with the receipt (repeatable)")] = None,
    key: Annotated[Path | None, typer.Option(help="public keys that you trust", exists=True)] = None,
) -> None:
    """Check the receipt of a takedown: its signature, and that the files of its runs match it."""
    console = new_console()
    try:
        note: Note = read_note(file.read_text(encoding="utf-8"))
        told = ErasureReceipt.model_validate_json(note.text)
    except ValueError as error:
        raise QuestionError(f"{file}: not a receipt written by `takedown apply`: {plainly(error)}") from error
    if key is not None:
        try:
            by = signers_of(note, read_keys(key.read_text(encoding="utf-8")))
        except ValueError as error:
            raise QuestionError(f"{file}: {error}") from error
        console.print(f"signed by {', '.join(each.name for each in by)}")
    rewritten = sum(len(each.files) for each in told.runs)
    console.print(f"{len(told.documents)} documents, {told.basis}, {told.scope}: {rewritten} files")
    wrong = [path for place in run or () for path in _differing(told, place)]
    for path in wrong:
        console.print(f"{path}: differs from the receipt", style="red")
    if wrong:
        raise typer.Exit(1)


def _differing(told: ErasureReceipt, place: str) -> Iterator[str]:
    """Yield the files of a run that are not as a receipt says."""
    open_run(place, whole=False)
    named = [each for each in told.runs if each.run == name_of(place)]
    for each in named or (told.runs if len(told.runs) == 1 else ()):
        yield from (file.path for file in each.files if digest_of_file(files.join(place, file.path)) != file.after)
        yield from (path for path in each.removed if files.exists(files.join(place, path)))
        return
    raise QuestionError(f"{place}: not a run of this receipt, which names {', '.join(each.run for each in told.runs)}")
