"""Gopher quality and repetition, C4 and FineWeb against datatrove: documents per second and core, and equal verdicts.

    python -m tests.benchmarks.filters ../shared/data [documents per language]

Needs `datatrove[processing,multilingual]` (0.10.1 was measured) beside the project's own dependencies. Every filter
sees the original text, with no early exit on either side; times are CPU times of one process, ours the median of five.
"""

import gzip
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from hashlib import md5
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
from datatrove.data import Document
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.pipeline.filters.base_filter import BaseFilter

from filters.base import Filter
from filters.c4 import C4
from filters.chain import judge
from filters.fineweb import FineWeb
from filters.gopher_quality import GopherQuality
from filters.gopher_repetition import GopherRepetition
from shards.schema import DOCUMENT, batch_of

PAIRS: list[tuple[Filter, Callable[..., BaseFilter]]] = [
    (GopherQuality(), GopherQualityFilter),
    (GopherRepetition(), GopherRepetitionFilter),
    (FineWeb(), FineWebQualityFilter),
    (C4(), C4QualityFilter),
]
LANGUAGES = {
    "eng_Latn": ("en", "eng_Latn"),
    "zho_Hans": ("zh", "zh-Hans", "zho_Hans"),
    "jpn_Jpan": ("ja", "jpn_Jpan"),
    "tha_Thai": ("th", "tha_Thai"),
}
FILES = ("extraction/gt", "domain/docs", "neardup/docs", "quality/dclm_human", "lid/documents", "zh/web_text_zh")


def texts(data: Path, tags: tuple[str, ...], most: int) -> list[str]:
    """Return documents of the held-back half (odd digests of the text), in order of digest."""
    found = {md5(text.encode(), usedforsecurity=False).digest(): text for text in _all_texts(data, tags)}
    return [found[digest] for digest in sorted(found) if digest[0] & 1][:most]


def _all_texts(data: Path, tags: tuple[str, ...]) -> Iterator[str]:
    for name in FILES:
        for line in gzip.decompress((data / f"{name}.jsonl.gz").read_bytes()).splitlines():
            row = json.loads(line)
            if row.get("lang", "zh") in tags and row.get("text") and len(row["text"]) < 200_000:
                yield row["text"]


def theirs(language: str, documents: list[str]) -> tuple[list[list[bool]], list[float], float]:
    """Return, per filter, which documents datatrove rejects and the CPU seconds; then those of all four in a row.

    In a row a document passes all four before the next one comes, so that their cache of tokenized texts can work.
    """
    peers = [make(language=language) for _, make in PAIRS]
    for peer in peers:
        _rejects(peer, documents[0])
    verdicts, seconds = [], []
    for peer in peers:
        start = time.process_time()
        verdicts.append([_rejects(peer, text) for text in documents])
        seconds.append(time.process_time() - start)
    start = time.process_time()
    for text in documents:
        for peer in peers:
            _rejects(peer, text)
    return verdicts, seconds, time.process_time() - start


def _rejects(peer: BaseFilter, text: str) -> bool:
    try:
        return peer.filter(Document(text=text, id="")) is not True
    except ZeroDivisionError:  # it has no words
        return True


def ours(filters: list[Filter], batch: pa.RecordBatch) -> tuple[list[bool], float]:
    """Return which documents we reject, and the median CPU seconds of five runs."""
    judge(filters, batch)
    seconds = []
    for _ in range(5):
        start = time.process_time()
        judgement = judge(filters, batch)
        seconds.append(time.process_time() - start)
    return [reason is not None for reason in judgement.documents["rejected_by"].to_pylist()], statistics.median(seconds)


def main() -> None:
    data, most = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 200
    print(f"datatrove {version('datatrove')}, numba {version('numba')}, pyarrow {version('pyarrow')}, {data.name}\n")
    print("| language | documents, mean KB | filter | equal verdicts | rejected by them, by us | docs/s | theirs | x |")
    print("|---|---|---|---|---|---|---|---|")
    for language, tags in LANGUAGES.items():
        documents = texts(data, tags, most)
        rows = [
            {"id": str(i), "source": "", "source_id": str(i), "text": text, "language": language}
            for i, text in enumerate(documents)
        ]
        batch = batch_of(rows, DOCUMENT)
        size = f"{len(documents)}, {sum(len(text.encode()) for text in documents) / len(documents) / 1000:.1f}"
        peers, their_seconds, their_total = theirs(language[:3], documents)
        for (filter, _), rejected, seconds in zip(PAIRS, peers, their_seconds, strict=True):
            verdicts, our_seconds = ours([filter], batch)
            equal = sum(a == b for a, b in zip(rejected, verdicts, strict=True)) / len(documents)
            counts = f"{sum(rejected)}, {sum(verdicts)}"
            print(_row(language, size, filter.name, f"{equal:.1%}", counts, len(documents), our_seconds, seconds))
        _, together = ours([filter for filter, _ in PAIRS], batch)
        print(_row(language, size, "all four", "", "", len(documents), together, their_total), flush=True)


def _row(language: str, size: str, name: str, equal: str, counts: str, n: int, mine: float, other: float) -> str:
    speeds = f"{n / mine:,.0f} | {n / other:,.1f} | {other / mine:,.0f}"
    return f"| {language} | {size} | {name} | {equal} | {counts} | {speeds} |"


if __name__ == "__main__":
    main()
