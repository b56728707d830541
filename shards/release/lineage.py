"""What a release was made from: the configuration, and every stage with its settings, code, libraries and tasks.

`lineage-DIGEST.json.gz`, gzipped JSON beside the manifest, which lists it:

    lineage    config       as it ran, without the output and without the places of inputs, lists and models
               stages       in order: folder, settings, code, libraries, resources, the stages before, what it read
               unreadable   input files that could not be read to their end, each with why
    shared     what stands in it more than once (the filters of a language), once, by digest; in its places lies
               {"$shared": digest}
"""

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import pyarrow as pa

from shards import files
from shards.release.layout import is_lineage, lineage_path
from shards.release.manifest import File

Json: TypeAlias = Any  # a JSON value: what stages say of themselves, of any shape

REFERENCE: Final = "$shared"
SHORTEST: Final = 200  # characters of JSON: what is shorter stands where it is


def packed(lineage: Mapping[str, Json]) -> dict[str, Json]:
    """Return the lineage and `shared`: every long object and list that stands in it more than once."""
    seen: Counter[str] = Counter()
    _count(lineage, seen)
    shared: dict[str, Json] = {}
    return {"lineage": _replaced(lineage, seen, shared), "shared": dict(sorted(shared.items()))}


def unpacked(content: Mapping[str, Json]) -> dict[str, Json]:
    """Return the lineage as it was before it was packed."""
    lineage = _restored(content["lineage"], content["shared"])
    assert isinstance(lineage, dict)
    return lineage


def write_lineage(release: str, lineage: Mapping[str, Json]) -> File:
    """Write the lineage into a release; it is named by the digest of its file."""
    canonical = json.dumps(packed(lineage), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "gzip") as stream:  # pyarrow's carries no time: equal lineages, equal bytes
        stream.write(f"{canonical}\n".encode())
    content = sink.getvalue().to_pybytes()
    path = lineage_path(hashlib.sha256(content).hexdigest())
    written = files.write_bytes(files.join(release, path), content)
    return File(path=path, bytes=written.bytes, sha256=written.sha256)


def remove_others(release: str, lineage: File) -> None:
    """Remove lineages that an earlier conclusion of the same shards has left."""
    for name in files.names_in(release):
        if is_lineage(name) and name != lineage.path:
            files.remove(files.join(release, name))


def read_lineage(release: str, lineage: File) -> dict[str, Json]:
    """Return the lineage of a release."""
    return unpacked(json.loads(gzip.decompress(files.read_bytes(files.join(release, lineage.path)))))


def _digest(value: Json) -> str | None:
    """Return the digest of a long object or list; None of what is short, or is neither."""
    if not isinstance(value, dict | list):
        return None
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16] if len(canonical) >= SHORTEST else None


def _count(value: Json, seen: Counter[str]) -> None:
    if digest := _digest(value):
        seen[digest] += 1
        if seen[digest] > 1:
            return  # what lies in it is in `shared` with it, once
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        _count(item, seen)


def _replaced(value: Json, seen: Mapping[str, int], shared: dict[str, Json]) -> Json:
    digest = _digest(value)
    if digest is None or seen[digest] < 2:
        return _within(value, seen, shared)
    if digest not in shared:
        shared[digest] = {}
        shared[digest] = _within(value, seen, shared)
    return {REFERENCE: digest}


def _within(value: Json, seen: Mapping[str, int], shared: dict[str, Json]) -> Json:
    if isinstance(value, Mapping):
        return {name: _replaced(item, seen, shared) for name, item in value.items()}
    return [_replaced(item, seen, shared) for item in value] if isinstance(value, list) else value


def _restored(value: Json, shared: Mapping[str, Json]) -> Json:
    if isinstance(value, dict):
        if set(value) == {REFERENCE}:
            return _restored(shared[value[REFERENCE]], shared)
        return {name: _restored(item, shared) for name, item in value.items()}
    return [_restored(item, shared) for item in value] if isinstance(value, list) else value
