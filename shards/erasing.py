"""Documents without their content: rows stay, so that receipts add up and what stands beside them row for row does."""

import pyarrow as pa
import pyarrow.compute as pc

HASHES = ("signature", "shingles", "exact", "payload", "address")  # of an index: of zeros, and of none, are no copies
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
    *HASHES,
)


def without(table: pa.Table, here: pa.ChunkedArray | pa.Array) -> pa.Table:
    """Return the rows, those where `here` is true without what tells of a document, or by what it could be known."""
    for place, field in enumerate(table.schema):
        if field.name in ERASED:
            table = table.set_column(place, field, pc.if_else(here, _blank(field), table[field.name]))
        elif field.name == "published" and pa.types.is_boolean(field.type):  # in an index: whether a copy is one of it
            table = table.set_column(place, field, pc.and_(table[field.name], pc.invert(here)))
    return table


def _blank(field: pa.Field) -> pa.Scalar:
    """Return what stands for nothing: of hashes, which are never null, zeros or none."""
    if pa.types.is_fixed_size_binary(field.type):
        return pa.scalar(bytes(field.type.byte_width), field.type)
    if pa.types.is_large_list(field.type):
        return pa.scalar([], field.type)
    return pa.scalar(None if field.nullable else "", field.type)
