"""Whether a release is what its manifest says: files, checksums, schema, rows, licences, ids, and loading."""

import tempfile
from collections import Counter
from collections.abc import Iterator

import pyarrow as pa

from shards import files
from shards.receipts import UNKNOWN_LANGUAGE
from shards.release import attribution, manifest
from shards.schema import PUBLISHED


def problems(release: str) -> Iterator[str]:
    """Yield every way in which the files of a release differ from its manifest."""
    published = manifest.read(release)
    seen: Counter[str] = Counter()
    sound: set[str] = set()  # what can be read
    listed: list[manifest.Shard | manifest.Table] = [*published.shards, *published.tables]
    for shard in listed:
        uri = files.join(release, shard.path)
        if not files.exists(uri):
            yield f"{shard.path}: is missing"
        elif files.sha256(uri) != shard.sha256:
            yield f"{shard.path}: its SHA-256 is not that of the manifest"
        elif isinstance(shard, manifest.Shard):
            sound.add(shard.path)
            table = files.read_stream(uri)
            seen.update(table["id"].to_pylist())
            yield from (f"{shard.path}: {problem}" for problem in _differences(table, shard))
    yield from _attribution_problems(release, published, sound)
    yield from (f"id {name} stands in {count} rows" for name, count in sorted(seen.items()) if count > 1)


def _attribution_problems(release: str, published: manifest.Manifest, sound: set[str]) -> Iterator[str]:
    unnamed = {shard.path for shard in published.shards} - {entry.shard for entry in published.attribution}
    yield from (f"{path}: nobody is named for its documents" for path in sorted(unnamed))
    for entry in published.attribution:
        uri, shard = files.join(release, entry.path), files.join(release, entry.shard)
        if not files.exists(uri):
            yield f"{entry.path}: is missing"
        elif files.sha256(uri) != entry.sha256:
            yield f"{entry.path}: its SHA-256 is not that of the manifest"
        elif entry.shard in sound:
            differences = attribution.differences(attribution.read(uri), files.read_stream(shard))
            yield from (f"{entry.path}: {problem}" for problem in differences)


def _differences(table: pa.Table, shard: manifest.Shard) -> Iterator[str]:
    if table.schema != PUBLISHED:
        yield "its schema is not that of a published document"
        return
    if table.num_rows != shard.rows:
        yield f"{table.num_rows} rows, {shard.rows} in the manifest"
    languages = {language or UNKNOWN_LANGUAGE for language in table["language"].to_pylist()} - {shard.language}
    if languages:
        yield f"documents in {sorted(map(str, languages))} in a shard of {shard.language}"
    licenses = dict(Counter(license or "" for license in table["license"].to_pylist()))
    if licenses != shard.licenses:
        yield f"licences {licenses}, in the manifest {shard.licenses}"
    empty = sum(not text for text in table["text"].to_pylist())
    if empty:
        yield f"{empty} documents have no text"


def loading_problems(release: str) -> Iterator[str]:
    """Yield the languages that `load_dataset` does not give back with all their rows, map-style and streaming."""
    import datasets  # half a second to import, and wanted here only

    datasets.disable_progress_bars()
    for language, shards in manifest.read(release).by_language().items():
        expected = sum(shard.rows for shard in shards)
        with tempfile.TemporaryDirectory() as cache:
            loaded = datasets.load_dataset(release, language, split="train", cache_dir=cache)
            streamed = datasets.load_dataset(release, language, split="train", streaming=True, cache_dir=cache)
            counts = {"map-style": loaded.num_rows, "streaming": sum(1 for _ in streamed)}
        yield from (
            f"{language}: {count} documents load {way}, {expected} in the manifest"
            for way, count in counts.items()
            if count != expected
        )
