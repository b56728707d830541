"""`yuliao validate RELEASE`: checksums, schema, row counts, and that it loads as its users load it."""

from typing import Annotated

import typer

from jobs.show.console import console as new_console
from pipeline.answers.releases import problems

RELEASE = "a release, the output folder of its run, or what leads to one"


def command(
    release: Annotated[str, typer.Argument(help=f"{RELEASE}; or an export")],
    load: Annotated[bool, typer.Option(help="also load every language with `datasets.load_dataset`")] = True,
) -> None:
    """Validate a release or an export against its manifest; report every defect, with exit code 1."""
    console = new_console()
    faults = problems(release, load=load)
    for problem in faults:
        console.print(problem, style="red", soft_wrap=True)
    if faults:
        raise typer.Exit(1)
    console.print(f"{release}: every file matches the manifest{' and loads' if load else ''}", soft_wrap=True)
