"""Language models in KenLM's own files, ARPA or binary, over SentencePiece pieces where a model of those is given.

This is what CCNet publishes for 48 languages: `en.arpa.bin`, `en.sp.model`, and cutoffs in a table. A text is folded
as its code folds it (facts from cc_net's text_normalizer): small letters, no accents, every digit 0, plain punctuation,
and no control characters, which takes out line feeds, so a document is one sequence of pieces. Without pieces, each
line is a sequence of this project's words. Needs the extra `perplexity` (kenlm, sentencepiece).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field, model_validator

from filters.documents import Documents
from filters.text import line_rules
from shards.extras import load, require

_PLAIN = str.maketrans(
    "，。、∶：？！（）；–～’´━〈〉【】％►„”“«»」「《》", ",.,::?!();-~''-<>[]%-" + '"' * 9
) | str.maketrans({"．": ". ", "…": "...", "—": " - "})
_DIGIT = re.compile(r"\d")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class KenLM(BaseModel, frozen=True, extra="forbid"):
    """The files of one language's model."""

    model: Path = Field(description="KenLM's binary or ARPA file")
    pieces: Path | None = Field(None, description="the SentencePiece model that segments the text; null: words")
    cutoffs: tuple[float, float] | None = Field(
        None, description="the perplexities that separate head, middle and tail; null: no buckets"
    )

    @model_validator(mode="after")
    def _installed(self) -> "KenLM":
        require("kenlm", "perplexity")
        if self.pieces is not None:
            require("sentencepiece", "perplexity")
        return self


class KenLMModel:
    """A model that was read, and what parts documents into head, middle and tail."""

    def __init__(self, files: KenLM) -> None:
        self.cutoffs = np.array(files.cutoffs or (np.nan, np.nan))
        self._model = load("kenlm").Model(str(files.model))
        self._parted = (
            load("sentencepiece").SentencePieceProcessor(model_file=str(files.pieces)) if files.pieces else None
        )

    def perplexity(self, documents: Documents, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Return the perplexity of the documents of these rows, per piece or word and end; NaN where there is none."""
        if self._parted is None:
            sequences = list(_in_words(documents, rows))
        else:
            texts = [folded(text) for text in documents.texts.take(rows).to_pylist()]
            sequences = [[" ".join(pieces)] if pieces else [] for pieces in self._parted.encode(texts, out_type=str)]
        return np.array([self._of(one) for one in sequences], np.float64)

    def _of(self, sequences: Sequence[str]) -> float:
        if not sequences:
            return np.nan
        log10 = sum(self._model.score(sequence) for sequence in sequences)
        return float(10.0 ** (-log10 / sum(sequence.count(" ") + 2 for sequence in sequences)))


def _in_words(documents: Documents, rows: npt.NDArray[np.int64]) -> Iterator[list[str]]:
    """Yield the lines of each document, the words in small letters with a space between them."""
    tokens, lines = documents.tokens, documents.lines
    places = line_rules.token_bounds(tokens, lines)
    points = documents.characters.points
    for row in rows:
        found = []
        for line in range(lines.documents[row], lines.documents[row + 1]):
            spans = range(places[line], places[line + 1])
            words = [points[tokens.starts[i] : tokens.ends[i]].tobytes().decode("utf-32-le") for i in spans]
            found.append(" ".join(words).lower().replace("’", "'"))
        yield found


def folded(text: str) -> str:
    """Return a text as CCNet's models were trained on it."""
    plain = unicodedata.normalize("NFD", text.strip().lower())
    plain = "".join(character for character in plain if unicodedata.category(character) != "Mn")
    return _CONTROL.sub("", _DIGIT.sub("0", plain).translate(_PLAIN))
