"""`yuliao explore RUN`: the whole run in the browser, served on this machine alone."""

import getpass
from contextlib import suppress
from typing import Annotated

import typer

from jobs.explorer.explorer import Explorer
from jobs.explorer.server import Server
from jobs.show.console import console as new_console
from pipeline.answers.documents import documents_at
from pipeline.errors import QuestionError
from pipeline.pages.words import Locale
from pipeline.stopping import Stopped
from shards import files


def command(
    run: Annotated[str, typer.Argument(help="the output folder of a run, or a release")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: one that is free")] = 0,
    locale: Annotated[Locale, typer.Option(help="the language of the pages; each has a link to the other")] = "en",
    output: Annotated[
        str | None, typer.Option("--output", help="the file of labels; default: RUN/labels.jsonl")
    ] = None,
    by: Annotated[str | None, typer.Option("--by", help="who labels; default: your name on this machine")] = None,
) -> None:
    """Browse a run (documents, clusters, signals, what-if, labels) or a release, in a browser on this machine."""
    labels = output or files.join(run, "labels.jsonl")
    place = documents_at(run)
    if place.run is not None and files.scheme(labels) is not None:
        raise QuestionError(f"{labels}: labels are written to a local file; name one with --output")
    explorer = Explorer(place, locale, labels, by or getpass.getuser())
    try:
        server = Server(explorer, port)
    except OSError as error:
        raise QuestionError(f"--port {port}: {error.strerror}") from error
    console = new_console()
    console.print(f"{server.address}", soft_wrap=True, markup=False)
    console.print("Ctrl-C stops it", style="dim")
    with server, suppress(Stopped):
        server.serve_forever()
