"""A slot for fastText classifiers: the probability of a label, by models that the user brings.

    - name: classifier
      models:
        - {name: toxic, path: models/toxic.bin, label: __label__toxic, score: {max: 0.9, action: flag}}

The signal, and the reason, is `classifier.toxic`. No model is shipped. A model must have been trained on text like what
it is given: lines joined by spaces, nothing else changed.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field, model_validator

from filters.base import Bound, Filter, Range, Signals
from filters.documents import Documents
from filters.languages.lines import offsets_of
from filters.models import fasttext
from filters.models.fasttext_file import loaded
from filters.models.located import located


class Model(BaseModel, frozen=True, extra="forbid"):
    """One model, and what its label's probability may be."""

    name: str = Field(
        pattern=r"^[a-z][a-z0-9_]*$", description="the name of the signal and the reason: classifier.<name>"
    )
    path: str = Field(description="a fastText model: a file, a URL, or hf://owner/repository/file")
    label: str = Field(description="the label whose probability is the score, as the model writes it: __label__toxic")
    score: Range = Field(description="the accepted scores; a text without words has none (`undefined`)")


class Classifier(Filter):
    """Keep documents whose labels are as probable as each model's bound allows."""

    name: Literal["classifier"] = "classifier"
    models: tuple[Model, ...] = ()  # the models; each adds a signal with its name
    longest_text: int = Field(10_000, ge=1, description="characters read, from the beginning; more cost time")

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
        texts = [" ".join((text or "")[: self.longest_text].split()).encode() for text in documents.texts.to_pylist()]
        return {model.name: _scores(model, texts) for model in self.models}


def _scores(model: Model, texts: Sequence[bytes]) -> npt.NDArray[np.float64]:
    classifier = loaded(located(model.path))
    if model.label not in classifier.labels:
        some = ", ".join(sorted(classifier.labels)[:10])
        raise ValueError(f"{model.path} has no label {model.label!r}; it has {some} …")
    found = fasttext.probabilities(classifier, np.frombuffer(b"".join(texts), np.uint8), offsets_of(texts))
    scores = found[:, classifier.labels.index(model.label)].astype(np.float64)
    scores[[not text for text in texts]] = np.nan
    return scores
