"""fastText classifiers by path: the score of a label, and what a model must be. The model here is lid.176."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from filters.chain import judge
from filters.classifier import Classifier

Batch = Callable[..., pa.RecordBatch]

CHINESE = "今天天气很好，\n我们一起去公园散步吧。"
ENGLISH = "The river rises in the hills to the north of the town."


def classifier(**changes: object) -> Classifier:
    settings = {"name": "chinese", "path": "lid.176", "label": "__label__zh", "score": {"max": 0.5}} | changes
    return Classifier.model_validate({"models": [settings]})


def test_a_document_is_rejected_by_the_name_of_the_model(batch: Batch) -> None:
    found = judge([classifier()], batch(CHINESE, ENGLISH, ""))
    chinese, english, empty = found.signals["classifier.chinese"].to_pylist()
    assert chinese > 0.9
    assert english < 0.1
    assert np.isnan(empty)
    reason = "classifier.chinese"
    assert found.documents["rejected_by"].to_pylist() == [reason, None, reason]


def test_a_classifier_may_flag(batch: Batch) -> None:
    filter = classifier(score={"max": 0.5, "undefined": "keep", "action": "flag"})
    found = judge([filter], batch(CHINESE, "")).documents
    assert found["flagged_by"].to_pylist() == [["classifier.chinese"], None]
    assert found["rejected_by"].to_pylist() == [None, None]


def test_only_the_beginning_of_a_text_is_read(batch: Batch) -> None:
    short = classifier().model_copy(update={"longest_text": len(CHINESE)})
    (score,) = judge([short], batch(CHINESE + ENGLISH * 50)).signals["classifier.chinese"].to_pylist()
    assert score > 0.9


def test_a_label_that_the_model_lacks_is_an_error_that_names_those_it_has(batch: Batch) -> None:
    with pytest.raises(ValueError, match="__label__"):
        judge([classifier(label="__label__toxic")], batch("text"))


def test_two_models_of_one_name_are_an_error() -> None:
    settings = {"name": "spam", "path": "lid.176", "label": "__label__zh", "score": {}}
    with pytest.raises(ValueError, match="two are named spam"):
        Classifier.model_validate({"models": [settings, settings]})


def test_the_model_decides_the_result_along_with_the_settings() -> None:
    assert [path.name for path in classifier().resources()] == ["lid.176.ftz"]
