"""Gopher quality and repetition, C4 and FineWeb against datatrove, and every other filter: documents/s and core.

    python -m tests.benchmarks.filters ../shared/data [documents per language that are timed]

Needs `datatrove[processing,multilingual]` (0.10.1 was measured) beside the project's own dependencies. Every filter
sees the original text, with no early exit on either side; our batches are filled to the number by repeating. Times
are CPU times of one process, ours the median of five, in three rounds with datatrove's between. Verdicts are compared
by `filters_agreement.py`.
"""

import statistics
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa

from filters.base import Filter
from filters.boilerplate import Boilerplate
from filters.chain import judge
from filters.code_share import CodeShare
from filters.encoding_damage import EncodingDamage
from filters.hidden_text import HiddenText
from filters.machine_text import MachineText
from filters.mc4 import MC4
from filters.ocr_noise import OCRNoise
from filters.refinedweb import RefinedWeb
from filters.sentence_repetition import SentenceRepetition
from tests.benchmarks.filter_texts import LANGUAGES, batch, timed_texts
from tests.benchmarks.filters_agreement import PAIRS, verdict

PEER_DOCUMENTS = 100  # that datatrove is timed on, in each round
OTHERS: list[Filter] = [
    MC4(), RefinedWeb(), SentenceRepetition(), Boilerplate(), MachineText(), OCRNoise(), CodeShare(), EncodingDamage(),
    HiddenText(),
]  # fmt: skip


def theirs(language: str, documents: list[str]) -> float:
    """Return the CPU seconds of datatrove's four.

    A document passes all four before the next one comes, so that their cache of tokenized texts can work.
    """
    peers = [make(language=language) for _, make in PAIRS]
    for peer in peers:
        verdict(peer, documents[0])
    start = time.process_time()
    for text in documents:
        for peer in peers:
            verdict(peer, text)
    return time.process_time() - start


def ours(filters: list[Filter], documents: pa.RecordBatch) -> float:
    """Return the median CPU seconds of five runs."""
    judge(filters, documents)
    seconds = []
    for _ in range(5):
        start = time.process_time()
        judge(filters, documents)
        seconds.append(time.process_time() - start)
    return statistics.median(seconds)


def main() -> None:
    data, timed = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 300
    print(f"datatrove {version('datatrove')}, numba {version('numba')}, pyarrow {version('pyarrow')}, {data.name}\n")
    print("| documents | documents/s | MB/s | datatrove, documents/s | times, in three rounds |")
    print("|---|---|---|---|---|")
    batches = {}
    for language in LANGUAGES:
        documents = timed_texts(data, language, timed)
        batches[language] = batch(documents * (timed // len(documents)), language)
        _race(language, documents, batches[language])
    print("\nDocuments per second and core, each filter alone\n")
    print("| filter | " + " | ".join(batches) + " |")
    print("|---" * (len(batches) + 1) + "|")
    for filter in [*(filter for filter, _ in PAIRS), *OTHERS]:
        speeds = (f"{documents.num_rows / ours([filter], documents):,.0f}" for documents in batches.values())
        print(f"| `{filter.name}` | " + " | ".join(speeds) + " |", flush=True)


def _race(language: str, documents: list[str], ready: pa.RecordBatch) -> None:
    """Print how fast all four are together, ours and theirs alternating, three times each."""
    filters = [filter for filter, _ in PAIRS]
    sample = documents[:PEER_DOCUMENTS]  # of which datatrove is timed: it takes a second for ten
    share = sum(map(len, sample)) / sum(map(len, documents))
    again = ready.num_rows / len(documents)
    rounds = [(ours(filters, ready) / again, theirs(language[:3], sample) / share) for _ in range(3)]
    size = sum(len(text.encode()) for text in documents) / len(documents) / 1000
    mine, other = (statistics.median(seconds) for seconds in zip(*rounds, strict=True))
    times = sorted(other / mine for mine, other in rounds)
    print(
        f"| {language}, {len(documents)} of {size:.1f} KB | {len(documents) / mine:,.0f} "
        f"| {size * len(documents) / mine / 1000:.1f} | {len(documents) / other:,.1f} "
        f"| {', '.join(f'{one:.0f}' for one in times)} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
