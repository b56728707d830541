"""Filters tried on one text or HTML file: signals, bounds and verdict, without a run and without Ray."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import TypeAdapter, ValidationError

from filters import AnyFilter
from filters.base import Filter
from filters.chain import judge
from filters.language import Language
from pipeline.config import load
from pipeline.errors import ConfigError
from pipeline.extract import Extract, Normalize
from pipeline.journey import Measurement
from pipeline.stages.documents import DocumentsStage
from shards.schema import DOCUMENT, PAGE, batch_of, document_id, project

HTML = {".html", ".htm", ".xhtml"}


def filters_named(name: str) -> list[Filter]:
    """Return the filter of a name with its defaults, or all filters of a configuration file.

    Raises
    ------
    ConfigError
        naming the filters there are.
    """
    if name.endswith((".yaml", ".yml")):
        stages = [stage for stage in load(name).stages if isinstance(stage, DocumentsStage)]
        return [filter for stage in stages for filter in stage.filters_for(None)]
    try:
        return [TypeAdapter[Filter](AnyFilter).validate_python({"name": name})]
    except ValidationError as error:
        problem = error.errors()[0]
        allowed = problem.get("ctx", {}).get("expected_tags", problem["msg"])
        raise ConfigError(f"{name!r} is neither a filter ({allowed}) nor a YAML file") from error


def trial(filters: Sequence[Filter], path: Path) -> tuple[dict[str, Any], list[Measurement]]:
    """Return a file as the document it becomes, and every signal that the filters measure of it."""
    batch = _page(path)
    early = [filter for filter in filters if filter.needs_payload]
    late = [filter for filter in filters if not filter.needs_payload]
    measured: dict[str, pa.Array] = {}
    if early:
        judgement = judge(early, batch)
        batch, measured = judgement.documents, {**judgement.signals}
    batch = _document(batch)
    if not any(filter.name == "language" for filter in late):
        batch = judge([Language()], batch).documents  # other filters ask which language they read
    judgement = judge(late, batch)
    measured |= judgement.signals
    return judgement.documents.to_pylist()[0], [
        Measurement(key, measured[key][0].as_py(), bound, False)
        for filter in (*early, *late)
        for name, bound in filter.bounds().items()
        if (key := f"{filter.name}.{name}")
    ]


def text_of(path: Path) -> str:
    """Return the text of the document that a file becomes."""
    text: str = _document(_page(path))["text"][0].as_py()
    return text


def _document(batch: pa.RecordBatch) -> pa.RecordBatch:
    (document,) = project([Normalize().apply(Extract().apply(batch))], DOCUMENT)
    return document


def _page(path: Path) -> pa.RecordBatch:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    row: dict[str, Any] = {"id": document_id("try", str(path)), "source": "try", "source_id": str(path)}
    if path.suffix.lower() in HTML:
        return batch_of([row | {"text": "", "payload": content, "content_type": "text/html"}], PAGE)
    return batch_of([row | {"text": content.decode("utf-8", "replace")}], PAGE)
