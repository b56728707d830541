"""Proofs about one address in a release, as files: that it is in there, or that it is not.

    c2sp.org/tlog-proof@v1      an entry of a log or a record of a release (C2SP tlog-proof); `extra` is what is hashed
    extra dGhlIHJlY29yZA==
    index 17
    …                           the hashes that lead to the root, in base64, a line each

    example.org/corpus/records/0123456789abcdef
    44                          the checkpoint
    …

    yuliao/absence@v1           an address is in no record
    address aHR0cHM6Ly9h…
    leaf 14 …                   the neighbours of its key, in base64, each with the hashes that lead to the root; one
    …                           where the key is before the first or after the last, none in an empty release

The source of this module is part of the `verify.py` of every release.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shards.transparency import (
    Key,
    Note,
    ProofError,
    decoded,
    leaf_hash,
    read_checkpoint,
    read_note,
    root_of_inclusion,
    signers,
    tree_root,
)

INCLUSION, ABSENCE = "c2sp.org/tlog-proof@v1", "yuliao/absence@v1"
# Of a row, the columns that stand in its record as they are.
RECORD = ("id", "source", "source_id", "url", "license", "license_class", "license_url", "contributor", "language")
FIELDS = ("salt", "address", *RECORD, "evidence", "text")
RECORD_V1, ADDRESS_V1 = b"yuliao/record/v1\n", "yuliao/address/v1\n"


@dataclass(frozen=True)
class Inclusion:
    """What a proof states: content that is hashed, the place of its leaf, and the way to the root."""

    extra: bytes
    index: int
    path: tuple[bytes, ...]
    note: Note

    def __str__(self) -> str:
        head = [INCLUSION, f"extra {encoded(self.extra)}", f"index {self.index}", *map(encoded, self.path)]
        return "\n".join([*head, "", str(self.note)])


@dataclass(frozen=True)
class Neighbour:
    """A leaf beside the place where a key would be."""

    index: int
    leaf: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True)
class Absence:
    """That an address is in no record."""

    address: str
    neighbours: tuple[Neighbour, ...]
    note: Note

    def __str__(self) -> str:
        lines = [ABSENCE, f"address {encoded(self.address.encode())}"]
        for each in self.neighbours:
            lines += [f"leaf {each.index} {encoded(each.leaf)}", *map(encoded, each.path)]
        return "\n".join([*lines, "", str(self.note)])


def encoded(content: bytes) -> str:
    """Return base64."""
    return base64.b64encode(content).decode()


def key_of(address: str) -> bytes:
    """Return the key by which an address is found in the tree."""
    return hashlib.sha256((ADDRESS_V1 + address).encode()).digest()


def read_proof(text: str) -> Inclusion | Absence:
    """Return the proof in a file, which reads `text` and nothing else.

    Raises
    ------
    ProofError
        if it is none.
    """
    head, _, rest = text.partition("\n\n")
    kind, *lines = head.split("\n")
    if kind not in (INCLUSION, ABSENCE):
        raise ProofError(f"root: not a proof: its first line is neither {INCLUSION} nor {ABSENCE}")
    note = read_note(rest)
    proof: Inclusion | Absence
    try:
        if kind == INCLUSION:
            extra, index, *path = lines
            proof = Inclusion(_bytes(extra, "extra"), int(index.removeprefix("index ")), _hashes(path), note)
        else:
            address, *rest_of_it = lines
            proof = Absence(_bytes(address, "address").decode(), tuple(_neighbours(rest_of_it)), note)
    except (ValueError, IndexError) as error:
        raise ProofError(f"root: not a proof: {error}") from error
    if str(proof) != text:
        raise ProofError("root: not a proof as it is written")
    return proof


def _bytes(line: str, name: str) -> bytes:
    if not line.startswith(f"{name} "):
        raise ProofError(f"root: not a proof: a line `{name} …` is missing")
    return decoded(line.removeprefix(f"{name} "))


def _hashes(lines: Sequence[str]) -> tuple[bytes, ...]:
    found = tuple(map(decoded, lines))
    if any(len(content) != 32 for content in found):
        raise ProofError("root: a line is not a hash")
    return found


def _neighbours(lines: Sequence[str]) -> Iterator[Neighbour]:
    starts = [place for place, line in enumerate(lines) if line.startswith("leaf ")]
    if lines and starts[:1] != [0]:
        raise ProofError("root: a line is not a hash")
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        _, index, leaf = lines[start].split(" ")
        yield Neighbour(int(index), decoded(leaf), _hashes(lines[start + 1 : stop]))


def check_proof(proof: Inclusion | Absence, trusted: Sequence[Key]) -> dict[str, str | None]:
    """Return the fields of the record that a proof shows; of absence, the address alone; of an entry of a log, none.

    Without trusted keys nothing is known of who states the root.

    Raises
    ------
    ProofError
        if it shows nothing.
    """
    origin, size, root = read_checkpoint(proof.note.text)
    if trusted:
        signers(proof.note, trusted)
    if isinstance(proof, Absence):
        _check_absence(proof, size, root)
        return {"address": proof.address}
    fields, leaf = dict[str, str | None](), proof.extra
    if not origin.endswith("/log"):
        fields = read_record(proof.extra)
        leaf = key_of(fields["address"] or "") + hashlib.sha256(proof.extra).digest()
    if root_of_inclusion(proof.index, size, leaf_hash(leaf), proof.path) != root:
        raise ProofError("root: the record is not in the tree of the checkpoint")
    return fields


def _check_absence(proof: Absence, size: int, root: bytes) -> None:
    key, places = key_of(proof.address), [each.index for each in proof.neighbours]
    if not places and (size or root != tree_root([])):
        raise ProofError("order: no neighbours, and the release is not empty")
    if places and places not in ([0], [size - 1], [places[0], places[0] + 1]):
        raise ProofError("order: the leaves are not neighbours, nor the first or the last")
    for each in proof.neighbours:
        if root_of_inclusion(each.index, size, leaf_hash(each.leaf), each.path) != root or len(each.leaf) != 64:
            raise ProofError(f"root: leaf {each.index} is not in the tree of the checkpoint")
    keys = [each.leaf[:32] for each in proof.neighbours]
    first, last = places[:1] == [0], places[-1:] == [size - 1]
    between = len(keys) == 2 and keys[0] < key < keys[1]
    outside = len(keys) == 1 and ((first and key < keys[0]) or (last and keys[0] < key))
    if keys and not between and not outside:
        raise ProofError("order: the address does not lie between the leaves")


def read_record(content: bytes) -> dict[str, str | None]:
    """Return the fields of a record, by name.

    Raises
    ------
    ProofError
        if it is none.
    """
    rest = content.removeprefix(RECORD_V1) if content.startswith(RECORD_V1) else b"?"
    fields: list[str | None] = []
    while rest:
        if rest.startswith(b"-,"):
            fields.append(None)
            rest = rest[2:]
            continue
        head, _, tail = rest.partition(b":")
        length = int(head) if head.isdigit() and head == str(int(head)).encode() else len(tail)
        if tail[length : length + 1] != b",":
            raise ProofError("record: not a record of this format")
        fields.append(tail[:length].decode(errors="replace"))
        rest = tail[length + 1 :]
    if len(fields) != len(FIELDS):
        raise ProofError("record: not a record of this format")
    return dict(zip(FIELDS, fields, strict=True))
