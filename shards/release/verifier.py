r"""Checks a release of Yuliao and its proofs; needs Python 3.11, pyarrow, and cryptography or the `openssl` command.

    python verify.py                                   the release that this file lies in
    python verify.py --key alliance.vkey               signed by a key that you have from elsewhere
    python verify.py --proof market.tlog-proof --key alliance.vkey --document saved.txt

A release is checked in layers, and what is wrong is named with its layer:

    checksums   every file is as SHA256SUMS says, and no other file is there
    record      every row of data/ is the record that the tree holds, with its address and its licence
    order       the records are sorted by the key of their address: what lies between two neighbours is not there
    root        the tree of all records has the root that `checkpoint` states
    signature   `checkpoint` is signed (C2SP signed-note; Ed25519, ML-DSA-44)
    log         the release, with its SHA256SUMS, is an entry of the signed log (C2SP tlog-proof)

The tree is RFC 6962's. Its leaf is key || record, 32 bytes each:

    key       SHA-256 of "yuliao/address/v1\n" and the address
    record    SHA-256 of "yuliao/record/v1\n" and the fields as netstrings (`12:hello world!,`, null is `-,`):
              the salt in hex, the address, `RECORD` as they stand in the row, SHA-256 of the evidence (its fields as
              netstrings, or null) and of the text in UTF-8, both in hex
"""

import argparse
import datetime
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from shards.release.proofs import RECORD, RECORD_V1, Inclusion, check_proof, encoded, key_of, read_proof
from shards.transparency import (
    KINDS,
    Key,
    Note,
    ProofError,
    decoded,
    leaf_hash,
    leaf_hashes,
    read_checkpoint,
    read_keys,
    read_note,
    root_of_inclusion,
    seen_at,
    signers,
    tiles,
    tree_root,
)

SUMS, CHECKPOINT, KEYS, LOG_PROOF = "SHA256SUMS", "checkpoint", "keys.vkey", "log.tlog-proof"
UNSUMMED = {SUMS, CHECKPOINT, KEYS, LOG_PROOF}  # signing writes them, and SHA256SUMS stays as it is
TREE = "commitments/tree.json"
Canonical = Callable[[str], str | None]  # how an address is spelt, or None of what is no address of the web
IGNORED = (".gitattributes", ".gitignore", ".git/", ".cache/", ".huggingface/")  # of git and of the tools of the hub
EVIDENCE = ("kind", "value", "where", "subject", "digest")


def _binary(content: bytes) -> pa.Scalar:
    return pa.scalar(content, pa.large_binary())


def netstrings(columns: Iterable[pa.Array]) -> pa.Array:
    """Return the netstrings of several columns, joined row for row."""
    parts = []
    for column in columns:
        value = column.cast(pa.large_binary())
        length = pc.binary_length(value).cast(pa.large_string()).cast(pa.large_binary())
        joined = pc.binary_join_element_wise(length, _binary(b":"), value, _binary(b","), _binary(b""))
        parts.append(pc.fill_null(joined, _binary(b"-,")))
    return pc.binary_join_element_wise(*parts, _binary(b""))


def _evidence(lists: pa.Array) -> pa.Array:
    """Return the SHA-256 of the evidence of each row, in hex."""
    items = pc.list_flatten(lists)
    joined = netstrings(pc.struct_field(items, name) for name in EVIDENCE)
    lengths = pc.fill_null(pc.list_value_length(lists), 0)
    ends = pa.concat_arrays([pa.array([0], pa.int64()), pc.cumulative_sum(lengths.cast(pa.int64()))])
    whole = pc.binary_join(pa.LargeListArray.from_arrays(ends, joined), _binary(b"")).dictionary_encode()
    digests = [hashlib.sha256(content).hexdigest() for content in whole.dictionary.to_pylist()]  # pages share theirs
    of_each = pa.array(digests, pa.string()).take(whole.indices)
    return pc.if_else(pc.is_valid(lists), of_each, pa.scalar(None, pa.string()))


def addresses_of(rows: pa.RecordBatch, commitments: pa.RecordBatch) -> pa.Array:
    """Return the address of each row: that of its commitment, else its URL, else its source and id."""
    named = pc.binary_join_element_wise(rows["source"], rows["source_id"], ":")
    return pc.coalesce(commitments["address"], rows["url"], named)


