"""Of which subject a document is: heads of fastText over the windows that `quality` reads, one for each domain.

They are one-against-rest, so that a text may be of two domains (the boundary layer of the atmosphere) or of none, which
is `general`. Trained by `yuliao train-quality configs/training/domains.yaml`; `models` names its folder. Without it the
weights of this package are used, trained on what may be kept (`filters/weights/domain`).
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from filters.base import Columns, OneOf, Range, Signals
from filters.documents import Documents
from filters.evidence import Pieces
from filters.lists.subjects import Found, in_terms
from filters.models import heads, weighted
from filters.models.codes import Codes, codes_of
from filters.models.weighted import Weighted
from shards.arrays import Floats, Places
from shards.schema import DOMAINS, GENERAL

SUBJECTS: tuple[str, ...] = tuple(name for name in DOMAINS if name != GENERAL)


class Domain(Weighted):
    """Fill `domain`, the likeliest subject or `general`, and `domains`, all that hold; all documents pass by default.

    A domain that the source or the record declares stays, unless the text is surely of another and not likely of that.
    It is then the last of `domains`. `materials: {min: 0.5}` keeps what the text alone says is of one domain, `subject:
    [materials]` what the source, or else the text, says is.
    """

    name: Literal["domain"] = "domain"
    every_language: ClassVar[bool] = True
    life_health: Range = Range(undefined="keep")  # the probability of medicine, public health or biology
    # the probability of materials science: making and properties of materials
    materials: Range = Range(undefined="keep")
    meteorology: Range = Range(undefined="keep")  # the probability of weather, climate or the atmosphere
    fluid_mechanics: Range = Range(undefined="keep")  # the probability of flows, or their computation
    # share of the words read that clearly speak for the likeliest domain that holds; null: none holds
    words: Range = Range(undefined="keep")
    # share of the words read that are in a term of the lists for that domain; null: none holds
    terms: Range = Range(undefined="keep")
    # the domain: what the source declares, else the likeliest that holds; a list keeps these alone
    subject: OneOf = OneOf()
    holds: float = Field(
        0.5, gt=0, le=1, description="the smallest probability at which a domain is assigned; larger assigns fewer"
    )
    sure: float = Field(
        0.9,
        gt=0,
        le=1,
        description="the probability that overrides the domain of the source; higher overrides less",
    )

    def annotate(self, documents: Documents) -> tuple[Signals, Columns]:
        languages = documents.batch.column("language").to_pylist()
        read = codes_of(documents)
        listed = weighted.terms_in(self.folder, documents, read)
        probable = self._probable(documents, read, listed)
        best = probable.argmax(axis=1)
        words, terms = (np.full(len(documents), np.nan) for _ in range(2))
        starts, names = documents.tokens.starts[read.tokens], tuple(heads.card(self.folder).heads)
        for row in np.flatnonzero(probable.max(axis=1) >= self.holds).tolist():
            subject, size = SUBJECTS[best[row]], read.documents[row + 1] - read.documents[row]
            words[row] = len(self._clear(languages[row], _one(read, row), subject)) / size
            terms[row] = len(in_terms(listed, row, starts, subject, names)) / size
        nothing = np.diff(read.documents) == 0
        declared = documents.batch.column("domain").to_pylist()
        domains = [self._domains(*row) for row in zip(probable.tolist(), declared, strict=True)]
        first = pa.array([row[0] for row in domains], pa.string())
        said = [one if one not in (None, GENERAL) else row[0] for one, row in zip(declared, domains, strict=True)]
        measured = {name: np.where(nothing, np.nan, probable[:, place]) for place, name in enumerate(SUBJECTS)}
        signals: Signals = {**measured, "words": words, "terms": terms, "subject": pa.array(said, pa.string())}
        columns = {
            "domain": first,
            "domains": pa.array(domains, pa.list_(pa.string())),
        }
        return signals, columns

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        (language,) = documents.batch.column("language").to_pylist()
        read = codes_of(documents)
        listed = weighted.terms_in(self.folder, documents, read)
        (probable,) = self._probable(documents, read, listed)
        holds, subject = probable.max() >= self.holds, SUBJECTS[probable.argmax()]
        starts, ends = (bound[read.tokens] for bound in (documents.tokens.starts, documents.tokens.ends))
        names = tuple(heads.card(self.folder).heads)
        clear = self._clear(language, read, subject), in_terms(listed, 0, starts, subject, names)
        whole = float(len(read.tokens)) if holds else 0.0
        chosen = [places if holds else places[:0] for places in clear]
        words, terms = (Pieces(starts[places], ends[places], np.ones(len(places)), whole) for places in chosen)
        return {"words": words, "terms": terms}

    def _probable(self, documents: Documents, read: Codes, listed: Found) -> Floats:
        """Return documents x subjects: how likely each is; 0 where nothing is read, or the models have no such head."""
        languages = documents.batch.column("language").to_pylist()
        votes = weighted.said(self.folder, documents, read, listed).votes
        found = heads.probabilities(heads.card(self.folder), languages, votes)
        nothing = np.zeros(len(languages))
        return np.stack([np.nan_to_num(found[name][0] if name in found else nothing) for name in SUBJECTS], axis=1)

    def _clear(self, language: str | None, read: Codes, subject: str) -> Places:
        """Return the places of the tokens of a single document that clearly speak for a subject."""
        votes = heads.votes_by_token(self.folder, language, read, subject)
        return np.flatnonzero(votes > heads.clear_from(heads.card(self.folder), subject))

    def _domains(self, probable: Sequence[float], declared: str | None) -> list[str]:
        likely = dict(zip(SUBJECTS, probable, strict=True))
        holding = [name for name, value in likely.items() if value >= self.holds]
        holding.sort(key=lambda name: -likely[name])
        if declared is None or declared == GENERAL:
            return holding or [GENERAL]
        others = [name for name in holding if name != declared]
        overruled = declared not in holding and bool(others) and likely[others[0]] >= self.sure
        return [*others, declared] if overruled else [declared, *others]


def _one(read: Codes, row: int) -> Codes:
    start, stop = read.documents[row : row + 2]
    return Codes(read.codes[start:stop], np.array([0, stop - start]), read.tokens[start:stop])
