"""Whether a release is what its manifest says: files, checksums, schema, rows, licences, ids, and loading."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from shards import files
from shards.receipts import UNKNOWN_LANGUAGE
from shards.release import attribution, layout, manifest
from shards.release.card import configurations, in_split
from shards.release.copies import TABLES
from shards.release.lineage import read_lineage
from shards.release.splits import TRAIN, VALIDATION
from shards.schema import PUBLISHED


def problems(release: str) -> Iterator[str]:
    """Yield every way in which a release, given its folder, differs from its manifest, and every file that is no part.

    Raises
    ------
    ReleaseError
        if it has no manifest that can be read.
    """
    published = manifest.read(release)
    listed = [file.path for file in published.files]
    yield from (f"{path}: {why}" for path, why in layout.unexpected(files.paths_below(release), listed))
    defects = {file.path: defect for file in published.files if (defect := file_defect(release, file))}
    yield from (f"{path}: {defect}" for path, defect in defects.items())
    seen: Counter[str] = Counter()
    for shard in published.shards:
        if shard.path in defects:
            continue
        table = files.read_table(files.join(release, shard.path))
        seen.update(table["id"].to_pylist())
        yield from (f"{shard.path}: {problem}" for problem in _differences(table, shard))
        if shard.attribution.path not in defects:
            lines = attribution.read(files.join(release, shard.attribution.path))
            yield from (f"{shard.attribution.path}: {problem}" for problem in attribution.differences(lines, table))
    yield from (f"id {name} is in {count} rows" for name, count in sorted(seen.items()) if count > 1)
    for file in published.tables:
        if file.path not in defects:
            yield from (f"{file.path}: {problem}" for problem in _table_differences(release, file))
    if published.lineage.path not in defects:
        try:
            read_lineage(release, published.lineage)
        except (ValueError, KeyError) as error:
            yield f"{published.lineage.path}: {error!r}"


def file_defect(folder: str, file: manifest.File) -> str | None:
    """Return how a file differs from what the manifest of its folder says of it, or None if it does not."""
    uri = files.join(folder, file.path)
    if not files.is_file(uri):
        return "is missing"
    return "its SHA-256 is not that of the manifest" if files.sha256(uri) != file.sha256 else None


def _table_differences(release: str, file: manifest.Rows) -> Iterator[str]:
    table = files.read_table(files.join(release, file.path))
    if table.schema != TABLES.get(file.path.partition("/")[0]):
        yield "its schema is not that of its table"
    if table.num_rows != file.rows:
        yield f"{table.num_rows} rows, {file.rows} in the manifest"


def _differences(table: pa.Table, shard: manifest.Shard) -> Iterator[str]:
    if table.schema != PUBLISHED:
        yield "its schema is not that of a published document"
        return
    if table.num_rows != shard.rows:
        yield f"{table.num_rows} rows, {shard.rows} in the manifest"
    languages = {language or UNKNOWN_LANGUAGE for language in table["language"].to_pylist()} - {shard.language}
    if languages:
        yield f"documents in {sorted(map(str, languages))} in a shard of {shard.language}"
    classes = set(table["license_class"].to_pylist()) - {shard.license_class}
    if classes:
        yield f"documents of class {sorted(map(str, classes))} in a shard of {shard.license_class}"
    licenses = dict(Counter(license or "" for license in table["license"].to_pylist()))
    if licenses != shard.licenses:
        yield f"licences {licenses}, in the manifest {shard.licenses}"
    for name, length in (("characters", pc.utf8_length), ("bytes", pc.binary_length)):
        wrong = pc.sum(pc.not_equal(table[name].fill_null(-1), length(table["text"]))).as_py()
        if wrong:
            yield f"{wrong} documents have another number of {name} than their column says"
    empty = pc.sum(pc.equal(table["text"], "")).as_py()
    if empty:
        yield f"{empty} documents have no text"


def loading_problems(folder: str, documents: Sequence[manifest.Documents]) -> Iterator[str]:
    """Yield the configurations and splits that `load_dataset` does not give back whole, map-style and streaming.

    `documents` are the files that the release or export in this folder lists.
    """
    import datasets  # half a second to import, and wanted here only

    datasets.disable_progress_bars()
    for name, listed in configurations(documents).items():
        expected = {split: sum(file.rows for file in in_split(listed, split)) for split in (TRAIN, VALIDATION)}
        expected = {split: rows for split, rows in expected.items() if rows}
        with tempfile.TemporaryDirectory() as cache:
            loaded = datasets.load_dataset(folder, name, cache_dir=cache)
            streamed = datasets.load_dataset(folder, name, streaming=True, cache_dir=cache)
            ways = {
                "map-style": {split: rows.num_rows for split, rows in loaded.items()},
                "streaming": {split: sum(1 for _ in rows) for split, rows in streamed.items()},
            }
        yield from (
            f"{name}: {counts} documents load {way}, {expected} in the manifest"
            for way, counts in ways.items()
            if counts != expected
        )