def text_digests(texts: pa.Array) -> pa.Array:
    """Return the SHA-256 of each text in UTF-8, in hex."""
    sha256 = hashlib.sha256
    return pa.array([sha256(text).hexdigest() for text in texts.cast(pa.binary()).to_pylist()], pa.string())


def record_contents(rows: pa.RecordBatch, addresses: pa.Array, salts: pa.Array, texts: pa.Array) -> list[bytes]:
    """Return what is hashed as the record of each row, given the digests of the texts too."""
    hexed = pa.array([salt.hex() for salt in salts.to_pylist()], pa.string())
    columns = [hexed, addresses, *(rows[name] for name in RECORD), _evidence(rows["evidence"]), texts]
    return [RECORD_V1 + content for content in netstrings(columns).to_pylist()]


@dataclass
class Checked:
    """What a release or a proof was found to be: what holds, and what does not, each after its layer and a colon."""

    holds: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def check_release(
    folder: Path, trusted: Sequence[Key] = (), canonical: Callable[[str], str | None] | None = None
) -> Checked:
    """Return what a release was found to be; without trusted keys, signatures are compared with the keys it states.

    With `canonical` the spelling of addresses is checked as well.
    """
    found = Checked()
    found.wrong += checksums(folder)
    if found.wrong:
        return found
    found.holds.append(f"checksums: {len(read_sums(folder)):,} files are as {SUMS} says")
    try:
        tree = json.loads((folder / TREE).read_bytes())
        shards = [shard["path"] for shard in json.loads((folder / "manifest.json").read_bytes())["shards"]]
        leaves = leaf_table(folder, tree["leaves"])
        found.wrong += records(folder, shards, leaves, canonical)
        sorted_leaves = [key + record for key, record in zip(*(leaves[name].to_pylist() for name in LEAF), strict=True)]
        found.wrong += order(sorted_leaves)
        note = read_note(_text(folder / CHECKPOINT))
        found.wrong += roots(folder, sorted_leaves, tree, note)
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        found.wrong.append(str(error) if isinstance(error, ProofError) else f"record: {type(error).__name__}: {error}")
        return found
    if not found.wrong:
        found.holds.append(f"record: {len(sorted_leaves):,} documents are those of the tree")
        found.holds.append("order: sorted by address; what is not among them is not in this release")
        found.holds.append(f"root: {tree['root']}")
        _check_signatures(folder, note, trusted, found)
    return found


LEAF = ("key", "record")


