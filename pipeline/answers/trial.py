"""Steps tried on one text or HTML file: signals, bounds and verdict, without a run and without Ray."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import pyarrow as pa

from filters.base import Bound, Filter, OneOf, Range
from filters.chain import Judgement, Step, judge
from filters.language import Language
from pipeline.answers.highlight import Highlight, highlights
from pipeline.answers.measurement import Measurement
from pipeline.catalogue import FILTERS
from pipeline.errors import QuestionError
from pipeline.extract import Extract, Normalize
from pipeline.overrides import Override
from pipeline.words import meant
from shards.schema import DOCUMENT, PAGE, batch_of, document_id, project, with_columns

if TYPE_CHECKING:  # sources take longer to import than a filter to try
    from pipeline.sources.base import Source

AnyStep: TypeAlias = Step | Filter
HTML = {".html", ".htm", ".xhtml"}


class Recipe(NamedTuple):
    """The steps that a file goes through, by its language (None: before that is known); some are not told of."""

    steps: Callable[[str | None], Sequence[AnyStep]]
    quiet: frozenset[str] = frozenset()
    sources: "Sequence[Source]" = ()  # of the configuration, if it is one

    def source_of(self, path: Path) -> "Source | None":
        """Return the source whose paths name a file, or else the only one there is."""
        named = [source for source in self.sources if any(_names(pattern, path) for pattern in source.paths)]
        return next(iter(named or (self.sources if len(self.sources) == 1 else ())), None)


def _names(pattern: str, path: Path) -> bool:
    """Whether a path of a source, a file, folder or glob, names a file."""
    named = Path(pattern).absolute()
    return path.absolute().is_relative_to(named) or fnmatch(str(path.absolute()), str(named))


def recipe_named(name: str, given: Sequence[str] = (), overrides: Sequence[Override] = ()) -> Recipe:
    """Return the steps that `name` stands for.

    That is a filter with its defaults, behind extraction and what names the language; a language's file; or a
    configuration, of which these are all steps of the stage `documents`, with `given` for its parameters.

    Raises
    ------
    QuestionError
        naming the filters there are.
    ConfigError
        when a YAML file is not what it should be.
    """
    # Configurations know every stage, which takes longer to import than to try a filter.
    is_file, chain = name.endswith((".yaml", ".yml")), None
    if is_file:
        from pipeline.config import load, load_chain
        from pipeline.stages.documents import DocumentsStage

        chain = load_chain(name)
    if (given or overrides) and (not is_file or chain is not None):
        raise QuestionError(f"{name} is not a configuration: -p and --set apply to configurations only")
    if chain is not None or not is_file:
        return _around(chain.filters if chain is not None else [_filter(name)])
    config = load(name, given, overrides)
    (stage,) = (stage for stage in config.stages if isinstance(stage, DocumentsStage))
    return Recipe(lambda language: _extracting(stage.steps_for(language)), sources=stage.sources)


def _extracting(steps: Sequence[AnyStep]) -> Sequence[AnyStep]:
    """Return steps, with `extract` behind those that read the page if it is not among them: the file may be HTML."""
    if any(step.name == "extract" for step in steps):
        return steps
    after = max((place for place, step in enumerate(steps, 1) if getattr(step, "needs_payload", False)), default=0)
    return [*steps[:after], Extract(), *steps[after:]]


def _around(filters: Sequence[Filter]) -> Recipe:
    """Return filters among the steps that they need."""
    early = [filter for filter in filters if filter.needs_payload]
    late = [filter for filter in filters if not filter.needs_payload]
    names = [] if any(filter.names_language for filter in filters) else [Language()]
    steps: list[AnyStep] = [*early, Extract(), Normalize(), *names, *late]
    return Recipe(lambda language: steps, frozenset(filter.name for filter in names))


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


def trial(recipe: Recipe, path: Path) -> Trial:
    """Return what the steps make of a file, each working on it whatever those before it decided.

    Of a configuration, the file has what is declared of the source that it belongs to: the licence, for one.
    """
    batch = _page(path, recipe.source_of(path))
    measured: list[Measurement] = []
    highlights: list[Highlight] = []
    reason: str | None = None
    steps, done = recipe.steps(None), 0
    while done < len(steps):
        step = steps[done]
        judgement = judge([step], batch) if isinstance(step, Filter) else step.run(batch)
        if step.name not in recipe.quiet:
            reason = reason or judgement.documents.column("rejected_by")[0].as_py()
            here = list(_measurements(step, judgement))
            highlights += _highlights(step, batch, here) if isinstance(step, Filter) else ()
            measured += here
        batch = with_columns(judgement.documents, {"rejected_by": pa.nulls(1, pa.string())})
        done += 1
        if isinstance(step, Filter) and step.names_language:
            steps = recipe.steps(batch.column("language")[0].as_py())
    measured = [replace(one, decided=one.name == reason) for one in measured]
    (document,) = project([batch], DOCUMENT)
    return Trial(document.to_pylist()[0] | {"rejected_by": reason}, tuple(measured), tuple(highlights))


def _measurements(step: AnyStep, judgement: Judgement) -> Iterator[Measurement]:
    if isinstance(step, Filter):
        bounds: dict[str, Bound] = {f"{step.name}.{name}": bound for name, bound in step.bounds().items()}
    else:
        bounds = {name: OneOf() if kind == pa.string() else Range() for name, kind in step.measures().items()}
    for name, bound in bounds.items():
        values = judgement.signals.get(name)
        yield Measurement(name, None if values is None else values[0].as_py(), bound)


def _highlights(filter: Filter, batch: pa.RecordBatch, measured: Sequence[Measurement]) -> Iterator[Highlight]:
    """Yield where each signal comes from, and see that its pieces add up to what was measured."""
    for one in highlights(filter, batch, measured):
        if not one.adds_up:
            raise ValueError(f"{one.measurement.name} is {one.measurement.value}, and its pieces add up to another")
        yield one


def text_of(path: Path) -> str:
    """Return the text of the document that a file becomes."""
    text: str = Normalize().run(Extract().run(_page(path)).documents).documents["text"][0].as_py()
    return text


def _page(path: Path, source: "Source | None" = None) -> pa.RecordBatch:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise QuestionError(f"{path}: {error.strerror}") from error
    if source is not None:
        row = source.row(str(path), source.place(path.name, hashlib.sha256(content).hexdigest()))
    else:
        row = {"id": document_id("try", str(path)), "source": "try", "source_id": str(path)}
    if path.suffix.lower() in HTML:
        return batch_of([row | {"text": "", "payload": content, "content_type": "text/html"}], PAGE)
    return batch_of([row | {"text": content.decode("utf-8", "replace")}], PAGE)
