"""`yuliao label RUN`: documents put before people, a key for each answer; and what the answers say of the filters."""

import getpass
import shlex
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Literal

import typer

from jobs.show.console import console as new_console
from jobs.show.label_session import Session
from jobs.show.rightness import show_precisions
from pipeline.answers import labels
from pipeline.answers.documents import documents_at
from pipeline.answers.labelling import drawn, precisions
from pipeline.answers.sample import Criteria
from pipeline.errors import QuestionError
from pipeline.plain import plain_json
from shards import files


def command(
    place: Annotated[str, typer.Argument(metavar="RUN", help="the output folder of a run")],
    output: Annotated[
        str | None, typer.Option("--output", help="the file of labels; default: RUN/labels.jsonl")
    ] = None,
    by: Annotated[str | None, typer.Option("--by", help="the name of the annotator; default: your user name")] = None,
    count: Annotated[
        int, typer.Option("-n", "--count", min=1, help="number of documents, equally many per filter")
    ] = 100,
    rejected_by: Annotated[
        str | None, typer.Option("--rejected-by", help="draw only documents that this filter or reason rejected")
    ] = None,
    kept: Annotated[bool, typer.Option("--kept", help="draw only kept documents")] = False,
    language: Annotated[str | None, typer.Option(help="draw only this language")] = None,
    source: Annotated[str | None, typer.Option(help="draw only this source")] = None,
    host: Annotated[str | None, typer.Option(help="draw only this host and its subdomains")] = None,
    seed: Annotated[str, typer.Option(help="a word that changes which documents are drawn")] = "",
    report: Annotated[
        bool, typer.Option("--report", help="report the precision and recall of each filter instead")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the report as JSON")] = False,
) -> None:
    """Label documents without seeing the decision; `--report`: precision and recall of each filter."""
    documents = documents_at(place)
    path = output or files.join(place, "labels.jsonl")
    console = new_console()
    if as_json and not report:
        raise QuestionError("--json prints the report: ask for it with --report")
    if report:
        if not files.exists(path):
            raise QuestionError(
                f"{path}: no labels yet; `yuliao label {place}` creates them, --output names another file"
            )
        measured = precisions(documents, labels.labelled(labels.read(path)))
        if as_json:
            print(plain_json(asdict(measured), indent=1))
        else:
            show_precisions(console, measured)
        return
    if files.scheme(path) is not None:
        raise QuestionError(f"{path}: labels are written to a local file; name one with --output")
    if kept and rejected_by is not None:
        raise QuestionError("--kept and --rejected-by exclude one another")
    fate: Literal["kept"] | None = "kept" if kept else None
    todo = drawn(documents, Criteria(fate, rejected_by, language, source, host), count, seed)
    name = by or getpass.getuser()
    known = {one.id for one in labels.read(path) if one.by == name} if files.exists(path) else set()
    session = Session(console, path, name, _keys())
    made = session.label([one for one in todo if one.id not in known])
    console.print(f"{made} labels by {name}, {len(known)} before: {path}", soft_wrap=True, markup=False)
    where = [place, *(["--output", output] if output else [])]
    console.print(f"    yuliao label {shlex.join(where)} --report", soft_wrap=True, markup=False)


def _keys() -> Iterator[str]:
    """Yield the keys that are pressed, or, where there is no terminal, the characters that come in."""
    while True:
        try:
            key = typer.getchar() if sys.stdin.isatty() else sys.stdin.read(1)
        except (EOFError, KeyboardInterrupt):
            return
        if not key:
            return
        yield key
