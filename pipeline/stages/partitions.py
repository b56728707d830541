"""Documents of one language and one class of licence: what a release shard holds, and share-alike is never mixed in."""

from typing import NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from filters.licences.verdicts import verdict_of
from pipeline.stages.base import Facts
from shards.receipts import UNKNOWN_LANGUAGE

Partition: TypeAlias = tuple[str, str, str]  # language, class of licence, what flagged it


class PartitionSize(NamedTuple):
    """How many documents, and bytes of text, a shard has of a partition."""

    language: str
    family: str
    flags: str
    rows: int
    bytes: int


class KeptFacts(Facts):
    """What a task of `documents`, or of a stage that judges, has kept."""

    partitions: tuple[PartitionSize, ...]


def partitions(documents: pa.Table) -> tuple[PartitionSize, ...]:
    """Return the sizes of the partitions of kept documents, in their order."""
    flags = pc.fill_null(pc.binary_join(documents["flagged_by"], " "), "")
    table = pa.table({"language": documents["language"], "license": documents["license"], "flagged_by": flags})
    table = table.append_column("length", pc.binary_length(documents["text"]))
    sums = table.group_by(table.column_names[:3]).aggregate([("length", "count"), ("length", "sum")])
    sizes: dict[Partition, list[int]] = {}
    for language, license_, flag, count, length in zip(*(column.to_pylist() for column in sums.columns), strict=True):
        size = sizes.setdefault(_partition(language, license_, flag), [0, 0])
        size[0] += count
        size[1] += length
    return tuple(PartitionSize(*key, *sizes[key]) for key in sorted(sizes))


def partition_of(documents: pa.Table) -> list[Partition]:
    """Return the partition of each document."""
    columns = (documents[name].to_pylist() for name in ("language", "license", "flagged_by"))
    return [
        _partition(language, expression, " ".join(flags or ()))
        for language, expression, flags in zip(*columns, strict=True)
    ]


def _partition(language: str | None, expression: str | None, flags: str) -> Partition:
    return language or UNKNOWN_LANGUAGE, verdict_of(expression) if expression else "unknown", flags