def read_sums(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file that SHA256SUMS lists."""
    content = (folder / SUMS).read_bytes().decode("utf-8", "replace")
    lines = content.split("\n")
    found = {line[66:]: line[:64] for line in lines[:-1] if re.match(r"[0-9a-f]{64}  [^/]", line)}
    if lines[-1] or len(found) != len(lines) - 1 or list(found) != sorted(found):
        raise ProofError(f"checksums: {SUMS}: a line is not a digest, two spaces and a path, or not in order")
    return found


def checksums(folder: Path) -> Iterator[str]:
    """Yield each file that is not as SHA256SUMS says, is missing, or is not listed."""
    try:
        sums = read_sums(folder)
    except (ProofError, OSError) as error:
        yield str(error) if isinstance(error, ProofError) else f"checksums: {SUMS}: cannot be read"
        return
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    yield from (f"checksums: {path}: is missing" for path in sums if path not in there)
    for path in sorted(there - UNSUMMED):
        if path not in sums:
            if not path.startswith(IGNORED):
                yield f"checksums: {path}: is not in {SUMS}"
            continue
        with (folder / path).open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        if digest != sums[path]:
            yield f"checksums: {path}: its SHA-256 is {digest}, in {SUMS} {sums[path]}"


def leaf_table(folder: Path, paths: Iterable[str]) -> pa.Table:
    """Return the leaves of the tree in order: key, record, shard and row."""
    return pa.concat_tables([pa.ipc.open_file(str(folder / path)).read_all() for path in paths])


def records(folder: Path, shards: Sequence[str], leaves: pa.Table, canonical: Canonical | None) -> Iterator[str]:
    """Yield the rows of a release that are not the records of the tree."""
    by_row = leaves.sort_by([("shard", "ascending"), ("row", "ascending")])
    expected = zip(*(by_row[name].to_pylist() for name in (*LEAF, "shard", "row")), strict=True)
    none = (b"", b"", -1, -1)
    for number, shard in enumerate(shards):
        row = 0
        for rows, commitments in _batches(folder, shard):
            addresses = addresses_of(rows, commitments)
            contents = record_contents(rows, addresses, commitments["salt"], text_digests(rows["text"]))
            for address, content in zip(addresses.to_pylist(), contents, strict=True):
                leaf = key_of(address), hashlib.sha256(content).digest(), number, row
                if next(expected, none) != leaf:
                    yield f"record: {shard}: row {row} is not the record that the tree holds of it"
                    return
                if canonical is not None and address.startswith("http") and canonical(address) not in (address, None):
                    yield f"record: {shard}: row {row}: {address} is not how its address is spelt: {canonical(address)}"
                row += 1
    if next(expected, None) is not None:
        yield "record: the tree holds records that no row has"


def _batches(folder: Path, shard: str) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
    """Yield the rows of a shard with their commitments."""
    columns = [*RECORD, "evidence", "text"]
    with pa.memory_map(str(folder / shard)) as source:
        schema = pa.ipc.open_file(source).schema
        options = pa.ipc.IpcReadOptions(included_fields=sorted(schema.get_field_index(name) for name in columns))
        reader = pa.ipc.open_file(source, options=options)
        committed = pa.ipc.open_file(str(folder / commitment_path(shard))).read_all().combine_chunks()
        first = 0
        for number in range(reader.num_record_batches):
            rows = reader.get_batch(number)
            beside = committed.slice(first, rows.num_rows).combine_chunks().to_batches()
            if rows.num_rows:
                yield rows, beside[0]
            first += rows.num_rows
        if first != committed.num_rows:
            raise ProofError(f"record: {shard}: {first} rows, {committed.num_rows} commitments")


def commitment_path(shard: str) -> str:
    """Return where the commitments of a shard lie."""
    return "commitments/" + shard.removeprefix("data/")


def order(leaves: Sequence[bytes]) -> Iterator[str]:
    """Yield the first leaf that is not after the one before it."""
    wrong = next((place for place in range(1, len(leaves)) if leaves[place - 1] > leaves[place]), None)
    if wrong is not None:
        yield f"order: leaf {wrong} follows a greater one"


def roots(folder: Path, leaves: Sequence[bytes], tree: dict[str, object], note: Note) -> Iterator[str]:
    """Yield how the tree of the leaves differs from the checkpoint, and from the tiles."""
    hashes = leaf_hashes(leaves)
    stated = read_checkpoint(note.text)
    if stated != (tree["origin"], len(leaves), tree_root(hashes)):
        yield f"root: {CHECKPOINT}: the tree of {len(leaves)} records has the root {encoded(tree_root(hashes))}"
    elif encoded(stated[2]) != tree["root"] or tree["size"] != len(leaves):
        yield f"root: {TREE}: another root or size than the checkpoint"
    for path, content in tiles(hashes):
        if not (folder / path).is_file() or (folder / path).read_bytes() != content:
            yield f"root: {path}: is not the tile of the tree"


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()  # as it is: Python would take other ends of lines for ours
    except UnicodeDecodeError as error:
        raise ProofError(f"signature: {path.name}: is not UTF-8") from error


def _check_signatures(folder: Path, note: Note, trusted: Sequence[Key], found: Checked) -> None:
    keys = list(trusted)
    try:
        stated = read_keys(_text(folder / KEYS)) if (folder / KEYS).is_file() else []
        if stated and "".join(f"{key}\n" for key in stated) != _text(folder / KEYS):
            raise ProofError(f"signature: {KEYS}: not written as keys are")
        if not note.lines:
            if keys or stated:
                raise ProofError(f"signature: {CHECKPOINT} is not signed")
            found.holds.append("signature: none; this release proves nothing of who made it")
            return
        _check_lines(note, [*stated, *keys], f"signature: {CHECKPOINT}")
        by = signers(note, keys or stated)
        if keys:
            signers(note, stated)
        names = ", ".join(f"{key.name} ({KINDS[key.kind]})" for key in by)
        alone = "" if keys else "; by a key that the release itself states: this proves integrity only"
        found.holds.append(f"signature: {names}{alone}")
        found.holds.append(f"log: {_check_log(folder, note, keys or stated, [*stated, *keys])}")
    except (ProofError, OSError, UnicodeDecodeError, IndexError, ValueError) as error:
        found.wrong.append(str(error) if isinstance(error, ProofError) else f"signature: {error}")


def _check_lines(note: Note, known: Sequence[Key], where: str) -> None:
    """Raise ProofError for a line by somebody whose key is not known: it may be a damaged one."""
    names = {(key.name, key.identity) for key in known}
    for line in note.lines:
        _, name, content = [*line.split(" "), "", ""][:3]
        if (name, decoded(content)[:4]) not in names:
            raise ProofError(f"{where}: a line by {name[:60]!r}, whose key {KEYS} does not state")


def _check_log(folder: Path, note: Note, keys: Sequence[Key], known: Sequence[Key]) -> str:
    try:
        proof = read_proof((folder / LOG_PROOF).read_bytes().decode())
        if not isinstance(proof, Inclusion):
            raise ProofError("log: no proof of an entry")
        origin, size, root = read_checkpoint(proof.note.text)
        if root_of_inclusion(proof.index, size, leaf_hash(proof.extra), proof.path) != root:
            raise ProofError("log: the entry is not in the log")
        signers(proof.note, keys)
        _check_lines(proof.note, known, "log")
        entry = json.loads(proof.extra)
    except (OSError, ValueError) as error:
        raise ProofError(f"log: {LOG_PROOF}: {error}") from error
    if entry["sums"] != hashlib.sha256((folder / SUMS).read_bytes()).hexdigest():
        raise ProofError(f"log: entry {proof.index} is of a release with another {SUMS}")
    if (entry["origin"], entry["size"], decoded(entry["root"])) != read_checkpoint(note.text):
        raise ProofError(f"log: entry {proof.index} is of a release with another root")
    seen = ((key, seen_at(proof.note, key)) for key in dict.fromkeys(keys))
    by = (f"; seen by {key.name} at {datetime.datetime.fromtimestamp(at, datetime.UTC)}" for key, at in seen if at)
    return f"entry {proof.index} of {size} in {origin}{''.join(by)}"


# --- the command


def check_file(path: Path, trusted: Sequence[Key], document: Path | None) -> Checked:
    """Return what a proof was found to show, also of a text that was saved."""
    found = Checked()
    try:
        proof = read_proof(path.read_bytes().decode())
        fields = check_proof(proof, trusted)
        origin = read_checkpoint(proof.note.text)[0]
        if not isinstance(proof, Inclusion):
            found.holds.append(f"NOT in {origin}: {fields['address']}")
        elif not fields:
            found.holds.append(f"entry {proof.index} of {origin}: {proof.extra.decode(errors='replace')}")
        else:
            found.holds.append(
                f"in {origin}: leaf {proof.index}, {fields['address']}, {fields['license'] or 'no licence'}"
            )
            if document is not None:
                found.holds.append(f"text: {_text_of(document, fields['text'])}")
        unknown = "not checked, as no --key was given: this says nothing of who states it"
        found.holds.append(f"signature: {'by a key of yours' if trusted else unknown}")
    except (OSError, ValueError) as error:
        found.wrong.append(str(error) if isinstance(error, ProofError) else f"root: {path}: {error}")
    return found


def _text_of(document: Path, digest: str | None) -> str:
    content = document.read_bytes()
    if digest not in [hashlib.sha256(text).hexdigest() for text in (content, content.removesuffix(b"\n"))]:
        raise ProofError(f"record: {document}: is not the text of the record (SHA-256 {digest})")
    return f"{document} is the text of the record"


def main() -> int:
    """Check what the command line names; 0 if all is well, 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("release", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--key", type=Path, help="public keys that you trust, a line each")
    parser.add_argument("--proof", type=Path, help="check this proof, and no release")
    parser.add_argument("--document", type=Path, help="with --proof: a text, in UTF-8, that should be the record's")
    given = parser.parse_args()
    try:
        trusted = read_keys(given.key.read_text(encoding="utf-8")) if given.key else []
    except (ProofError, OSError) as error:
        parser.error(str(error))
    found = check_file(given.proof, trusted, given.document) if given.proof else check_release(given.release, trusted)
    for line in found.wrong or [*found.holds, "ok"]:
        sys.stdout.write("".join(each if each.isprintable() else "?" for each in line) + "\n")  # a proof may hold any
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
