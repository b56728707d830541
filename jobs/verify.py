"""`yuliao verify RELEASE`: its checksums, records, order, root, signature and log; or a proof."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.show.console import console as new_console
from jobs.validate import RELEASE
from pipeline.answers.releases import answered, withdrawn
from pipeline.errors import QuestionError
from shards import files
from shards.addresses import canonical
from shards.release.place import release_at
from shards.release.verifier import check_file, check_release
from shards.transparency import read_keys


def command(
    release: Annotated[str, typer.Argument(help=f"{RELEASE}; or a file that `yuliao prove` wrote")],
    key: Annotated[
        Path | None, typer.Option(help="public keys that you trust: FILE.vkey of `keygen`", exists=True)
    ] = None,
    document: Annotated[
        Path | None,
        typer.Option(help="with a proof: a text file to compare with the document", exists=True, dir_okay=False),
    ] = None,
) -> None:
    """Verify a release or a proof, as its `verify.py` does; report defects by layer, with exit code 1."""
    console = new_console()
    try:
        trusted = read_keys(key.read_text(encoding="utf-8")) if key else []
    except (OSError, ValueError) as error:
        raise QuestionError(f"--key: {error}") from error
    if Path(release).is_file():
        checked = check_file(Path(release), trusted, document)
    elif files.scheme(release) is not None:
        raise QuestionError(f"{release}: can be verified on a local disk only: copy it, and run its verify.py")
    else:
        folder = answered(lambda: release_at(release))
        checked = check_release(Path(folder), trusted, canonical)
        if not checked.wrong and (entry := withdrawn(folder)) is not None:
            console.print(f"withdrawn on {entry['day']}: {entry['why']}", style="yellow", soft_wrap=True)
    for line in checked.wrong or [*checked.holds, "ok"]:
        console.print(line, style="red" if checked.wrong else None, soft_wrap=True)
    if checked.wrong:
        raise typer.Exit(1)
