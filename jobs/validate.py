"""`yuliao validate RELEASE`: checksums, schema, row counts, and that it loads as its users load it."""

from typing import Annotated

import typer

from jobs.show.console import console as new_console
from pipeline.errors import QuestionError
from shards import files
from shards.release import validation


def command(
    release: Annotated[str, typer.Argument(help="the folder of a release, with its manifest.json")],
    load: Annotated[bool, typer.Option(help="also load every language with datasets.load_dataset")] = True,
) -> None:
    """Check a release against its manifest; every defect is named, and the exit code is 1 if there is any."""
    if not files.exists(files.join(release, "manifest.json")):
        raise QuestionError(f"{release}: no release here (it would have a manifest.json)")
    console = new_console()
    problems = list(validation.problems(release))
    if load and not problems:
        problems = list(validation.loading_problems(release))
    for problem in problems:
        console.print(problem, style="red", soft_wrap=True, markup=False)
    if problems:
        raise typer.Exit(1)
    console.print(f"{release}: every shard is as the manifest says{', and loads' if load else ''}", soft_wrap=True)
