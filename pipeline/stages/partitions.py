"""Documents of one language, class of licence and split: what a release shard holds, and share-alike is never mixed in.

A receipt counts them under `partitions`, a list of [language, license_class, flags, split, rows, bytes]. So the release
is planned without a look at a document, and the rows that a count stands for are the same whenever they are looked for.
"""

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from filters.licences.verdicts import verdict_of
from pipeline.stages.base import Facts
from shards.receipts import UNKNOWN_LANGUAGE
from shards.release.splits import Split, splits_of


class Partition(NamedTuple):
    """What the documents of a partition have in common."""

    language: str
    license_class: str
    flags: str  # the bounds that keep them out of a release, with a space between
    split: Split


class PartitionSize(NamedTuple):
    """A partition, and how many documents and bytes of text it has."""

    language: str
    license_class: str
    flags: str
    split: Split
    rows: int
    bytes: int

    @property
    def partition(self) -> Partition:
        """What the documents have in common."""
        return Partition(*self[:4])


class KeptFacts(Facts):
    """What a task of `documents`, or of a stage that judges, has kept."""

    partitions: tuple[PartitionSize, ...]


class CountedFacts(KeptFacts):
    """And how many documents a task of `documents` found with each value of the signals that are counted."""

    counted: dict[str, dict[str, int]] = Field({})


def partitions(documents: pa.Table) -> tuple[PartitionSize, ...]:
    """Return the partitions of kept documents, in order.

    The documents have `id`, `text`, `language`, `license`, `flagged_by` and, once dedup has judged, `cluster`.
    """
    table = _features(documents).append_column("bytes", pc.binary_length(documents["text"]))
    sums = table.group_by(list(Partition._fields)).aggregate([("bytes", "count"), ("bytes", "sum")])
    return tuple(
        sorted(PartitionSize(*row) for row in zip(*(column.to_pylist() for column in sums.columns), strict=True))
    )


def rows_by_partition(documents: pa.Table) -> dict[Partition, pa.Int64Array]:
    """Return the rows of each partition that the documents have, ascending; `documents` as above."""
    table = _features(documents).append_column("row", pa.array(range(documents.num_rows), pa.int64()))
    groups = table.group_by(list(Partition._fields), use_threads=False).aggregate([("row", "list")])
    names = zip(*(groups[name].to_pylist() for name in Partition._fields), strict=True)
    return {Partition(*name): rows.values for name, rows in zip(names, groups["row_list"], strict=True)}


def license_classes(licenses: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Return the class of each licence; `unknown` of none."""
    column = licenses.combine_chunks() if isinstance(licenses, pa.ChunkedArray) else licenses
    encoded = column.dictionary_encode()
    classes = [verdict_of(expression) if expression else "unknown" for expression in encoded.dictionary.to_pylist()]
    return pa.array(classes, pa.string()).take(encoded.indices).fill_null("unknown")


def _features(documents: pa.Table) -> pa.Table:
    """Return the partition of each document."""
    language = documents["language"].combine_chunks()
    named = pc.fill_null(pc.not_equal(language, ""), False)
    flags = pc.binary_join(documents["flagged_by"].combine_chunks(), " ")
    clusters = documents["cluster"] if "cluster" in documents.column_names else pa.nulls(documents.num_rows)
    features = (
        pc.if_else(named, language, UNKNOWN_LANGUAGE),
        license_classes(documents["license"]),
        pc.fill_null(flags, ""),
        pa.array(splits_of(documents["id"].to_pylist(), clusters.to_pylist()), pa.string()),
    )
    return pa.table(list(features), names=Partition._fields)
