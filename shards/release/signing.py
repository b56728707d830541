"""Keys, and what they sign of a release: its checkpoint, and the log of its data set.

A file of keys holds a line each, `PRIVATE+KEY+name+id+base64`, as Go's `sumdb/note` reads it; beside it lies what
verifies them: FILE.vkey. A release that is signed has `keys.vkey` and `log.tlog-proof`, and lines of signatures in
`checkpoint`; `SHA256SUMS` stays as it is, and the log's entry names its digest.

The log lies beside the releases, as static files (C2SP tlog-tiles): it only grows.

    log/checkpoint                 signed; written last, and what it does not count does not exist
    log/tile/…, tile/entries/…     the tree, and the entries: JSON, with `event`, `day` and what the event was about
"""

import base64
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from shards import files
from shards.release.place import ReleaseError
from shards.release.proofs import Inclusion, encoded
from shards.release.verifier import CHECKPOINT, KEYS, LOG_PROOF, SUMS
from shards.transparency import (
    ED25519,
    KINDS,
    ML_DSA_44,
    WIDTH,
    Key,
    Note,
    checkpoint,
    consistency,
    decoded,
    inclusion,
    is_signature,
    leaf_hash,
    read_checkpoint,
    read_keys,
    read_note,
    signed_message,
    tile_number,
    tiles,
    tree_root,
)

PRIVATE = "PRIVATE+KEY+"
NAME = re.compile(r"[^\s+/]+(/[^\s+/]+)*")


@dataclass(frozen=True)
class Signer:
    """A private key."""

    key: Key
    seed: bytes

    def line(self, text: str, seconds: int = 0) -> str:
        """Return the line that signs the text of a checkpoint; a witness tells when it saw it."""
        message = signed_message(self.key, text, seconds)
        private = (
            Ed25519PrivateKey.from_private_bytes if self.key.kind != ML_DSA_44 else MLDSA44PrivateKey.from_seed_bytes
        )
        signature = private(self.seed).sign(message)
        if self.key.kind != ED25519:
            signature = seconds.to_bytes(8, "big") + signature
        return f"— {self.key.name} {encoded(self.key.identity + signature)}"

    def __str__(self) -> str:
        content = base64.b64encode(bytes([self.key.kind]) + self.seed).decode()
        return f"{PRIVATE}{self.key.name}+{self.key.identity.hex()}+{content}"


def new_signers(name: str, kinds: Sequence[int] = (ED25519, ML_DSA_44)) -> list[Signer]:
    """Return new keys by a name: of a publisher, or of a witness."""
    if not NAME.fullmatch(name):
        raise ReleaseError(f"{name!r}: a key is named by an address of yours, without a scheme, spaces and +")
    return [_signer(name, kind, os.urandom(32)) for kind in kinds]


def _signer(name: str, kind: int, seed: bytes) -> Signer:
    private = (
        Ed25519PrivateKey.from_private_bytes(seed) if kind != ML_DSA_44 else MLDSA44PrivateKey.from_seed_bytes(seed)
    )
    return Signer(Key(name, kind, private.public_key().public_bytes_raw()), seed)


def write_signers(path: Path, signers: Sequence[Signer]) -> None:
    """Write private keys, for their owner alone, and beside them the public ones; no file is overwritten."""
    public = path.with_name(f"{path.name}.vkey")
    for place in (path, public):
        if place.exists():
            raise ReleaseError(f"{place}: is there already, and a key that is lost cannot be made again: name another")
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as private:
        private.write("".join(f"{signer}\n" for signer in signers))
    public.write_text("".join(f"{signer.key}\n" for signer in signers), encoding="utf-8")


def read_signers(path: Path) -> list[Signer]:
    """Return the private keys of a file.

    Raises
    ------
    ReleaseError
        if it has none, or something else.
    """
    signers = []
    for line in path.read_text(encoding="utf-8").splitlines():
        name, _, rest = line.removeprefix(PRIVATE).partition("+")
        content = decoded(rest.partition("+")[2])
        if not line.startswith(PRIVATE) or len(content) != 33 or content[0] not in KINDS:
            raise ReleaseError(f"{path}: no file of private keys: `yuliao keygen` makes one")
        signer = _signer(name, content[0], content[1:])
        if str(signer) != line:
            raise ReleaseError(f"{path}: a key is not the one that its id names")
        signers.append(signer)
    if not signers:
        raise ReleaseError(f"{path}: no file of private keys: `yuliao keygen` makes one")
    return signers


def signed(note: Note, signers: Sequence[Signer]) -> Note:
    """Return the note with the signatures of these keys; those that it has, of them or of others, stay."""
    lines = list(note.lines)
    for signer in signers:
        mine = [line for line in lines if is_by(line, signer.key, note.text)]
        lines += [] if mine else [signer.line(note.text)]
    return Note(note.text, tuple(lines))


def is_by(line: str, key: Key, text: str) -> bool:
    """Return whether a line is the signature of a key of a text."""
    mark, name, content = [*line.split(" "), "", ""][:3]
    signature = decoded(content)
    mine = mark == "—" and name == key.name and signature[:4] == key.identity
    return mine and is_signature(key, text, signature[4:])


