"""Filters tried on one text or HTML file: signals, bounds and verdict, without a run and without Ray."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa

from filters.base import Filter
from filters.chain import Judgement, judge
from filters.language import Language
from pipeline.answers.highlight import Highlight, highlights
from pipeline.answers.measurement import Measurement
from pipeline.catalogue import FILTERS
from pipeline.errors import QuestionError
from pipeline.extract import Extract, Normalize
from pipeline.words import meant
from shards.schema import DOCUMENT, PAGE, batch_of, document_id, project

Chain: TypeAlias = Callable[[str | None], Sequence[Filter]]  # of a language; of None: before it is known

HTML = {".html", ".htm", ".xhtml"}


def filters_named(name: str) -> Chain:
    """Return the filters that a document in a language goes through.

    `name` is that of a filter (its defaults), a language's file, or a configuration with chains for its languages.

    Raises
    ------
    QuestionError
        naming the filters there are.
    ConfigError
        when a YAML file is not what it should be.
    """
    if not name.endswith((".yaml", ".yml")):
        one = _filter(name)
        return lambda language: [one]
    # Configurations know every stage, which takes longer to import than to try a filter.
    from pipeline.config import load, load_chain
    from pipeline.stages.documents import DocumentsStage

    if (chain := load_chain(name)) is not None:
        filters = list(chain.filters)
        return lambda language: filters
    stages = [stage for stage in load(name).stages if isinstance(stage, DocumentsStage)]
    return lambda language: [filter for stage in stages for filter in stage.filters_for(language)]


def _filter(name: str) -> Filter:
    try:
        return FILTERS.find(name).model_validate({})
    except LookupError as error:
        raise QuestionError(
            f"{name!r} is neither a filter ({', '.join(FILTERS.names())}) nor a YAML file{meant(name, FILTERS.names())}"
        ) from error


@dataclass(frozen=True)
class Trial:
    """A file as the document it became, what was measured of it, and where."""

    document: Mapping[str, Any]
    measurements: tuple[Measurement, ...]
    highlights: tuple[Highlight, ...]


def trial(chain: Chain, path: Path) -> Trial:
    """Return what the filters make of a file, each measuring it whatever those before it decided."""
    batch = _page(path)
    early = [filter for filter in chain(None) if filter.needs_payload]
    measured: list[Measurement] = []
    highlights: list[Highlight] = []
    if early:
        judgement = judge(early, batch)
        batch = judgement.documents
        measured += [one for filter in early for one in _measurements(filter, judgement)]
    batch = _document(batch)
    spoilt = batch.column("rejected_by")[0].as_py()
    language = next((filter for filter in chain(None) if filter.name == "language"), Language())
    batch = judge([language], batch).documents  # other filters ask which language they read
    for filter in chain(batch.column("language")[0].as_py()):
        if not filter.needs_payload:
            judgement = judge([filter], batch)
            here = list(_measurements(filter, judgement))
            highlights += _highlights(filter, batch, here)
            measured += here
            batch = judgement.documents
    reason = next((one.name for one in measured if one.outcome == "would_reject"), spoilt)
    measured = [replace(one, decided=one.name == reason) for one in measured]
    return Trial(batch.to_pylist()[0] | {"rejected_by": reason}, tuple(measured), tuple(highlights))


def _measurements(filter: Filter, judgement: Judgement) -> Iterator[Measurement]:
    for name, bound in filter.bounds().items():
        key = f"{filter.name}.{name}"
        yield Measurement(key, judgement.signals[key][0].as_py(), bound)


def _highlights(filter: Filter, batch: pa.RecordBatch, measured: Sequence[Measurement]) -> Iterator[Highlight]:
    """Yield where each signal comes from, and see that its pieces add up to what was measured."""
    for one in highlights(filter, batch, measured):
        if not one.adds_up:
            raise ValueError(f"{one.measurement.name} is {one.measurement.value}, and its pieces add up to another")
        yield one


def text_of(path: Path) -> str:
    """Return the text of the document that a file becomes."""
    text: str = _document(_page(path))["text"][0].as_py()
    return text


def _document(batch: pa.RecordBatch) -> pa.RecordBatch:
    (document,) = project([Normalize().run(Extract().run(batch).documents).documents], DOCUMENT)
    return document


def _page(path: Path) -> pa.RecordBatch:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise QuestionError(f"{path}: {error.strerror}") from error
    row: dict[str, Any] = {"id": document_id("try", str(path)), "source": "try", "source_id": str(path)}
    if path.suffix.lower() in HTML:
        return batch_of([row | {"text": "", "payload": content, "content_type": "text/html"}], PAGE)
    return batch_of([row | {"text": content.decode("utf-8", "replace")}], PAGE)
