"""A log's checkpoint shown to others, who confirm that it continues what they saw before.

Who they are is a matter of a program: it reads a request as a witness gets it (C2SP tlog-witness, `add-checkpoint`)
and prints the lines that sign the checkpoint. So `curl --data-binary @-` asks a witness on the web, and a program of
yours a chain or an authority of time stamps.

    old 3                   how many entries were there when they signed last
    base64 …                the proof that those are the beginning (RFC 6962, 2.1.2), a line each
                            an empty line
    example.org/notes/log   the checkpoint, with its signatures
    …
"""

import json
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from shards import files
from shards.release.place import ReleaseError
from shards.release.proofs import encoded
from shards.release.signing import Log, Signer, is_by, write_proof
from shards.release.verifier import SUMS
from shards.transparency import Key, Note, ProofError, decoded, is_consistent, read_checkpoint, read_note

ANCHORED = "anchored.json"  # in the folder of a log: how many entries each witness has signed


class Anchor(Protocol):
    """Somebody elsewhere who is shown a log's checkpoint: a witness, a chain, an authority of time stamps."""

    def anchored(self, note: Note, old_size: int, path: Sequence[bytes]) -> tuple[str, ...]:
        """Return the lines that they add to a checkpoint, given the proof that it extends the one of `old_size`.

        Raises
        ------
        ReleaseError
            if they know another history, or do not answer.
        """


@dataclass(frozen=True)
class Program:
    """A program that asks somebody: it reads the request and prints lines of signatures."""

    command: tuple[str, ...]
    seconds: float = 60.0  # that it may take

    def anchored(self, note: Note, old_size: int, path: Sequence[bytes]) -> tuple[str, ...]:
        name = " ".join(self.command)
        try:
            ran = subprocess.run(  # noqa: S603 - the user names the program
                self.command,
                input=written(note, old_size, path).encode(),
                capture_output=True,
                check=False,
                timeout=self.seconds,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ReleaseError(f"{name}: {error}") from error
        if ran.returncode:
            said = ran.stderr.decode(errors="replace").strip()
            raise ReleaseError(f"{name}: refused the checkpoint (exit code {ran.returncode}): {said}")
        return tuple(line for line in ran.stdout.decode(errors="replace").splitlines() if line)


def written(note: Note, old_size: int, path: Sequence[bytes]) -> str:
    """Return a request as a witness gets it."""
    return "\n".join([f"old {old_size}", *map(encoded, path), "", str(note)])


def read_request(text: str) -> tuple[Note, int, list[bytes]]:
    """Return what a request holds: the checkpoint, the size seen before, and the proof.

    Raises
    ------
    ProofError
        if it is none.
    """
    head, _, rest = text.partition("\n\n")
    old, *path = head.split("\n")
    size = old.removeprefix("old ")
    if not old.startswith("old ") or not size.isdecimal() or any(len(decoded(line)) != 32 for line in path):
        raise ProofError("log: not a request: `old` with a size, hashes, an empty line, and a checkpoint")
    return read_note(rest), int(size), [decoded(line) for line in path]


@dataclass
class Witness:
    """A witness with a memory in a file: cosigns a checkpoint that extends the last one it has seen of its origin."""

    signer: Signer
    memory: Path
    clock: Callable[[], float] = time.time

    def anchored(self, note: Note, old_size: int, path: Sequence[bytes]) -> tuple[str, ...]:
        origin, size, root = read_checkpoint(note.text)
        seen = json.loads(self.memory.read_text(encoding="utf-8")) if self.memory.exists() else {}
        known, known_root = seen.get(origin, [0, ""])
        grown = not known or is_consistent(known, decoded(known_root), size, root, path)
        if old_size != known or not grown:
            raise ReleaseError(f"log: {origin}: does not extend the tree of {known} that {self.signer.key.name} saw")
        self.memory.write_text(json.dumps({**seen, origin: [size, encoded(root)]}), encoding="utf-8")
        return (self.signer.line(note.text, int(self.clock())),)


def anchor_release(release: str, log: Log, anchor: Anchor, witnesses: Sequence[Key], seen: int = -1) -> None:
    """Have others sign the log as it is, and take their lines into it and into the proof of a release that is in it.

    `seen` is how many entries they have seen; below 0, as many as when they signed last.

    Raises
    ------
    ReleaseError
        if they refuse, if one of the witnesses is not among them, or if the release is no entry of the log.
    """
    sums = files.sha256(files.join(release, SUMS)) if files.is_file(files.join(release, SUMS)) else ""
    numbers = [number for number, entry in enumerate(log.entries) if json.loads(entry).get("sums") == sums]
    if not numbers or log.note is None:
        raise ReleaseError(f"{release}: is not in {log.folder}: sign it first")
    memory = files.join(log.folder, ANCHORED)
    known = json.loads(files.read_if_there(memory) or b"{}")
    before = seen if seen >= 0 else min((known.get(str(key), 0) for key in witnesses), default=0)
    lines = anchor.anchored(log.note, before, log.path_from(before))
    for key in witnesses:
        if not any(is_by(line, key, log.note.text) for line in lines):
            raise ReleaseError(f"{log.folder}: {key.name} has not signed: its key is another, or the line is damaged")
    log.cosigned([line for line in lines if any(is_by(line, key, log.note.text) for key in witnesses)])
    write_proof(release, log, numbers[-1], witnesses)
    known |= {str(key): len(log.entries) for key in witnesses}
    files.write_bytes(memory, json.dumps(known, indent=1, sort_keys=True).encode())