class Log:
    """The log of a data set, in a folder: entries are added, none changes."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.note: Note | None = None
        self.entries: list[bytes] = []
        if files.is_file(files.join(folder, CHECKPOINT)):
            self.note = read_note(files.read_bytes(files.join(folder, CHECKPOINT)).decode())
            _, size, root = read_checkpoint(self.note.text)
            self.entries = [entry for first in range(0, size, WIDTH) for entry in self._bundle(first, size)]
            if tree_root(self.hashes) != root:
                raise ReleaseError(f"{folder}: its entries are not those of its checkpoint")

    @property
    def hashes(self) -> list[bytes]:
        """The hashes of its leaves."""
        return [leaf_hash(entry) for entry in self.entries]

    def _bundle(self, first: int, size: int) -> list[bytes]:
        path = f"tile/entries/{tile_number(first // WIDTH, min(WIDTH, size - first))}"
        content, entries = files.read_bytes(files.join(self.folder, path)), []
        while content:
            length = int.from_bytes(content[:2], "big")
            entries.append(content[2 : 2 + length])
            content = content[2 + length :]
        return entries

    def add(self, entry: Mapping[str, object], data_set: str, signers: Sequence[Signer]) -> int:
        """Add an entry, unless it is there but for its day, and sign the tree; return its number."""
        said = {**entry, "day": None}
        known = [number for number, old in enumerate(self.entries) if {**json.loads(old), "day": None} == said]
        if not known:
            self.entries.append(json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode())
        origin = f"{data_set}/log"
        if self.note is not None and (there := read_checkpoint(self.note.text)[0]) != origin:
            raise ReleaseError(f"{self.folder}: is the log of {there}, and the release is of {data_set}")
        note = Note(checkpoint(origin, len(self.entries), tree_root(self.hashes)))
        self.note = signed(self.note if known and self.note else note, signers)
        self._write()
        return known[0] if known else len(self.entries) - 1

    def _write(self) -> None:
        for first in range(0, len(self.entries), WIDTH):
            bundle = self.entries[first : first + WIDTH]
            content = b"".join(len(entry).to_bytes(2, "big") + entry for entry in bundle)
            path = f"tile/entries/{tile_number(first // WIDTH, len(bundle))}"
            files.write_bytes(files.join(self.folder, path), content)
        for path, content in tiles(self.hashes):
            files.write_bytes(files.join(self.folder, path), content)
        files.write_bytes(files.join(self.folder, CHECKPOINT), str(self.note).encode())

    def proof(self, number: int) -> Inclusion:
        """Return the proof that an entry is in the log."""
        assert self.note is not None
        return Inclusion(
            self.entries[number], number, tuple(inclusion(number, len(self.entries), self._root_of)), self.note
        )

    def path_from(self, old_size: int) -> list[bytes]:
        """Return the proof that the log begins with its first `old_size` entries."""
        return consistency(old_size, len(self.entries), self._root_of) if old_size else []

    def cosigned(self, lines: Sequence[str]) -> None:
        """Take lines of others to the checkpoint; those that are there already stay once."""
        assert self.note is not None
        self.note = Note(self.note.text, tuple(dict.fromkeys([*self.note.lines, *lines])))
        self._write()

    def _root_of(self, first: int, last: int) -> bytes:
        return tree_root(self.hashes[first:last])


def sign_release(release: str, log: Log, signers: Sequence[Signer], about: Mapping[str, str]) -> int:
    """Sign a release that is committed to, and enter it in the log of its data set; return the number of its entry.

    Doing it again changes nothing. `about` are texts that the entry holds besides.

    Raises
    ------
    ReleaseError
        if it is not committed to.
    """
    uri = files.join(release, CHECKPOINT)
    if not files.is_file(uri):
        raise ReleaseError(f"{release}: has no commitments: add `name: commit` after publish, and run again")
    note = signed(read_note(files.read_bytes(uri).decode()), signers)
    origin, size, root = read_checkpoint(note.text)
    entry = {"event": "release", "origin": origin, "size": size, "root": encoded(root), **about}
    entry["sums"] = files.sha256(files.join(release, SUMS))
    number = log.add(entry, origin.rpartition("/records/")[0], signers)
    write_proof(release, log, number, [signer.key for signer in signers])
    files.write_bytes(uri, str(note).encode())
    return number


def write_proof(release: str, log: Log, number: int, added: Sequence[Key]) -> None:
    """Write the keys of those who have signed, and the proof of the entry with the lines that are by them."""
    stated = files.read_bytes(files.join(release, KEYS)).decode() if files.is_file(files.join(release, KEYS)) else ""
    keys = list(dict.fromkeys([*read_keys(stated), *added]))  # others may have signed too
    files.write_bytes(files.join(release, KEYS), "".join(f"{key}\n" for key in keys).encode())
    proof = log.proof(number)  # of those who have signed the log, the ones whose keys are stated: others are in the log
    ours = [line for line in proof.note.lines if any(is_by(line, key, proof.note.text) for key in keys)]
    proof = replace(proof, note=Note(proof.note.text, tuple(ours)))
    files.write_bytes(files.join(release, LOG_PROOF), str(proof).encode())
