"""Documents as Parquet, made for readers that take few columns or few rows.

Rows are sorted by what people filter by, so that the statistics of row groups and pages tell them apart, and a filter
passes over those it has no use for. Texts and evidence have no statistics: they would be long, and tell nothing apart.
"""

import itertools
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shards import files

GROUP_BYTES = 64 << 20  # of text in a row group, about: what a reader unpacks at once

ORDER = (
    ("license", "ascending"),
    ("source", "ascending"),
    ("quality_score", "descending"),
    ("id", "ascending"),
)

# Columns with few values, which a dictionary makes small; texts, ids and addresses are all different.
FEW_VALUES = (
    "contributor",
    "domain",
    "domains.list.element",
    "evidence.list.element.kind",
    "evidence.list.element.subject",
    "evidence.list.element.where",
    "language",
    "license",
    "license_class",
    "license_scope",
    "license_url",
    "provenance.file",
    "quality_source",
    "register",
    "safety_tier",
    "source",
)
NO_STATISTICS = ("text", "evidence", "provenance")

ABOUT = (
    "Row groups hold about 64 MB of text, sorted by licence, source, quality (the best first) and id: `columns=` and "
    "`filters=` read only what they need."
)


def write(uri: str, shard: str, group_bytes: int = GROUP_BYTES) -> files.Written:
    """Write the documents of a shard as a Parquet file, in row groups of about so many bytes of text."""
    table = files.read_table(shard).sort_by(list(ORDER)).combine_chunks()
    options = {
        "compression": "zstd",
        "use_dictionary": list(FEW_VALUES),
        "write_statistics": [name for name in table.column_names if name not in NO_STATISTICS],
        "write_page_index": True,
        "sorting_columns": pq.SortingColumn.from_ordering(table.schema, list(ORDER), null_placement="at_end"),
    }
    with files.writing(uri) as sink, pq.ParquetWriter(pa.PythonFile(sink, mode="w"), table.schema, **options) as writer:
        for group in _groups(table, group_bytes):
            writer.write_table(group, row_group_size=group.num_rows)
    return files.Written(sink.size, sink.digest.hexdigest())


def _groups(table: pa.Table, group_bytes: int) -> Iterator[pa.Table]:
    """Yield the rows in order, in tables that each end where the bytes of text so far reach a multiple of the size."""
    if table.num_rows:
        ends = np.cumsum(pc.binary_length(table["text"]).to_numpy().astype(np.int64)) // group_bytes
        cuts = [0, *(np.flatnonzero(np.diff(ends)) + 1).tolist(), table.num_rows]
        yield from (table.slice(start, stop - start) for start, stop in itertools.pairwise(cuts))
