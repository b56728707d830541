"""Steps take documents to judgements: one for each document, in order, whichever chain it went through."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from filters.base import Filter, Range, Signals
from filters.chain import ByLanguage, Chain, judge
from filters.documents import Documents
from filters.gopher_quality import GopherQuality
from filters.mc4 import MC4
from shards.schema import DOCUMENT, batch_of

TEXTS = {
    "eng_Latn": "The rain falls on the hills and on the sea.",
    "zho_Hans": "天下雨了，山上和海上都下雨。",
    "tha_Thai": "ฝนตกบนภูเขาและในทะเล",
    "arb_Arab": "يهطل المطر على الجبال وعلى البحر.",
}


@pytest.fixture
def batch() -> pa.RecordBatch:
    rows = [
        {"id": str(number), "source": "s", "source_id": "", "text": text, "language": language}
        for number, (language, text) in enumerate([*TEXTS.items(), *TEXTS.items(), (None, "?")])
    ]
    return batch_of(rows, DOCUMENT)


def words(least: int) -> Chain:
    return Chain(filters=(GopherQuality(words=Range(min=least)),))


def test_documents_of_a_language_go_through_its_own_chain_and_stay_in_their_place(batch: pa.RecordBatch) -> None:
    step = ByLanguage(chains={"zho_Hans": words(1), "tha_Thai": words(10_000)}, general=Chain(filters=(MC4(),)))
    judgement = step.run(batch)
    assert judgement.documents["id"].to_pylist() == batch["id"].to_pylist()
    for row, language in enumerate(batch["language"].to_pylist()):
        chain = step.chains.get(language or "", step.general)
        (alone,) = (judge(chain.filters, batch.slice(row, 1)),)
        assert judgement.documents.slice(row, 1).to_pylist() == alone.documents.to_pylist()
        assert judgement.broken[row].as_py() == alone.broken[0].as_py()
        for name, values in judgement.signals.items():
            expected = alone.signals[name][0].as_py() if name in alone.signals else None
            assert values[row].as_py() == pytest.approx(expected, nan_ok=True), (language, name)


def test_what_a_step_measures_is_what_it_says_it_measures(batch: pa.RecordBatch) -> None:
    step = ByLanguage(chains={"zho_Hans": words(1)}, general=Chain(filters=(MC4(),)))
    judgement = step.run(batch)
    assert {name: values.type for name, values in judgement.signals.items()} == step.measures()


def test_an_earlier_steps_signals_stay_beside_a_later_ones(batch: pa.RecordBatch) -> None:
    first, second = Chain(filters=(GopherQuality(words=Range(min=9), stop_words=Range()),)), Chain(filters=(MC4(),))
    earlier = first.run(batch)
    kept = earlier.only(pc.is_null(earlier.documents["rejected_by"]))
    both = kept.then(second.run(kept.documents))
    assert {*both.signals} == {*first.measures(), *second.measures()}
    assert {len(values) for values in both.signals.values()} == {both.documents.num_rows}
    assert 0 < both.documents.num_rows < batch.num_rows


class Wrong(Filter):
    """A filter that measures what it is told to."""

    name: Literal["wrong"] = "wrong"
    share: Range = Range(max=0.5)
    made: Callable[[int], Any]

    def measure(self, documents: Documents) -> Signals:
        signals: Signals = self.made(documents.batch.num_rows)
        return signals


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda rows: {"share": np.zeros(rows - 1)}, r"wrong\.share: \d+ values for \d+ documents"),
        (lambda rows: {"share": np.zeros(rows + 1)}, r"wrong\.share: \d+ values for \d+ documents"),
        (lambda rows: {}, r"wrong did not measure \['share'\]"),
        (lambda rows: dict.fromkeys(("share", "more"), np.zeros(rows)), r"wrong measured \['more'\], for which"),
    ],
)
def test_a_filter_that_measures_anything_but_a_value_per_document_and_bound_is_told(
    batch: pa.RecordBatch, made: Callable[[int], Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        judge([Wrong(made=made)], batch)
