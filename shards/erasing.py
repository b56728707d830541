"""Documents without their content: rows stay, so that receipts add up and what stands beside them row for row does."""

import pyarrow as pa
import pyarrow.compute as pc

ERASED = (
    "title",
    "author",
    "url",
    "doi",
    "license_url",
    "evidence",
    "payload_digest",
    "text",
    "source_id",
    "provenance",
)


def without(table: pa.Table, here: pa.ChunkedArray | pa.Array) -> pa.Table:
    """Return the rows, those where `here` is true without what tells of a document."""
    for place, field in enumerate(table.schema):
        if field.name in ERASED:
            blank = pa.scalar("" if not field.nullable else None, field.type)
            table = table.set_column(place, field, pc.if_else(here, blank, table[field.name]))
    return table
