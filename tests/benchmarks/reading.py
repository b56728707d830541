"""WARC reading: documents and megabytes a CPU second, beside warcio and plain fastwarc.

    python tests/benchmarks/reading.py ../shared/data/rawwarc/*.warc.gz

The candidates take turns over the same files in one process; the figures are medians of the rounds, the spread is that
of the ratio to warcio. `records` sets damage apart; `rows` adds the SHA-256 of the payload, media type, headers and
ids; `batches` adds the Arrow batches.
"""

import hashlib
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version

import pyarrow as pa
from fastwarc.warc import ArchiveIterator, WarcRecordType
from warcio.archiveiterator import ArchiveIterator as WarcioIterator

from pipeline.sources.base import Split, batches
from pipeline.sources.warc import Warc
from pipeline.sources.warc_records import records

ROUNDS = 7


def warcio_payloads(path: str) -> Iterator[int]:
    """Payloads of responses, decoded, by warcio."""
    with open(path, "rb") as file:
        for record in WarcioIterator(file):
            if record.rec_type == "response":
                yield len(record.content_stream().read())


def fastwarc_payloads(path: str) -> Iterator[int]:
    """Payloads of responses, decoded, by fastwarc on the path."""
    for record in ArchiveIterator(path, record_types=WarcRecordType.response):
        yield len(record.reader.read())


def fastwarc_digests(path: str) -> Iterator[int]:
    """The same, each payload digested: what provenance needs."""
    for record in ArchiveIterator(path, record_types=WarcRecordType.response):
        payload = record.reader.read()
        hashlib.sha256(payload).hexdigest()
        yield len(payload)


def our_records(path: str) -> Iterator[int]:
    """Records as bytes, damage set apart."""
    with pa.OSFile(path) as file:
        for record in records(file, 0, None, 64 << 20):
            if b"\r\nWARC-Type: response\r\n" in record.data[:2000]:
                yield len(record.data)


def our_rows(path: str) -> Iterator[int]:
    """Rows of the source."""
    for row in Warc(name="benchmark", paths=(path,)).read(Split(file=path, name="benchmark.warc.gz")):
        if row.get("payload"):
            yield len(row["payload"])


def our_batches(path: str) -> Iterator[int]:
    """Arrow batches of `PAGE`."""
    for batch in batches(Warc(name="benchmark", paths=(path,)).read(Split(file=path, name="benchmark.warc.gz"))):
        column = batch.column("payload")
        yield from (len(payload.as_buffer()) for payload in column if payload.is_valid)


CANDIDATES: dict[str, Callable[[str], Iterator[int]]] = {
    f"warcio {version('warcio')}": warcio_payloads,
    f"fastwarc {version('fastwarc')}": fastwarc_payloads,
    "fastwarc + sha256": fastwarc_digests,
    "ours: records": our_records,
    "ours: rows": our_rows,
    "ours: batches": our_batches,
}


def main(paths: list[str]) -> None:
    """Print the table."""
    seconds: dict[str, list[float]] = {name: [] for name in CANDIDATES}
    totals: dict[str, tuple[int, int]] = {}
    for round_ in range(ROUNDS + 1):  # the first warms up
        for name, candidate in CANDIDATES.items():
            start = time.process_time()
            sizes = [size for path in paths for size in candidate(path)]
            if round_:
                seconds[name].append(time.process_time() - start)
            totals[name] = len(sizes), sum(sizes)
    base = seconds[next(iter(seconds))]
    print(f"{len(paths)} files, {ROUNDS} rounds, pyarrow {version('pyarrow')}, Python {sys.version.split()[0]}\n")
    print("| reader | documents | docs/s | MB/s | x warcio | spread |\n|---|---|---|---|---|---|")
    for name, taken in seconds.items():
        documents, size = totals[name]
        ratios = sorted(other / own for other, own in zip(base, taken, strict=True))
        median = statistics.median(taken)
        print(
            f"| {name} | {documents:,} | {documents / median:,.0f} | {size / median / 1e6:,.0f} "
            f"| {statistics.median(ratios):.2f} | {ratios[0]:.2f}-{ratios[-1]:.2f} |"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
