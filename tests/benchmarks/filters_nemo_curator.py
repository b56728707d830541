"""NeMo Curator's heuristic and repetition filters on the texts of `filters.py`: documents per second and core.

    python -m tests.benchmarks.filters_nemo_curator ../shared/data [documents]

Needs `nemo-curator` (1.4.0 was measured) and its `text_cpu` extra's word splitter, in an environment of its own. Its
filters are called one after the other, each on every document, as its own stages do.
"""

import sys
import time
from importlib.metadata import version
from pathlib import Path

from nemo_curator.stages.text.filters.heuristic.repetition.repetition import (
    RepeatedLinesByCharFilter,
    RepeatedLinesFilter,
    RepeatedParagraphsByCharFilter,
    RepeatedParagraphsFilter,
    RepeatingDuplicateNGramsFilter,
    RepeatingTopNGramsFilter,
)
from nemo_curator.stages.text.filters.heuristic.string import (
    BulletsFilter,
    CommonEnglishWordsFilter,
    EllipsisFilter,
    MeanWordLengthFilter,
    PunctuationFilter,
    SymbolsToWordsFilter,
    WordCountFilter,
    WordsWithoutAlphabetsFilter,
)

from tests.benchmarks.filter_texts import timed_texts

FILTERS = [
    *(make() for make in (WordCountFilter, MeanWordLengthFilter, SymbolsToWordsFilter, BulletsFilter, EllipsisFilter)),
    *(make() for make in (WordsWithoutAlphabetsFilter, CommonEnglishWordsFilter, PunctuationFilter)),
    *(make() for make in (RepeatedLinesFilter, RepeatedParagraphsFilter)),
    *(make() for make in (RepeatedLinesByCharFilter, RepeatedParagraphsByCharFilter)),
    *(RepeatingTopNGramsFilter(n=n) for n in (2, 3, 4)),
    *(RepeatingDuplicateNGramsFilter(n=n) for n in (5, 6, 7, 8, 9, 10)),
]


def main() -> None:
    data, most = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 300
    documents = timed_texts(data, "eng_Latn", most)
    seconds = []
    for _ in range(2):
        start = time.process_time()
        for filter in FILTERS:
            for text in documents:
                filter.keep_document(filter.score_document(text))
        seconds.append(time.process_time() - start)
    print(f"NeMo Curator {version('nemo-curator')}, {len(documents)} English documents, {len(FILTERS)} filters")
    print(f"{len(documents) / min(seconds):,.0f} documents/s")


if __name__ == "__main__":
    main()
