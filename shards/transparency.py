"""Trees of hashes, signed checkpoints and proofs of inclusion, as others read them too.

The tree is that of RFC 6962, 2.1. Keys and signatures are lines of C2SP's signed-note; a checkpoint is a note of three
lines: origin, size, root (tlog-checkpoint). Ed25519 signs its text; ML-DSA-44 signs a statement on its tree that tells
no time (tlog-cosignature, type 6). A witness signs with Ed25519 that it has seen the text, and when (type 4).

The source of this module is part of the `verify.py` of every release: it imports the standard library, and cryptography
or, without that, the command `openssl`.
"""

import base64
import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeAlias

ED25519, WITNESS, ML_DSA_44 = 1, 4, 6
KINDS = {ED25519: "Ed25519", WITNESS: "Ed25519, of a witness", ML_DSA_44: "ML-DSA-44"}
DER = {  # what stands before a public key in a SubjectPublicKeyInfo
    ED25519: bytes.fromhex("302a300506032b6570032100"),
    WITNESS: bytes.fromhex("302a300506032b6570032100"),
    ML_DSA_44: bytes.fromhex("30820532300b06096086480165030403110382052100"),
}


class ProofError(ValueError):
    """What is wrong: the layer, a colon, and how."""


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over two others."""
    return hashlib.sha256(b"\1" + left + right).digest()


def tree_root(hashes: Iterable[bytes], before: Iterable[bytes] = ()) -> bytes:
    """Return the root over the hashes of leaves, in memory that grows with the height of the tree.

    `before` are the roots of the full tiles that stand before these leaves.
    """
    complete: list[tuple[int, bytes]] = []  # roots of complete trees, from the left, each with its height
    sha256 = hashlib.sha256
    full = ((TILE_HEIGHT, node) for node in before)
    for height, node in chain(full, ((0, node) for node in hashes)):
        while complete and complete[-1][0] == height:
            node = sha256(b"\1" + complete.pop()[1] + node).digest()
            height += 1
        complete.append((height, node))
    if not complete:
        return hashlib.sha256(b"").digest()
    root = complete.pop()[1]
    while complete:
        root = node_hash(complete.pop()[1], root)
    return root


def leaf_hashes(leaves: Iterable[bytes]) -> list[bytes]:
    """Return the hash of each leaf."""
    sha256 = hashlib.sha256
    return [sha256(b"\0" + leaf).digest() for leaf in leaves]


def tile_root(tile: Sequence[bytes]) -> bytes:
    """Return the root over a full tile: `tree_root` of it, level by level, which takes half the time."""
    sha256 = hashlib.sha256
    while len(tile) > 1:
        tile = [sha256(b"\1" + left + right).digest() for left, right in zip(tile[::2], tile[1::2], strict=True)]
    return tile[0]


def root_of_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """Return the root that a proof of inclusion leads to (RFC 9162, 2.1.3.2), given the hash of the leaf.

    Raises
    ------
    ProofError
        if there is no such leaf, or the proof has another length than that of this leaf.
    """
    if not 0 <= index < size:
        raise ProofError(f"order: leaf {index} of a tree of {size}")
    first, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise ProofError("root: the proof is too long")
        if first & 1 or first == last:
            root = node_hash(sibling, root)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        first, last = first >> 1, last >> 1
    if last:
        raise ProofError("root: the proof is too short")
    return root


def tiles(hashes: list[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the tiles of a tree, given the hashes of its leaves: the path of each, and 1 to 256 hashes (tlog-tiles)."""
    level = 0
    while hashes:
        above = []
        for first in range(0, len(hashes), WIDTH):
            tile = hashes[first : first + WIDTH]
            yield f"tile/{level}/{tile_number(first // WIDTH, len(tile))}", b"".join(tile)
            if len(tile) == WIDTH:
                above.append(tree_root(tile))
        level, hashes = level + 1, above


TILE_HEIGHT = 8
WIDTH = 1 << TILE_HEIGHT  # hashes in a tile


def tile_number(number: int, width: int) -> str:
    """Return the number of a tile as its path has it: `x001/x234/067`; with its width where it is partial."""
    digits = f"{number:03}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[place : place + 3] for place in range(0, len(digits), 3)]
    return "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]]) + (f".p/{width}" if width < WIDTH else "")


