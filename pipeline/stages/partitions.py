"""Documents of one language and one class of licence: what a release shard holds, and share-alike is never mixed in."""

from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from filters.licences.verdicts import verdict_of
from shards.receipts import UNKNOWN_LANGUAGE

Partition: TypeAlias = tuple[str, str, str]  # language, class of licence, what flagged it


def partitions(documents: pa.Table) -> list[list[Any]]:
    """Return [language, class of licence, flags, documents, bytes of text] for each partition of kept documents."""
    sizes: dict[Partition, list[int]] = {}
    lengths = pc.binary_length(documents["text"]).to_pylist()
    for key, length in zip(partition_of(documents), lengths, strict=True):
        size = sizes.setdefault(key, [0, 0])
        size[0] += 1
        size[1] += length
    return [[*key, *sizes[key]] for key in sorted(sizes)]


def partition_of(documents: pa.Table) -> list[Partition]:
    """Return the partition of each document."""
    columns = (documents[name].to_pylist() for name in ("language", "license", "flagged_by"))
    return [
        (label or UNKNOWN_LANGUAGE, verdict_of(expression) if expression else "unknown", " ".join(flags or ()))
        for label, expression, flags in zip(*columns, strict=True)
    ]
