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
from typing import Any, TypeAlias

import pyarrow as pa

from shards import files
from shards.release.layout import is_lineage, lineage_path
from shards.release.manifest import File

Json: TypeAlias = Any  # a JSON value: what stages say of themselves, of any shape

REFERENCE = "$shared"
SHORTEST = 200  # characters of JSON: what is shorter stands where it is


def packed(lineage: Mapping[str, Json]) -> dict[str, Json]:
    """Return the lineage and `shared`: every long object and list that stands in it more than once."""
    packing = _Packing()
    packing.count(lineage)
    rest = packing.replaced(lineage)
    return {"lineage": rest, "shared": dict(sorted(packing.shared.items()))}


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


class _Packing:
    """What is known of the values of a lineage while it is packed."""

    def __init__(self) -> None:
        self.shared: dict[str, Json] = {}
        self._seen: Counter[str] = Counter()
        self._digests: dict[int, str | None] = {}  # by identity: the values are alive all the while

    def count(self, value: Json) -> None:
        """Count how often each long value stands in this one; what lies in one that was seen before is not counted."""
        if digest := self._digest(value):
            self._seen[digest] += 1
            if self._seen[digest] > 1:
                return
        for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
            self.count(item)

    def replaced(self, value: Json) -> Json:
        """Return the value, or a reference to it in `shared` if it stands in more than one place."""
        digest = self._digest(value)
        if digest is None or self._seen[digest] < 2:
            return self._within(value)
        if digest not in self.shared:
            self.shared[digest] = self._within(value)
        return {REFERENCE: digest}

    def _within(self, value: Json) -> Json:
        if isinstance(value, Mapping):
            return {name: self.replaced(item) for name, item in value.items()}
        return [self.replaced(item) for item in value] if isinstance(value, list) else value

    def _digest(self, value: Json) -> str | None:
        """Return the digest of a long object or list; None of what is short, or is neither."""
        if not isinstance(value, dict | list):
            return None
        if id(value) not in self._digests:
            canonical = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            long = len(canonical) >= SHORTEST
            self._digests[id(value)] = hashlib.sha256(canonical.encode()).hexdigest()[:16] if long else None
        return self._digests[id(value)]


def _restored(value: Json, shared: Mapping[str, Json]) -> Json:
    if isinstance(value, dict):
        if set(value) == {REFERENCE}:
            return _restored(shared[value[REFERENCE]], shared)
        return {name: _restored(item, shared) for name, item in value.items()}
    return [_restored(item, shared) for item in value] if isinstance(value, list) else value