RootOf: TypeAlias = Callable[[int, int], bytes]  # of the leaves from the first to before the last


def inclusion(index: int, size: int, root_of: RootOf) -> list[bytes]:
    """Return the proof that a leaf is in a tree (RFC 6962, 2.1.1)."""
    path: list[bytes] = []
    first, last = 0, size
    while last - first > 1:
        middle = first + _largest_power(last - first)
        if index < middle:
            path.append(root_of(middle, last))
            last = middle
        else:
            path.append(root_of(first, middle))
            first = middle
    return path[::-1]


def consistency(old: int, size: int, root_of: RootOf) -> list[bytes]:
    """Return the proof that a tree begins with the first `old` of its leaves (RFC 6962, 2.1.2); `old` at least 1."""
    path: list[bytes] = []
    first, last = 0, size
    while old != last:
        middle = first + _largest_power(last - first)
        if old <= middle:
            path.append(root_of(middle, last))
            last = middle
        else:
            path.append(root_of(first, middle))
            first = middle
    return ([root_of(first, last)] if first else []) + path[::-1]


def _largest_power(size: int) -> int:
    """Return the largest power of two below a size of 2 and more."""
    return 1 << ((size - 1).bit_length() - 1)


def root_in_tiles(size: int, read: Callable[[str], bytes]) -> RootOf:
    """Return what gives the roots of parts of a tree of which the tiles can be read, by their paths."""

    def root_of(first: int, last: int) -> bytes:
        width = last - first
        if width & (width - 1) or first % width:
            middle = first + _largest_power(width)
            return node_hash(root_of(first, middle), root_of(middle, last))
        level = (width.bit_length() - 1) // TILE_HEIGHT
        start, count = first >> TILE_HEIGHT * level, width >> TILE_HEIGHT * level
        number = start // WIDTH
        tile = read(f"tile/{level}/{tile_number(number, min(WIDTH, (size >> TILE_HEIGHT * level) - number * WIDTH))}")
        hashes = [tile[place : place + 32] for place in range(0, len(tile), 32)]
        return tree_root(hashes[start % WIDTH : start % WIDTH + count])

    return root_of


