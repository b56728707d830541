"""dolma's Gopher and C4 taggers on the texts of `filters.py`: documents per second and core.

    python -m tests.benchmarks.filters_dolma ../shared/data [documents]

Needs `dolma` (1.2.1 was measured) and pyarrow, in an environment of its own: dolma pins an older numpy.
"""

import sys
import time
from importlib.metadata import version
from pathlib import Path

from dolma.core.data_types import Document
from dolma.taggers.c4 import FasterC4Tagger
from dolma.taggers.gopher import GopherTaggerV2

from tests.benchmarks.filter_texts import timed_texts


def main() -> None:
    data, most = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 300
    documents = [Document(id="", source="", text=text) for text in timed_texts(data, "eng_Latn", most)]
    print(f"dolma {version('dolma')}, {len(documents)} English documents\n\n| tagger | documents/s |\n|---|---|")
    together = 0.0
    for tagger in (GopherTaggerV2(), FasterC4Tagger()):
        seconds = []
        for _ in range(2):
            start = time.process_time()
            for document in documents:
                tagger.predict(document)
            seconds.append(time.process_time() - start)
        together += min(seconds)
        print(f"| {type(tagger).__name__} | {len(documents) / min(seconds):,.0f} |", flush=True)
    print(f"| both | {len(documents) / together:,.0f} |")


if __name__ == "__main__":
    main()
