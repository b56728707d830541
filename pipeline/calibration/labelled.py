"""Documents of a run that people have labelled, and how often each chain of a calibration is right about them.

They are for the report alone: drawn by fate, they are not as the web is, and nothing may be fitted on them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow.compute as pc

from filters.base import Filter
from filters.languages.labels import NOT_LANGUAGE, UNDETERMINED, canonical
from pipeline.answers import labels
from pipeline.answers.documents import documents_of
from pipeline.answers.finished_run import open_run
from pipeline.answers.labelling import journeys_by_id
from pipeline.answers.precision import Case, Rightness, rightness
from pipeline.calibration.samples import Document, judged
from pipeline.calibration.settings import Labelled


@dataclass(frozen=True)
class LabelledDocument:
    """A document on which people have decided."""

    document: Document
    wrong: bool  # they would drop it
    weight: float


def labelled_documents(samples: Sequence[Labelled]) -> list[LabelledDocument]:
    """Return the documents in a language that people decided to keep or to drop; those without a text are left out."""
    return [one for sample in samples for one in _of(sample)]


def _of(sample: Labelled) -> Iterator[LabelledDocument]:
    decided = {one.id: one for one in labels.labelled(labels.read(sample.file)) if one.decision != "unsure"}
    for journey in journeys_by_id(documents_of(open_run(sample.run)), None, list(decided)):
        row = journey.document
        if row["text"] and row["language"] not in (None, NOT_LANGUAGE, UNDETERMINED):
            label = decided[row["id"]]
            document = Document(row["id"], row["id"], canonical(row["language"]), row["text"])
            yield LabelledDocument(document, label.decision == "drop", label.weight)


def labelled_rightness(
    found: Sequence[LabelledDocument], chains: Mapping[str, Mapping[str, Sequence[Filter]]]
) -> tuple[Rightness, ...]:
    """Return the precision and the recall of each chain, given, by its name, its filters for each language."""
    return tuple(rightness(name, _cases(found, own)) for name, own in chains.items()) if found else ()


def _cases(found: Sequence[LabelledDocument], own: Mapping[str, Sequence[Filter]]) -> Iterator[Case]:
    for language, chain in own.items():
        here = [one for one in found if one.document.language == language]
        batches = judged([one.document for one in here], chain)
        dropped = [drop for batch in batches for drop in pc.is_valid(batch.documents["rejected_by"]).to_pylist()]
        for one, drop in zip(here, dropped, strict=True):
            yield Case(one.wrong, drop, one.weight)