def is_consistent(old: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Return whether a proof shows that one tree is the beginning of another (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= size or old == size:
        return old == size and old_root == root and not path
    rest = list(path) if old & (old - 1) else [old_root, *path]
    if not rest:
        return False
    first, last = old - 1, size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    before = after = rest[0]
    for node in rest[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            before, after = node_hash(node, before), node_hash(node, after)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            after = node_hash(after, node)
        first, last = first >> 1, last >> 1
    return last == 0 and before == old_root and after == root


@dataclass(frozen=True)
class Key:
    """A public key, as `name+id+base64` (C2SP signed-note, "vkey")."""

    name: str
    kind: int
    public: bytes

    @property
    def identity(self) -> bytes:
        """The first four bytes of the hash of name, kind and key."""
        return hashlib.sha256(f"{self.name}\n".encode() + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.identity.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"


def read_key(line: str) -> Key:
    """Return the key that a vkey states, once its id is found to be right."""
    name, _, rest = line.strip().partition("+")
    _, _, encoded = rest.partition("+")
    content = decoded(encoded)
    key = Key(name, content[0] if content else 0, content[1:])
    if str(key) != line.strip() or len(key.public) != {ED25519: 32, WITNESS: 32, ML_DSA_44: 1312}.get(key.kind):
        raise ProofError(f"signature: {line.strip()[:60]}: not a public key (name+id+key of Ed25519 or ML-DSA-44)")
    return key


def read_keys(text: str) -> list[Key]:
    """Return the keys of a file, a line each."""
    return [read_key(line) for line in text.splitlines() if line.strip()]


def decoded(encoded: str) -> bytes:
    """Return what base64 stands for; nothing if it is not as an encoder writes it."""
    try:
        content = base64.b64decode(encoded, validate=True)
    except ValueError:
        content = b""
    return content if base64.b64encode(content).decode() == encoded else b""


@dataclass(frozen=True)
class Note:
    """A text and the lines that sign it."""

    text: str
    lines: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([self.text, *self.lines, ""] if self.lines else [self.text, ""])


def read_note(content: str) -> Note:
    """Return the text of a note and its signature lines; one without signatures ends with an empty line."""
    text, separator, rest = content.rpartition("\n\n")
    if not separator or (rest and not rest.endswith("\n")) or re.search(r"[\x00-\x09\x0b-\x1f]", content):
        raise ProofError("signature: not a signed note: a text, an empty line, and lines that sign it")
    return Note(f"{text}\n", tuple(rest.splitlines()))


def checkpoint(origin: str, size: int, root: bytes) -> str:
    """Return the text of a checkpoint."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def read_checkpoint(text: str) -> tuple[str, int, bytes]:
    """Return origin, size and root of a checkpoint."""
    match = re.fullmatch(r"([^\n]+)\n(0|[1-9]\d*)\n([A-Za-z0-9+/]{43}=)\n", text)
    root = decoded(match[3]) if match else b""
    if match is None or not root:
        raise ProofError("signature: not a checkpoint: three lines, of its origin, its size and its root")
    return match[1], int(match[2]), root


def signed_message(key: Key, text: str, seconds: int = 0) -> bytes:
    """Return what a key signs of a checkpoint: its text, or a statement on it (tlog-cosignature).

    That of a witness tells when it saw it, in seconds since the epoch; that of ML-DSA-44 tells no time.
    """
    if key.kind == ED25519:
        return text.encode()
    if key.kind == WITNESS:
        return f"cosignature/v1\ntime {seconds}\n{text}".encode()
    origin, size, root = read_checkpoint(text)
    named = b"".join(bytes([len(part.encode())]) + part.encode() for part in (key.name,))
    about = bytes([len(origin.encode())]) + origin.encode()
    zeros = (0).to_bytes(8, "big")
    return b"subtree/v1\n\0" + named + zeros + about + zeros + size.to_bytes(8, "big") + root


def signers(note: Note, trusted: Sequence[Key]) -> list[Key]:
    """Return the trusted keys that have signed a note.

    Raises
    ------
    ProofError
        if a line names a trusted key and is not its signature, or none of them has signed.
    """
    found = []
    for line in note.lines:
        mark, name, encoded = [*line.split(" "), "", ""][:3]
        content = decoded(encoded)
        if mark != "—" or line.count(" ") != 2 or len(content) < 5:
            raise ProofError(f"signature: {line[:60]!r} is no line of a signature")
        for key in trusted:
            if key.name == name and key.identity == content[:4]:
                if not is_signature(key, note.text, content[4:]):
                    raise ProofError(f"signature: not that of {key.name} ({KINDS[key.kind]})")
                found.append(key)
    if not found:
        by = ", ".join(line.split(" ")[1] for line in note.lines if line.count(" ") > 1) or "nobody"
        raise ProofError(f"signature: not signed by {', '.join(sorted({key.name for key in trusted}))}: signed by {by}")
    return found


def seen_at(note: Note, key: Key) -> int | None:
    """Return when a witness says that it saw a note, in seconds since the epoch; None if it has not signed."""
    for line in note.lines:
        content = decoded(line.rpartition(" ")[2])
        if key.kind == WITNESS and content[:4] == key.identity and is_signature(key, note.text, content[4:]):
            return int.from_bytes(content[4:12], "big")
    return None


def is_signature(key: Key, text: str, signature: bytes) -> bool:
    """Return whether a signature of a checkpoint is a key's; but for Ed25519, eight bytes of a time stand before it."""
    seconds = int.from_bytes(signature[:8], "big") if key.kind != ED25519 else 0
    if key.kind == ML_DSA_44 and seconds:
        return False
    message = signed_message(key, text, seconds)
    signature = signature if key.kind == ED25519 else signature[8:]
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.serialization import load_der_public_key
    except ImportError:
        return _openssl(key, message, signature)
    try:
        load_der_public_key(DER[key.kind] + key.public).verify(signature, message)  # type: ignore[union-attr, call-arg]
    except InvalidSignature:
        return False
    return True


def _openssl(key: Key, message: bytes, signature: bytes) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("key", "message", "signature")]
        for path, content in zip(paths, (DER[key.kind] + key.public, message, signature), strict=True):
            Path(path).write_bytes(content)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", paths[0]]
        command += ["-rawin", "-in", paths[1], "-sigfile", paths[2]]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603
