"""What filters with trained heads have in common: weights in this package, or a folder that the user trained."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from filters.base import Filter, Signals
from filters.documents import Documents
from filters.lists.subjects import TERMS, Found, find, said_by_terms
from filters.models import heads
from filters.models.codes import Codes

WEIGHTS = Path(__file__).parents[1] / "weights"


class Weighted(Filter):
    """A filter that scores with the heads of one folder; a subclass measures all of it in `annotate`."""

    models: Path | None = None  # a folder written by `yuliao train-quality`; null: the weights in this package

    @cached_property
    def folder(self) -> Path:
        """The folder of the card and its tables: `models`, or what this package has under the filter's name."""
        return self.models or WEIGHTS / self.name

    def resources(self) -> Sequence[Path]:
        return [
            *heads.files(self.folder),
            *([TERMS] if (self.folder / heads.CARD).is_file() and self._reads_terms else []),
        ]

    @property
    def _reads_terms(self) -> bool:
        return any(head.terms for head in heads.card(self.folder).heads.values())

    def terms_in(self, documents: Documents, read: Codes) -> Found:
        """Return the terms for the heads in what is read of documents; none if no head was trained with them."""
        return find(documents, read, tuple(heads.card(self.folder).heads) if self._reads_terms else ())

    def said(self, documents: Documents, read: Codes, listed: Found) -> heads.Said:
        """Return what the models say of documents, and the terms that are in them."""
        models = heads.card(self.folder)
        languages = documents.batch.column("language").to_pylist()
        said = heads.said(self.folder, languages, read)
        if not self._reads_terms:
            return said
        terms = heads.added_by_terms(models, languages, said_by_terms(listed, read, tuple(models.heads)))
        return said._replace(votes=said.votes + terms)

    def measure(self, documents: Documents) -> Signals:
        return self.annotate(documents)[0]
