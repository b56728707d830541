"""CCNet's buckets: how well a language model of trusted text predicts a document (Wenzek et al. 2020, section 3.3).

CCNet: Extracting High Quality Monolingual Datasets from Web Crawl Data. https://arxiv.org/abs/1911.00359
The paper uses KenLM over SentencePiece pieces and parts each language into three even parts by perplexity: head, middle
and tail. Here the model is one file per language over this project's words (`filters.ngram_model`, made by
`yuliao perplexity`), and carries the two cutoffs with it. No model is shipped.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from filters.base import Filter, OneOf, Range, Signals
from filters.documents import Documents
from filters.ngram_model import NgramModel, read_model


class CCNet(Filter, frozen=True):
    """Sort documents into head, middle and tail by perplexity (Wenzek et al. 2020, section 3.3); all pass."""

    name: Literal["ccnet"] = "ccnet"
    perplexity: Range = Range(undefined="keep")  # of the document under its language's model
    bucket: OneOf = OneOf()  # head, middle or tail; null where there is no model, and a list rejects null
    models: dict[str, Path] = Field({}, description="a file per language")

    def resources(self) -> Sequence[Path]:
        return tuple(self.models.values())

    def measure(self, documents: Documents) -> Signals:
        languages = np.array([language or "" for language in documents.batch.column("language").to_pylist()], object)
        perplexity = np.full(len(documents), np.nan)
        bucket = np.full(len(documents), None, object)
        for language, path in self.models.items():
            here = languages == language
            if here.any():
                model = _model(path)
                perplexity[here] = model.perplexity(documents.tokens)[here]
                bucket[here] = [_bucket(value, model) for value in perplexity[here]]
        return {"perplexity": perplexity, "bucket": pa.array(bucket.tolist(), pa.string())}


def _bucket(perplexity: float, model: NgramModel) -> str | None:
    if np.isnan(perplexity):
        return None
    return ("head", "middle", "tail")[int(np.searchsorted(model.cutoffs, perplexity))]


@lru_cache(maxsize=8)
def _model(path: Path) -> NgramModel:
    return read_model(path)
