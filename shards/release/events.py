"""Entries of the log of a data set besides releases and take-downs.

    withdrawal   a release is not to be used any more: `origin`, `root` and `sums` of it, `why`
    intake       a supplier has delivered files: `supplier`, `files`, and `root` of the tree over them

Each has `event` and `day`. What is delivered is told by a tree (RFC 6962) over lines as `sha256sum` writes them,
sorted: who has the files can make it again.
"""

import json
from collections.abc import Mapping, Sequence

from shards import files
from shards.release.place import ReleaseError
from shards.release.proofs import encoded
from shards.release.signing import Log, Signer
from shards.release.verifier import CHECKPOINT, SUMS
from shards.transparency import leaf_hash, read_checkpoint, read_note, tree_root


def delivered(lines: Sequence[str]) -> dict[str, str | int]:
    """Return what an entry tells of files, given a line of each: its SHA-256, two spaces, its name."""
    root = tree_root(leaf_hash(line.encode()) for line in sorted(lines))
    return {"files": len(lines), "root": encoded(root)}


def withdraw_release(release: str, log: Log, signers: Sequence[Signer], about: Mapping[str, str]) -> int:
    """Enter in the log of a data set that a release is withdrawn; return the number of the entry.

    Raises
    ------
    ReleaseError
        if the release is not in the log.
    """
    entry = _entry_of(release)
    if not any({**json.loads(known), **entry} == json.loads(known) for known in log.entries):
        raise ReleaseError(f"{release}: is not in {log.folder}: only what was signed can be withdrawn")
    return log.add({"event": "withdrawal", **entry, **about}, entry["origin"].rpartition("/records/")[0], signers)


def withdrawal_of(release: str, log: Log) -> dict[str, str] | None:
    """Return the entry by which a release was withdrawn; None if it was not."""
    wanted = {"event": "withdrawal", **_entry_of(release)}
    entries = (json.loads(entry) for entry in log.entries)
    return next((entry for entry in entries if {**entry, **wanted} == entry), None)


def _entry_of(release: str) -> dict[str, str]:
    uri = files.join(release, CHECKPOINT)
    if not files.is_file(uri):
        raise ReleaseError(f"{release}: has no commitments: add `name: commit` after publish, and run again")
    origin, _, root = read_checkpoint(read_note(files.read_bytes(uri).decode()).text)
    return {"origin": origin, "root": encoded(root), "sums": files.sha256(files.join(release, SUMS))}
