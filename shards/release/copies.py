"""The tables of a release that name what its documents stand for: a page is taken down with all of its copies.

    duplicates/00000.arrow   id, duplicate_of, rejected_by, similarity, cluster, url, source, source_id
    superseded/00000.arrow   id, superseded_by, rejected_by, similarity, cluster

`duplicate_of` may be a document of an earlier release. `superseded` names documents of earlier releases that this one
replaces.
"""

import pyarrow as pa

DUPLICATES = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("duplicate_of", pa.string(), nullable=False),
        pa.field("rejected_by", pa.string(), nullable=False),
        pa.field("similarity", pa.float32()),
        pa.field("cluster", pa.string(), nullable=False),
        pa.field("url", pa.string()),
        pa.field("source", pa.string(), nullable=False),
        pa.field("source_id", pa.string(), nullable=False),
    ]
)

SUPERSEDED = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("superseded_by", pa.string(), nullable=False),
        pa.field("rejected_by", pa.string(), nullable=False),
        pa.field("similarity", pa.float32()),
        pa.field("cluster", pa.string(), nullable=False),
    ]
)

TABLES = {"duplicates": DUPLICATES, "superseded": SUPERSEDED}
