"""What stands between a document and the task that reads it: whatever is raised because of it, its neighbours go on.

A document on which a step raises is rejected as `STEP.crashed`. An input file whose reader raises is named with the
reason, and what came before it in the file stays. What is no document's fault (a store that does not answer, a library
or a model that is not there) ends the task.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pyarrow as pa

from filters.chain import REASONS, ByLanguage, Chain, Judgement, Step, in_order
from pipeline.errors import ConfigError, PipelineError, ShardError, SourceError
from pipeline.sources.base import Row, Skipped, Source, Split
from shards.schema import project, with_columns

logger = logging.getLogger(__name__)

NOT_THE_DOCUMENTS = (PipelineError, OSError, ImportError)


def read_rows(source: Source, split: Split, skipped: Skipped, unreadable: list[str]) -> Iterator[Row]:
    """Yield the rows of a file up to where it cannot be read on, and add why to `unreadable`."""
    try:
        yield from source.read(split, skipped)
    except (ConfigError, SourceError, ImportError):
        raise
    except ShardError as error:
        unreadable.append(f"{source.name}: {str(error).replace(split.file, split.name)}")
    except Exception as error:
        logger.warning("%s: %s", source.name, split.name, exc_info=True)
        said = f"{type(error).__name__}: {error}".replace(split.file, split.name)
        unreadable.append(f"{source.name}: {split.name}: {said}")


class Ids:
    """The ids that a task has met, each with what its text was."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def checked(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows; one that bears the id of another, and is no copy of it, is rejected as `source.repeated_id`.

        Copies are for dedup, which counts them.
        """
        for row in rows:
            if row.get("rejected_by") is None:
                contents = hash((row["text"], row.get("payload")))
                if self._seen.setdefault(row["id"], contents) != contents:
                    row["rejected_by"] = "source.repeated_id"
            yield row


def judged(step: Step, batch: pa.RecordBatch, broken: dict[str, str]) -> Judgement:
    """Return what a step makes of documents; those on which it raises are rejected, and `broken` tells why by step."""
    try:
        return step.run(batch)
    except NOT_THE_DOCUMENTS:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is raised because of one of the documents
        if batch.num_rows == 1:
            return _crashed(step, batch, error, broken)
    half = batch.num_rows // 2
    parts = [judged(step, part, broken) for part in (batch.slice(0, half), batch.slice(half))]
    schema = min((part.documents.schema for part in parts), key=len)  # a step may leave columns out
    parts = [replace(part, documents=documents) for part in parts for documents in project([part.documents], schema)]
    return in_order(parts, range(batch.num_rows), step.measures())


def _crashed(step: Step, batch: pa.RecordBatch, error: Exception, broken: dict[str, str]) -> Judgement:
    name = _culprit(step, batch)
    logger.warning("%s.crashed: %s", name, batch.column("id")[0], exc_info=error)
    broken.setdefault(name, f"{type(error).__name__}: {error}"[:500])
    reason = f"{name}.crashed"
    documents = with_columns(batch, {"rejected_by": pa.array([reason])})
    return Judgement(documents, {}, pa.array([[reason]], REASONS))


def _culprit(step: Step, batch: pa.RecordBatch) -> str:
    """Return the name of the step that raises, or of the first of the filters that it consists of to do so."""
    if isinstance(step, ByLanguage):
        step = step.chains.get(batch.column("language")[0].as_py(), step.general)
    for end, filter in enumerate(step.filters if isinstance(step, Chain) else (), 1):
        try:
            Chain(filters=step.filters[:end]).run(batch)  # type: ignore[attr-defined]  # of a chain
        except Exception:  # noqa: BLE001 - the same as before
            return filter.name
    return step.name
