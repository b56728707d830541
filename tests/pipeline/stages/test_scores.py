"""What the card says of quality scores and evaluation sets adds up to what was counted."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stages.scores import TENTHS, Scores, about_evaluation_sets, about_quality, count_scores

SCORES = st.lists(st.none() | st.floats(0, 1, width=32))


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(["zho_Hans", "fin_Latn"]), st.sampled_from(["a", "b", None]), SCORES)))
def test_every_scored_document_is_in_one_tenth_of_its_language_and_source(
    shards: list[tuple[str, str | None, list[float | None]]],
) -> None:
    counted = []
    for language, source, values in shards:
        scores: Scores = {}
        columns = {
            "quality_score": pa.array(values, pa.float32()),
            "quality_source": pa.array([source] * len(values), pa.string()),
        }
        count_scores(pa.record_batch(columns), scores)
        counted.append((language, scores))
    said = "\n".join(about_quality(counted))
    rows = [line.strip("| ").split(" | ") for line in said.split("\n") if line.startswith("|")][2:]
    for language, source, *tenths in rows:
        for place, count in enumerate(tenths):
            known = [
                min(int(np.float32(value) * np.float32(TENTHS)), TENTHS - 1)
                for tag, by, values in shards
                if (tag, by or "unnamed") == (language, source)
                for value in values
                if value is not None
            ]
            assert int(count) == known.count(place)
    assert sum(int(count) for row in rows for count in row[2:]) == sum(
        value is not None for *_, values in shards for value in values
    )


def test_sets_that_were_searched_for_are_named_with_none_found_too() -> None:
    counted = [{"decontamination.benchmark": {"gsm8k": 1, "xcopa": 0}}, {}, {"decontamination.benchmark": {"gsm8k": 2}}]
    (said,) = about_evaluation_sets(counted)
    assert said.endswith("| gsm8k | 3 |\n| xcopa | 0 |")
    assert list(about_evaluation_sets([{}])) == ["No evaluation set was kept out of these documents."]
