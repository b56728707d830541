"""Documents as gzipped JSON Lines: a line each, with every column, null where it says nothing.

Dates are ISO 8601: `2026-01-12`, `2026-01-12T08:30:00Z`.
"""

import json
from datetime import date, datetime

import pyarrow as pa

from shards import files


def write(uri: str, shard: str) -> files.Written:
    """Write the documents of a shard, in its order."""
    # gzip, which everyone can open; pyarrow's carries no time, so equal rows give equal bytes
    with files.writing(uri) as sink, pa.CompressedOutputStream(pa.PythonFile(sink, mode="w"), "gzip") as stream:
        for batch in files.read_shard(shard):
            lines = (json.dumps(row, ensure_ascii=False, default=_iso) for row in batch.to_pylist())
            stream.write("".join(f"{line}\n" for line in lines).encode())
    return files.Written(sink.size, sink.digest.hexdigest())


def _iso(value: date | datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")
