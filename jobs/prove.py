"""`yuliao prove ADDRESS --release R -o FILE`: that a document is in a release, or that its address is not."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.show.console import console as new_console
from jobs.validate import RELEASE
from pipeline.answers.proving import prove
from pipeline.answers.releases import answered
from shards.release.proofs import Inclusion, read_record


def command(
    document: Annotated[str, typer.Argument(help="an address, an id, or source:id for a document without address")],
    release: Annotated[str, typer.Option(help=RELEASE)],
    out: Annotated[Path, typer.Option("-o", "--out", help="the file of the proof", dir_okay=False)] = Path(
        "proof.tlog-proof"
    ),
) -> None:
    """Write a proof that a document is in a release, or that its address is not; `yuliao verify` checks it."""
    proved = answered(lambda: prove(document, release))
    content = str(proved.proof).encode()
    out.write_bytes(content)
    console = new_console()
    if isinstance(proved.proof, Inclusion):
        fields = read_record(proved.proof.extra)
        more = f" (the first of {proved.documents} with this address)" if proved.documents > 1 else ""
        told = f"leaf {proved.proof.index:,}, {fields['license'] or 'no licence'}, id {fields['id']}{more}"
        console.print(f"in the release: {told}", soft_wrap=True)
    else:
        leaves = " and ".join(f"{each.index:,}" for each in proved.proof.neighbours) or "no leaves"
        console.print(f"NOT in the release: {proved.proof.address} would be beside {leaves}", soft_wrap=True)
    console.print(f"{out}: {len(content):,} bytes" + ("" if proved.proof.note.lines else ", unsigned"), soft_wrap=True)
