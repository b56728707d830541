"""Gopher quality and repetition, C4 and FineWeb against datatrove: documents per second and core, and equal verdicts.

    python -m tests.benchmarks.filters ../shared/data [documents per language that are timed] [a run's folder]

Needs `datatrove[processing,multilingual]` (0.10.1 was measured) beside the project's own dependencies. Every filter
sees the original text, with no early exit on either side; times are CPU times of one process, ours the median of five.
Verdicts are compared on every text of 200 characters or more: English in thousands, if the folder of a run over the raw
crawl is named too (its documents in English, kept and rejected). The other filters of the project are timed last.
"""

import statistics
import sys
import time
from collections.abc import Callable
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
from filters.boilerplate import Boilerplate
from filters.c4 import C4
from filters.chain import judge
from filters.code_share import CodeShare
from filters.encoding_damage import EncodingDamage
from filters.fineweb import FineWeb
from filters.gopher_quality import GopherQuality
from filters.gopher_repetition import GopherRepetition
from filters.hidden_text import HiddenText
from filters.machine_text import MachineText
from filters.mc4 import MC4
from filters.ocr_noise import OCRNoise
from filters.refinedweb import RefinedWeb
from filters.sentence_repetition import SentenceRepetition
from shards.schema import DOCUMENT, batch_of
from tests.benchmarks.filter_texts import LANGUAGES, is_held_back, texts

PAIRS: list[tuple[Filter, Callable[..., BaseFilter]]] = [
    (GopherQuality(), GopherQualityFilter),
    (GopherRepetition(), GopherRepetitionFilter),
    (FineWeb(), FineWebQualityFilter),
    (C4(), C4QualityFilter),
]
OTHERS: list[Filter] = [
    MC4(), RefinedWeb(), SentenceRepetition(), Boilerplate(), MachineText(), OCRNoise(), CodeShare(), EncodingDamage(),
    HiddenText(),
]  # fmt: skip


def theirs(language: str, documents: list[str]) -> tuple[list[list[bool]], float]:
    """Return, per filter, which documents datatrove rejects, and the CPU seconds of all four.

    A document passes all four before the next one comes, so that their cache of tokenized texts can work.
    """
    peers = [make(language=language) for _, make in PAIRS]
    for peer in peers:
        _rejects(peer, documents[0])
    start = time.process_time()
    verdicts = [[_rejects(peer, text) for peer in peers] for text in documents]
    return [list(column) for column in zip(*verdicts, strict=True)], time.process_time() - start


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
    data, timed = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 300
    run = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    print(f"datatrove {version('datatrove')}, numba {version('numba')}, pyarrow {version('pyarrow')}, {data.name}\n")
    batches = {}
    for language, tags in LANGUAGES.items():
        documents = texts(data, tags, run)
        batch = _batch(documents, language)
        batches[language] = batch.slice(0, timed)
        _speed(language, documents[:timed], batches[language])
        _agreement(language, documents, batch)
    print("\nDocuments per second and core, other filters\n")
    print("| filter | " + " | ".join(batches) + " |")
    print("|---" * (len(batches) + 1) + "|")
    for filter in OTHERS:
        speeds = (f"{batch.num_rows / ours([filter], batch)[1]:,.0f}" for batch in batches.values())
        print(f"| {filter.name} | " + " | ".join(speeds) + " |", flush=True)


def _batch(documents: list[str], language: str) -> pa.RecordBatch:
    return batch_of(
        [
            {"id": str(i), "source": "", "source_id": str(i), "text": text, "language": language}
            for i, text in enumerate(documents)
        ],
        DOCUMENT,
    )


def _speed(language: str, documents: list[str], batch: pa.RecordBatch) -> None:
    """Print how fast all four are together, ours and theirs alternating, three times each."""
    filters = [filter for filter, _ in PAIRS]
    pairs = [
        (ours(filters, batch)[1], theirs(language[:3], documents)[1]) for _ in range(3 if len(documents) < 60 else 2)
    ]
    size = sum(len(text.encode()) for text in documents) / len(documents) / 1000
    mine, other = (min(seconds) for seconds in zip(*pairs, strict=True))
    spread = sorted(other / mine for mine, other in pairs)
    print(
        f"\n{language}: {len(documents)} documents of {size:.1f} KB: {len(documents) / mine:,.0f} documents/s "
        f"({size * len(documents) / mine / 1000:.1f} MB/s), datatrove {len(documents) / other:,.1f}: "
        f"{spread[0]:.0f} to {spread[-1]:.0f} times\n",
        flush=True,
    )


def _agreement(language: str, documents: list[str], batch: pa.RecordBatch) -> None:
    """Print how many verdicts are equal, over all documents and over the held-back half, and which are not."""
    peers, _ = theirs(language[:3], documents)
    held = sum(map(is_held_back, documents))
    print("| filter | documents | rejected by them, by us | equal verdicts | held-back half |")
    print("|---|---|---|---|---|")
    differing = []
    for (filter, _), rejected in zip(PAIRS, peers, strict=True):
        judgement = judge([filter], batch)
        reasons = judgement.documents["rejected_by"].to_pylist()
        equal = [theirs == (reason is not None) for theirs, reason in zip(rejected, reasons, strict=True)]
        differing += [(filter.name, i, reasons[i]) for i in range(len(equal)) if not equal[i]]
        print(
            f"| {filter.name} | {len(equal)} | {sum(rejected)}, {len(equal) - reasons.count(None)} "
            f"| {sum(equal) / len(equal):.2%} | {sum(equal[:held]) / held:.2%} of {held} |",
            flush=True,
        )
    for name, i, reason in differing[:40]:
        whose = f"ours alone: {reason}" if reason else "theirs alone"
        print(f"    {name}, {whose}: {documents[i][:60]!r}", file=sys.stderr)


if __name__ == "__main__":
    main()
