"""What a release's card says of quality scores and of evaluation sets, from what tasks have counted."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

TENTHS = 10
Scores: TypeAlias = dict[str, list[int]]  # by what gave them, how many lie in each tenth from 0 to 1


def count_scores(batch: pa.RecordBatch, scores: Scores) -> None:
    """Count the quality scores of documents; a score of 1 is of the last tenth."""
    tenth = pc.min_element_wise(pc.floor(pc.multiply(batch["quality_score"], TENTHS)), TENTHS - 1, skip_nulls=False)
    for source, place in zip(batch["quality_source"].to_pylist(), tenth.to_pylist(), strict=True):
        if place is not None:
            scores.setdefault(source or "unnamed", [0] * TENTHS)[int(place)] += 1


def about_quality(shards: Iterable[tuple[str, Scores]]) -> Iterator[str]:
    """Yield the paragraph on the scores of a release, given the language and the scores of each shard; none if none."""
    counts: dict[tuple[str, str], Counter[int]] = {}
    for language, scores in shards:
        for source, tenths in scores.items():
            counts.setdefault((language, source), Counter()).update(dict(enumerate(tenths)))
    if not counts:
        return
    bounds = " | ".join(f"{place / TENTHS:g}" for place in range(TENTHS))
    yield "\n".join(
        [
            "`quality_score` says how likely a document is worth training on, from 0 to 1: a classifier's idea of what "
            "informs or instructs, by which fiction, dialogue and opinion score low. Scores compare within a language "
            "and a source (`quality_source`: the weights, and whether labels, a crawl's quantiles or the script alone "
            "made the curve of the language). Documents by the tenth that begins at",
            "",
            f"| language | source | {bounds} |",
            f"|---|---|{'---:|' * TENTHS}",
            *(
                f"| {language} | {source} | {' | '.join(f'{tenths[place]:,}' for place in range(TENTHS))} |"
                for (language, source), tenths in sorted(counts.items())
            ),
        ]
    )


def about_evaluation_sets(counted: Iterable[Mapping[str, Mapping[str, int]]]) -> Iterator[str]:
    """Yield what is said of evaluation sets, given what each task of `documents` has counted."""
    removed: Counter[str] = Counter()
    for each in counted:
        removed.update(each.get("decontamination.benchmark", {}))
    if not removed:
        yield "No evaluation set was kept out of these documents."
        return
    yield "\n".join(
        [
            "Documents that hold a question of an evaluation set were left out, or the question was: in the same "
            "language, with typing errors, other names or another script; no translations. Before copies went, of",
            "",
            "| evaluation set | documents |",
            "|---|---:|",
            *(f"| {name} | {count:,} |" for name, count in sorted(removed.items(), key=lambda one: (-one[1], one[0]))),
        ]
    )
