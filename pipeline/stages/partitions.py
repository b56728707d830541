"""Documents of one language and one class of licence: what a release shard holds, and share-alike is never mixed in."""

from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from filters.licences.verdicts import verdict_of
from shards.receipts import UNKNOWN_LANGUAGE

Partition: TypeAlias = tuple[str, str]  # language, class of licence


def partitions(language: pa.ChunkedArray, license: pa.ChunkedArray, text: pa.ChunkedArray) -> list[list[Any]]:
    """Return [language, class of licence, documents, bytes of text] for each partition of kept documents."""
    sizes: dict[Partition, list[int]] = {}
    lengths = pc.binary_length(text).to_pylist()
    for key, length in zip(partition_of(language, license), lengths, strict=True):
        size = sizes.setdefault(key, [0, 0])
        size[0] += 1
        size[1] += length
    return [[*key, *sizes[key]] for key in sorted(sizes)]


def partition_of(language: pa.ChunkedArray, license: pa.ChunkedArray) -> list[Partition]:
    """Return the partition of each document."""
    return [
        (label or UNKNOWN_LANGUAGE, verdict_of(expression) if expression else "unknown")
        for label, expression in zip(language.to_pylist(), license.to_pylist(), strict=True)
    ]
