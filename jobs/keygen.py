"""`yuliao keygen FILE`: keys that sign releases."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.show.console import console as new_console
from pipeline.answers.releases import answered
from shards.release.signing import new_signers, write_signers
from shards.transparency import ED25519, ML_DSA_44, WITNESS


def command(
    file: Annotated[Path, typer.Argument(help="the file for the private keys; the public keys go to FILE.vkey")],
    name: Annotated[str, typer.Option(help="the name of the keys: an address of yours without scheme")],
    witness: Annotated[bool, typer.Option("--witness", help="a key for `yuliao release witness`")] = False,
) -> None:
    """Create keys that sign releases (Ed25519 and ML-DSA-44); keep FILE secret and publish FILE.vkey."""
    kinds = (WITNESS,) if witness else (ED25519, ML_DSA_44)
    answered(lambda: write_signers(file, new_signers(name, kinds)))
    new_console().print(f"{file}: private keys of {name}\n{file}.vkey: their public keys, for others", soft_wrap=True)
