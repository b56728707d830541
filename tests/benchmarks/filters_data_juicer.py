"""Data-Juicer's text filters on the texts of `filters.py`, their words shared: documents per second and core.

    python -m tests.benchmarks.filters_data_juicer ../shared/data [documents]

Needs `py-data-juicer` (1.6.1 was measured), in an environment of its own. Two of its filters download word lists when
they are made and are left out.
"""

import sys
import time
from importlib.metadata import version
from pathlib import Path

from data_juicer.ops.filter.alphanumeric_filter import AlphanumericFilter
from data_juicer.ops.filter.average_line_length_filter import AverageLineLengthFilter
from data_juicer.ops.filter.character_repetition_filter import CharacterRepetitionFilter
from data_juicer.ops.filter.maximum_line_length_filter import MaximumLineLengthFilter
from data_juicer.ops.filter.special_characters_filter import SpecialCharactersFilter
from data_juicer.ops.filter.text_length_filter import TextLengthFilter
from data_juicer.ops.filter.word_repetition_filter import WordRepetitionFilter
from data_juicer.ops.filter.words_num_filter import WordsNumFilter
from data_juicer.utils.constant import Fields

from tests.benchmarks.filter_texts import timed_texts

ALONE = (AlphanumericFilter, CharacterRepetitionFilter, SpecialCharactersFilter, TextLengthFilter)
SHARING = (AverageLineLengthFilter, MaximumLineLengthFilter, WordRepetitionFilter, WordsNumFilter)


def main() -> None:
    data, most = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 300
    documents = timed_texts(data, "eng_Latn", most)
    alone, sharing = [make() for make in ALONE], [make() for make in SHARING]
    seconds = []
    for _ in range(2):
        start = time.process_time()
        for text in documents:
            sample = {"text": [text], Fields.stats: [{}], Fields.context: [{}]}
            for filter in alone:
                sample = filter.compute_stats_batched(sample)
            for filter in sharing:
                sample = filter.compute_stats_batched(sample, context=True)
        seconds.append(time.process_time() - start)
    number = len(alone) + len(sharing)
    print(f"Data-Juicer {version('py-data-juicer')}, {len(documents)} English documents, {number} filters")
    print(f"{len(documents) / min(seconds):,.0f} documents/s")


if __name__ == "__main__":
    main()
