"""A slot for fastText classifiers: the probability of a label, by models that the user brings.

    - name: classifier
      models:
        - {name: toxic, path: models/toxic.bin, label: __label__toxic, score: {max: 0.9, action: flag}}

The signal, and the reason, is `classifier.toxic`. No model is shipped. A model must have been trained on text like what
it is given: lines joined by spaces, nothing else changed.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, Field, model_validator

from filters.base import Bound, Filter, Range, Signals
from filters.documents import Documents
from filters.languages.models import loaded, located


class Model(BaseModel, frozen=True, extra="forbid"):
    """One model, and what its label's probability may be."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="of the signal and the reason: classifier.<name>")
    path: str = Field(description="of a fastText model: a file, a URL, or hf://owner/repository/file")
    label: str = Field(description="whose probability is the score, as the model writes it")
    score: Range = Field(description="what passes; NaN, for a text without words, is `undefined`")


class Classifier(Filter, frozen=True):
    """Keep documents whose labels are as probable as each model's bound allows."""

    name: Literal["classifier"] = "classifier"
    models: tuple[Model, ...] = ()
    longest_text: int = Field(10_000, ge=1, description="characters from the beginning that are read")

    @model_validator(mode="after")
    def _named_once(self) -> "Classifier":
        names = [model.name for model in self.models]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"models: two are named {', '.join(twice)}")
        return self

    def bounds(self) -> Mapping[str, Bound]:
        return {model.name: model.score for model in self.models}

    def resources(self) -> Sequence[Path]:
        return [located(model.path) for model in self.models]

    def measure(self, documents: Documents) -> Signals:
        texts = [" ".join((text or "")[: self.longest_text].split()) for text in documents.texts.to_pylist()]
        return {model.name: np.array([_score(model, text) for text in texts], np.float64) for model in self.models}


def _score(model: Model, text: str) -> float:
    if not text:
        return float("nan")
    answer: list[tuple[float, str]] = _predictor(model.path, model.label).predict(f"{text}\n", -1, 0.0, "strict")
    # A label that is not in the answer is less probable than 0.00001; a probability may come out a little above 1.
    return min(next((float(score) for score, label in answer if label == model.label), 0.0), 1.0)


@cache
def _predictor(path: str, label: str) -> Any:
    """Return the model of a file, which must have the label."""
    model = loaded(located(path))
    labels = sorted(model.getLabels("strict")[0])
    if label not in labels:
        raise ValueError(f"{path} has no label {label!r}; it has {', '.join(labels[:10])} …")
    return model
