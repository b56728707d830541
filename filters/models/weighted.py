"""What filters with trained heads have in common: weights in this package, or a folder that the user trained."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from filters.base import Filter, Signals
from filters.documents import Documents
from filters.models import heads

WEIGHTS = Path(__file__).parents[1] / "weights"


class Weighted(Filter):
    """A filter that scores with the heads of one folder; a subclass measures all of it in `annotate`."""

    models: Path | None = None  # a folder written by `yuliao train-quality`; null: the weights in this package

    @cached_property
    def folder(self) -> Path:
        """The folder of the card and its tables: `models`, or what this package has under the filter's name."""
        return self.models or WEIGHTS / self.name

    def resources(self) -> Sequence[Path]:
        return heads.files(self.folder)

    def measure(self, documents: Documents) -> Signals:
        return self.annotate(documents)[0]
