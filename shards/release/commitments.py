"""What a release is committed to: the salts and records of its documents, and the files that go into it.

    commitments/zho_Hans/open-00000.arrow   for each row of its shard: salt, address (if `url` spells it otherwise)
    commitments/tree.json                   origin, size and root of the tree, and where its leaves lie
    leaves/00000.arrow                      key, record, shard (in the manifest), row: sorted by key and record
    tile/…, checkpoint                      the tree, and what is signed of it
    SHA256SUMS                              of every file but those that signing writes

A salt keeps a text that is known or guessed from being compared with the tiles once the shard is gone. It is derived,
so that a release made again is the same: from a secret, if there is one, and from all texts of the shard. Whoever kept
the shard kept the salts.
"""

import ast
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from shards import files
from shards.addresses import canonical
from shards.release import layout
from shards.release.proofs import ADDRESS_V1, RECORD, encoded
from shards.release.verifier import (
    CHECKPOINT,
    SUMS,
    addresses_of,
    record_contents,
    text_digests,
)
from shards.transparency import Note, read_note

COMMITMENTS = pa.schema([pa.field("address", pa.string()), pa.field("salt", pa.binary(16), nullable=False)])
LEAVES = pa.schema(
    [
        pa.field("key", pa.binary(32), nullable=False),
        pa.field("record", pa.binary(32), nullable=False),
        pa.field("shard", pa.int32(), nullable=False),
        pa.field("row", pa.int64(), nullable=False),
    ]
)
SALT_V1 = b"yuliao/salt/v1\n"


def committed(uri: str, shard: int, secret: bytes) -> tuple[pa.Table, pa.Table]:
    """Return the commitments and the leaves of a shard of a release, row for row, given its number in the manifest."""
    with files.open_shard(uri, {*RECORD, "evidence", "text"}) as reader:
        return _committed(reader, shard, secret)


def _committed(reader: pa.ipc.RecordBatchFileReader, shard: int, secret: bytes) -> tuple[pa.Table, pa.Table]:
    digests = [text_digests(reader.get_batch(index)["text"]) for index in range(reader.num_record_batches)]
    content = "".join(digest for part in digests for digest in part.to_pylist()).encode()
    seed = hmac.digest(secret, SALT_V1 + content, "sha256")
    commitments, leaves, first = [], [], 0
    sha256, prefix = hashlib.sha256, ADDRESS_V1.encode()  # of `key_of`
    for rows, texts in zip(map(reader.get_batch, range(reader.num_record_batches)), digests, strict=True):
        beside = _commitments(rows, seed)
        addresses = addresses_of(rows, beside)
        records = record_contents(rows, addresses, beside["salt"], texts)
        columns = [
            pa.array([sha256(prefix + address).digest() for address in _bytes(addresses)], pa.binary(32)),
            pa.array([sha256(record).digest() for record in records], pa.binary(32)),
            pa.array([shard] * len(records), pa.int32()),
            pa.array(range(first, first + len(records)), pa.int64()),
        ]
        first += len(records)
        commitments.append(beside)
        leaves.append(pa.RecordBatch.from_arrays(columns, schema=LEAVES))
    return pa.Table.from_batches(commitments, COMMITMENTS), pa.Table.from_batches(leaves, LEAVES)


def _bytes(texts: pa.Array) -> list[bytes]:
    encoded: list[bytes] = texts.cast(pa.binary()).to_pylist()
    return encoded


def _commitments(rows: pa.RecordBatch, seed: bytes) -> pa.RecordBatch:
    blake2b = hashlib.blake2b
    salts = [blake2b(name, digest_size=16, key=seed).digest() for name in _bytes(rows["id"])]
    others = [_otherwise(url) for url in rows["url"].to_pylist()]
    columns = [pa.array(others, pa.string()), pa.array(salts, pa.binary(16))]
    return pa.RecordBatch.from_arrays(columns, schema=COMMITMENTS)


# Addresses that are spelt canonically at a glance, as most are: parsing takes a quarter of a commitment.
PLAIN = re.compile(r"https?://(?!\S*(?:--|/\.))(?:[a-z0-9][a-z0-9-]*\.)+[a-z]{2,}/[A-Za-z0-9._~/-]{0,1900}")


def _otherwise(url: str | None) -> str | None:
    """Return how an address is spelt, if it stands otherwise, and null if not."""
    if url is None or PLAIN.fullmatch(url):
        return None
    spelt = canonical(url)
    return None if spelt == url else spelt


def address_of(wanted: str) -> str:
    """Return the address by which a document is looked for: of the web in its canonical spelling, or as it stands."""
    return canonical(wanted) or wanted


def origin_of(data_set: str, manifest_sha256: str) -> str:
    """Return the origin of a release's tree: two releases never share one, as their manifests differ."""
    return f"{data_set}/records/{manifest_sha256[:16]}"


def tree_file(data_set: str, origin: str, size: int, root: bytes, leaves: Sequence[str]) -> bytes:
    """Return what `commitments/tree.json` holds."""
    tree: dict[str, object] = {"data_set": data_set, "format": 1, "leaves": list(leaves)}
    tree |= {"origin": origin, "root": encoded(root), "size": size}
    return f"{json.dumps(tree, indent=1, ensure_ascii=False, sort_keys=True)}\n".encode()


def sums_file(digests: Mapping[str, str]) -> bytes:
    """Return what `SHA256SUMS` holds, which `sha256sum -c` reads."""
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items())).encode()


def verify_file() -> bytes:
    """Return `verify.py`: the verifier with the modules that it imports, as one file that needs nothing of ours."""
    here = Path(__file__).parent
    paths = [here.parent / "transparency.py", here / "proofs.py", here / "verifier.py"]
    modules = [(path.read_text(encoding="utf-8"), ast.parse(path.read_bytes())) for path in paths]
    imports, bodies = set(), []
    for source, module in modules:
        taken = [module.body[0]]
        for node in module.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                taken.append(node)
                if not (isinstance(node, ast.ImportFrom) and str(node.module).startswith("shards")):
                    imports.add(ast.unparse(node))
        bodies.append(_without(source, taken))
    last_source, last = modules[-1]
    docstring = ast.get_source_segment(last_source, last.body[0])
    head = "\n".join(sorted(imports))
    return "\n\n".join([f"{docstring}\n\n{head}\n", *bodies]).encode()


def _without(source: str, nodes: Iterable[ast.stmt]) -> str:
    lines = source.split("\n")
    gone = {line for node in nodes for line in range(node.lineno - 1, node.end_lineno or node.lineno)}
    return "\n".join(line for place, line in enumerate(lines) if place not in gone).strip() + "\n"


def stale(release: str, kept: Iterable[str], *, signed: bool) -> Iterator[str]:
    """Yield the files in a release that an earlier commitment has left; with `signed`, its signatures stay."""
    writers = {"commit"} if signed else {"commit", "sign"}
    known = set(kept)
    for path in files.paths_below(release):
        if path not in known and any(e.writer in writers and e.pattern.fullmatch(path) for e in layout.ENTRIES):
            yield path


def is_checkpoint(release: str, note: Note) -> bool:
    """Return whether a release has this checkpoint, signed or not."""
    uri = files.join(release, CHECKPOINT)
    try:
        return files.is_file(uri) and read_note(files.read_bytes(uri).decode()).text == note.text
    except ValueError:
        return False


def is_committed(release: str, sums: bytes, note: Note) -> bool:
    """Return whether a release is committed to just so."""
    uri = files.join(release, SUMS)
    return is_checkpoint(release, note) and files.is_file(uri) and files.read_bytes(uri) == sums
