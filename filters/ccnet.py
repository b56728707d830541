"""CCNet's buckets: how well a language model of trusted text predicts a document (Wenzek et al. 2020, section 3.3).

CCNet: Extracting High Quality Monolingual Datasets from Web Crawl Data. https://arxiv.org/abs/1911.00359
The paper uses KenLM over SentencePiece pieces and parts each language into three even parts by perplexity: head, middle
and tail. Here the model is one file per language over this project's words, made by `yuliao perplexity` from trusted
text (`filters.models.ngrams`; unigrams with `--order 1`) or from an ARPA file of KenLM's (`filters.models.arpa`), which
carries the two cutoffs with it; or KenLM's own files, as CCNet publishes them (`filters.models.kenlm`, with the extra
`perplexity`):

    models:
      deu_Latn: models/deu.npz
      eng_Latn: {model: en.arpa.bin, pieces: en.sp.model, cutoffs: [341, 748]}

No model is shipped.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field

from filters.base import Filter, OneOf, Range, Signals
from filters.documents import Documents
from filters.models.arpa import BackoffModel
from filters.models.kenlm import KenLM, KenLMModel
from filters.models.ngrams import NgramModel

Model: TypeAlias = NgramModel | BackoffModel  # in a file of this project's


class CCNet(Filter):
    """Sort documents into head, middle and tail by perplexity (Wenzek et al. 2020, section 3.3); all pass."""

    name: Literal["ccnet"] = "ccnet"
    perplexity: Range = Range(undefined="keep")  # the perplexity of the document under the model of its language
    bucket: OneOf = OneOf()  # head, middle or tail; null without a model or cutoffs, and a list rejects null
    # a model for each language: a file of `yuliao perplexity`, or one that KenLM reads
    models: dict[str, Path | KenLM] = Field(
        {}, description="by language: a model file of `yuliao perplexity`, or KenLM files"
    )

    def resources(self) -> Sequence[Path]:
        files = [(one,) if isinstance(one, Path) else (one.model, one.pieces) for one in self.models.values()]
        return tuple(path for group in files for path in group if path is not None)

    def measure(self, documents: Documents) -> Signals:
        languages = np.array([language or "" for language in documents.batch.column("language").to_pylist()], object)
        perplexity = np.full(len(documents), np.nan)
        bucket = np.full(len(documents), None, object)
        for language, files in self.models.items():
            here = languages == language
            if here.any():
                model = _model(files)
                perplexity[here] = model.perplexity(documents, np.flatnonzero(here))
                bucket[here] = [_bucket(value, model.cutoffs) for value in perplexity[here]]
        return {"perplexity": perplexity, "bucket": pa.array(bucket.tolist(), pa.string())}


def _bucket(perplexity: float, cutoffs: npt.NDArray[np.float64]) -> str | None:
    if np.isnan(perplexity) or np.isnan(cutoffs).any():
        return None
    return ("head", "middle", "tail")[int(np.searchsorted(cutoffs, perplexity))]


def write_model(model: Model, path: Path) -> None:
    """Write a model to a file."""
    with path.open("wb") as file:
        np.savez_compressed(file, **model.__dict__)


def read_model(path: Path) -> Model:
    """Return the model in a file."""
    with np.load(path) as arrays:
        kind = BackoffModel if "values" in arrays else NgramModel
        missing = [name for name in kind.__dataclass_fields__ if name not in arrays]
        if missing:
            raise ValueError(f"{path} is no n-gram model: it has no {', '.join(missing)}")
        return kind(**{name: arrays[name] for name in kind.__dataclass_fields__})


@lru_cache(maxsize=8)
def _model(files: Path | KenLM) -> Model | KenLMModel:
    return KenLMModel(files) if isinstance(files, KenLM) else read_model(files)
