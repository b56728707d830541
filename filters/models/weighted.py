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


def reads_terms(folder: Path) -> bool:
    """Return whether a head of a folder was trained with lists of terms."""
    return any(head.terms for head in heads.card(folder).heads.values())


def terms_in(folder: Path, documents: Documents, read: Codes) -> Found:
    """Return the terms for the heads of a folder in what is read of documents; none if none was trained with them."""
    return find(documents, read, tuple(heads.card(folder).heads) if reads_terms(folder) else ())


def said(folder: Path, documents: Documents, read: Codes, listed: Found) -> heads.Said:
    """Return what the models of a folder say of documents, and the terms that are in them."""
    models = heads.card(folder)
    languages = documents.batch.column("language").to_pylist()
    of_models = heads.said(folder, languages, read)
    if not reads_terms(folder):
        return of_models
    terms = heads.added_by_terms(models, languages, said_by_terms(listed, read, tuple(models.heads)))
    return of_models._replace(votes=of_models.votes + terms)


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
            *([TERMS] if (self.folder / heads.CARD).is_file() and reads_terms(self.folder) else []),
        ]

    def measure(self, documents: Documents) -> Signals:
        return self.annotate(documents)[0]
