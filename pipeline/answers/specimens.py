"""A few documents of each fate and large language, to be read: those kept, and those rejected for each reason.

They are drawn by the hashes of their ids, as `pipeline.answers.sample` draws; of a large run among the documents of
some tasks, which the receipts tell to have enough of them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import xxhash

from pipeline.answers.documents import KEPT, Documents, DocumentShard
from pipeline.answers.sample import Place, Specimen, Stratum, specimens_at
from pipeline.config import PipelineConfig
from shards.receipts import UNKNOWN_LANGUAGE

LANGUAGES_KEPT = 8  # of which documents are shown that were kept
LANGUAGES_REJECTED = 3  # of those rejected for one reason
AMONG = 200  # documents of a stratum among which are drawn, at least, if there are so many
COLUMNS = ("id", "language", "rejected_by")


@dataclass(frozen=True)
class Few:
    """Documents of one fate and language, and how many there are."""

    fate: str
    language: str
    size: int
    drawn: tuple[Specimen, ...]


def few_of_each(documents: Documents, settings: PipelineConfig | None, count: int) -> list[Few]:
    """Return a few documents of every fate, those kept first and then by the most frequent reason, by language."""
    fates = documents.fates()
    wanted = dict(_strata(fates))
    strata: dict[tuple[str, str], Stratum] = {}
    for index in _shards(documents, wanted):
        first = 0
        for table in documents.shards[index].read(COLUMNS):
            reasons = table["rejected_by"].fill_null(KEPT).to_pylist()
            languages = table["language"].fill_null(UNKNOWN_LANGUAGE).to_pylist()
            for row, (identity, *key) in enumerate(
                zip(table["id"].to_pylist(), reasons, languages, strict=True), first
            ):
                if (fate := (key[0], key[1])) in wanted:
                    digest = xxhash.xxh3_64_intdigest(identity.encode())
                    strata.setdefault(fate, Stratum()).offer(Place(digest, identity, index, row), count)
            first += table.num_rows
    drawn = [("\n".join(fate), place) for fate in wanted if fate in strata for place in strata[fate].drawn]
    drawn_by_fate: dict[str, list[Specimen]] = {}
    for one in specimens_at(documents, drawn, settings):
        drawn_by_fate.setdefault(one.stratum, []).append(one)
    return [
        Few(*fate, size, tuple(drawn_by_fate["\n".join(fate)]))
        for fate, size in wanted.items()
        if "\n".join(fate) in drawn_by_fate
    ]


def _strata(fates: Mapping[str, Counter[str]]) -> Iterator[tuple[tuple[str, str], int]]:
    """Yield the fates and languages that are shown, with how many documents there are of each."""
    order = sorted(fates, key=lambda fate: (fate != KEPT, -fates[fate].total(), fate))
    for fate in order:
        counts, most = fates[fate], LANGUAGES_KEPT if fate == KEPT else LANGUAGES_REJECTED
        for language in sorted(counts, key=lambda tag: (-counts[tag], tag))[:most]:
            if counts[language]:
                yield (fate, language), counts[language]


def _shards(documents: Documents, wanted: Mapping[tuple[str, str], int]) -> list[int]:
    """Return the places of shards which together have enough documents of every stratum, if there are so many."""
    left = {fate: min(size, AMONG) for fate, size in wanted.items()}
    chosen = []
    for index in sorted(range(len(documents.shards)), key=lambda place: _drawn_by(documents.shards[place])):
        here = documents.shards[index].fates
        needed = [(fate, tag) for fate, tag in left if left[fate, tag] > 0 and here.get(fate, {}).get(tag)]
        if needed:
            chosen.append(index)
            for fate in wanted:
                left[fate] -= here.get(fate[0], {}).get(fate[1], 0)
    return sorted(chosen)


def _drawn_by(shard: DocumentShard) -> tuple[int, str]:
    """Return by what shards are drawn: the hash of a file's name, which is that of its task."""
    name = "/".join(shard.uri.rsplit("/", 2)[-2:])
    return xxhash.xxh3_64_intdigest(name.encode()), name
