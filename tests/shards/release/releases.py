"""Small releases, written without a run: a shard per language, class of licence and split."""

from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from typing import Any

import pyarrow as pa

from shards import files
from shards.release import attribution, card, layout, manifest
from shards.release.lineage import write_lineage
from shards.schema import PROVENANCE, PUBLISHED, batch_of, document_id

CLASSES = {"CC0-1.0": "open", "CC-BY-4.0": "permissive", "CC-BY-SA-4.0": "sharealike"}


def document(
    number: int, text: str, language: str = "zho_Hans", license: str = "CC-BY-4.0", **columns: Any
) -> dict[str, Any]:
    """Return a row as a release has it."""
    row: dict[str, Any] = {"id": document_id("notes", str(number)), "text": text, "source": "notes"}
    row |= {"source_id": str(number), "language": language, "license": license, "license_class": CLASSES[license]}
    row["provenance"] = {field.name: "a.warc" if field.type == pa.string() else number for field in PROVENANCE}
    return row | {"characters": len(text), "bytes": len(text.encode())} | columns


def write_release(folder: str, documents: Iterable[tuple[str, dict[str, Any]]]) -> manifest.Manifest:
    """Write a release of documents, each with its split, and return its manifest."""
    shards = []
    rows = sorted(documents, key=lambda item: (item[1]["language"], item[1]["license_class"], item[0]))
    for (language, license_class, split), group in groupby(
        rows, key=lambda item: (item[1]["language"], item[1]["license_class"], item[0])
    ):
        batch = batch_of([row for _, row in group], PUBLISHED)
        path = layout.shard_path(language, license_class, split, 0)
        written = files.write_shard(files.join(folder, path), [batch], PUBLISHED)
        beside = layout.attribution_path(path)
        with attribution.writing(files.join(folder, beside)) as attributions:
            attributions.add(batch)
        named = attributions.written
        shards.append(
            manifest.Shard(
                path=path,
                rows=batch.num_rows,
                bytes=written.bytes,
                sha256=written.sha256,
                language=language,
                license_class=license_class,
                split=split,
                licenses=dict(sorted(Counter(batch["license"].to_pylist()).items())),
                attribution=manifest.File(path=beside, bytes=named.bytes, sha256=named.sha256),
            )
        )
    lineage = write_lineage(folder, {"config": {}, "stages": [], "unreadable": []})
    of = manifest.Manifest(
        title="Notes",
        shards=tuple(shards),
        stages=("11-publish-00000000",),
        card=manifest.write_card(folder, card.render("Notes", shards, [card.SPLITS])),
        lineage=lineage,
    )
    manifest.write(folder, of)
    return of
