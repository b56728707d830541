"""Which documents are worth training on, in every language: heads of fastText over a fixed number of windows.

`informative` is what people call informational, instructing or news, and not selling or machine-translated; the score
is its probability, less what the other heads say against it, calibrated for each language (`quality_source` ends in
`labels`, `quantile` or `script`: what the calibration rests on). Trained by `yuliao train-quality`; `models` names
its folder. Without it the weights of this package are used, trained on what may be kept (`filters/weights/quality`).
"""

from collections.abc import Mapping, Set
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from filters.base import Columns, Range, Signals
from filters.documents import Documents
from filters.evidence import Pieces
from filters.models import heads, weighted
from filters.models.codes import codes_of
from filters.models.weighted import Weighted
from shards.arrays import Array


class Quality(Weighted):
    """Score documents by how worth reading they are, from 0 to 1, the same in every language; all pass by default.

    Only a text without words has no score. `score: {min: 0.5}` keeps what is more likely good than not; `top: 0.3`, the
    best three tenths of what each language's web sample holds, is made a `score` by `yuliao calibrate`, since a task
    sees only a part of the documents. Scores rest on a classifier's idea of what is informative: fiction, dialogue and
    opinions score low. They order the copies among which `dedup` chooses.
    """

    name: Literal["quality"] = "quality"
    every_language: ClassVar[bool] = True
    score: Range = Range(undefined="keep")  # the probability that the document is worth training on; null without words
    commercial: Range = Range(undefined="keep")  # the probability that it sells or advertises
    machine: Range = Range(undefined="keep")  # the probability that it was machine-translated
    words_for: Range = Range(undefined="keep")  # share of the words read that clearly speak for the document
    words_against: Range = Range(undefined="keep")  # share of the words read that clearly speak against it
    top: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="share of the best web pages to keep, larger keeps more; `yuliao calibrate` makes bounds of it",
    )

    def check_sources(self, names: Set[str]) -> None:
        if self.top is not None:
            raise ValueError("top: a task sees a part of the documents; `yuliao calibrate` makes a score of it")

    def annotate(self, documents: Documents) -> tuple[Signals, Columns]:
        languages = documents.batch.column("language").to_pylist()
        read = codes_of(documents)
        card = heads.card(self.folder)
        said = weighted.said(self.folder, documents, read, weighted.terms_in(self.folder, documents, read))
        found = heads.probabilities(card, languages, said.votes)
        score, rests_on = next(iter(found.values()))
        nothing = np.full(len(documents), np.nan)
        sources = [None if source is None else f"{card.name}-{card.digest}:{source}" for source in rests_on]
        signals: Signals = {
            "score": score,
            "commercial": found["commercial"][0] if "commercial" in found else nothing,
            "machine": found["machine"][0] if "machine" in found else nothing,
            "words_for": said.clear[:, 0],
            "words_against": said.clear[:, 1],
        }
        columns = {
            "quality_score": pa.array(score, pa.float32(), from_pandas=True),
            "quality_source": pa.array(sources, pa.string()),
        }
        return signals, columns

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        read = codes_of(documents)
        votes = heads.votes_by_token(self.folder, documents.batch.column("language")[0].as_py(), read)
        clear, whole = heads.clear_from(heads.card(self.folder)), float(len(votes))
        return {
            "words_for": _pieces(documents, read.tokens[votes > clear], whole),
            "words_against": _pieces(documents, read.tokens[votes < -clear], whole),
        }


def _pieces(documents: Documents, tokens: Array, whole: float) -> Pieces:
    starts, ends = documents.tokens.starts[tokens], documents.tokens.ends[tokens]
    return Pieces(starts, ends, np.ones(len(tokens)), whole)
