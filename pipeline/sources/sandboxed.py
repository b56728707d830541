"""Sources whose records are parsed by libraries: in a child process, which dies of a record in its worker's place.

The worker finds the records and knows where they lie; the child parses them, several small ones at a time. A record
that takes too long or too much memory, or that a library cannot bear, is a row that is rejected as `cpu_time`,
`memory`, `hung` or `crashed`, and its neighbours go on.
"""

import base64
import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from functools import lru_cache
from importlib import import_module
from typing import Any

from pydantic import Field

from pipeline import errors, plugins
from pipeline.errors import PipelineError, ShardError
from pipeline.sandbox import Died, Sandbox, framed, unframed
from pipeline.sources.archive import Member
from pipeline.sources.base import Row, Skipped, Source

logger = logging.getLogger(__name__)

GROUP_BYTES = 1 << 20  # of the records that are parsed at a time
GROUP_RECORDS = 64


class Sandboxed(Source):
    """A source that reads its records by `parsed`, which has a child process call `parse`."""

    # CPU seconds that one record may take; a record that takes more is rejected as `cpu_time`
    cpu_seconds: int = Field(60, ge=1)
    # bytes of memory of the process that parses; a record that needs more is rejected as `memory`
    memory_bytes: int = 4 << 30

    def parse(self, file: str, record: Member, skipped: Skipped, about: Mapping[str, Any]) -> Iterator[Row]:
        """Yield the rows of a record of the file that is called so, and count in `skipped` what is none.

        It is called in the child; `about` is what the reader of the file has found out about it, as JSON.
        """
        raise TypeError(f"{type(self).__name__} parses nothing: override `parse`")

    @classmethod
    def warm(cls) -> None:
        """Have what the reader needs loaded, and compiled if it never was on this machine: no record's seconds."""
        from filters.licences.names import license_of_name

        license_of_name("Creative Commons Attribution 4.0")

    def parsed(
        self, file: str, records: Iterable[Member], skipped: Skipped | None, about: Mapping[str, Any] | None = None
    ) -> Iterator[Row]:
        """Yield the rows of records, in order."""
        counts = Skipped() if skipped is None else skipped
        for group in _grouped(records):
            try:
                yield from self._asked(file, group, counts, about or {})
            except Died as death:
                if len(group) == 1:
                    yield self._broken(file, group[0], death.reason, "")
                    continue
                for record in group:
                    yield from self.parsed(file, [record], counts, about)

    def _asked(self, file: str, group: Sequence[Member], skipped: Skipped, about: Mapping[str, Any]) -> Iterator[Row]:
        header: dict[str, object] = {
            "kind": f"{type(self).__module__}:{type(self).__qualname__}",
            "modules": [asdict(module) for module in plugins.loaded()],
            "settings": self.model_dump_json(),
            "file": file,
            "about": about,
            "records": [asdict(replace(record, content=b"")) | {"content": len(record.content)} for record in group],
        }
        question = framed(header, b"".join(record.content for record in group))
        answers = json.loads(_child(str(header["kind"]), self.memory_bytes).ask(question, self.cpu_seconds))
        for record, answer in zip(group, answers, strict=True):
            if answer["error"] is not None:
                raise getattr(errors, answer["error"])(answer["said"])
            skipped.update(answer["skipped"])
            yield from (_row(row) for row in answer["rows"])
            if answer["said"] is not None:
                yield self._broken(file, record, "crashed", answer["said"])

    def _broken(self, file: str, record: Member, reason: str, said: str) -> Row:
        logger.warning("%s.%s: %s %s: %s", self.kind, reason, file, record.name, said)
        where = self.place(file, record.digest, offset=record.offset, length=record.length)
        return self.rejected(reason, record.identity, where)


def _grouped(records: Iterable[Member]) -> Iterator[list[Member]]:
    held: list[Member] = []
    size, failure = 0, None
    try:
        for record in records:
            if held and (size + len(record.content) > GROUP_BYTES or len(held) >= GROUP_RECORDS):
                yield held
                held, size = [], 0
            held.append(record)
            size += len(record.content)
    except ShardError as error:  # the file breaks off: what came before it is read
        failure = error
    if held:
        yield held
    if failure is not None:
        raise failure


@lru_cache(maxsize=1)
def _child(kind: str, memory_bytes: int) -> Sandbox:
    first = framed({"warm": kind, "modules": [asdict(module) for module in plugins.loaded()]})
    return Sandbox("pipeline.sources.sandboxed:answer", 60, memory_bytes, first=first)


def answer(message: bytes) -> bytes:
    """Return, in the child, what the records of a question give, as a message; the first question names their kind."""
    asked, content = unframed(message)
    if "warm" in asked:
        _class(str(asked["warm"]), json.dumps(asked["modules"])).warm()
        return b""
    source = _source(str(asked["kind"]), str(asked["settings"]), json.dumps(asked["modules"]))
    answers, position = [], 0
    for header in asked["records"]:  # type: ignore[attr-defined]  # as framed above
        end = position + header.pop("content")
        record = Member(**header, content=content[position:end])
        answers.append(_parsed(source, str(asked["file"]), record, asked["about"]))
        position = end
    return json.dumps(answers, default=_plain).encode()


def _parsed(source: Sandboxed, file: str, record: Member, about: Any) -> dict[str, Any]:
    rows: list[Row] = []
    skipped: Skipped = Counter()
    error = said = None
    try:
        rows.extend(source.parse(file, record, skipped, about))
    except MemoryError:
        raise
    except PipelineError as raised:
        error, said = type(raised).__name__, str(raised)
    except ImportError as raised:
        error, said = PipelineError.__name__, f"{type(raised).__name__}: {raised}"
    except Exception as raised:  # noqa: BLE001 - whatever a library raises, it is this record's
        said = f"{type(raised).__name__}: {raised}"[:1000]
    return {"rows": rows, "skipped": skipped, "error": error, "said": said}


@lru_cache(maxsize=4)
def _source(kind: str, settings: str, modules: str) -> Sandboxed:
    source = _class(kind, modules).model_validate_json(settings)
    assert isinstance(source, Sandboxed)
    return source


def _class(kind: str, modules: str) -> type[Sandboxed]:
    plugins.restore([plugins.Module(**module) for module in json.loads(modules)])
    module, _, name = kind.partition(":")
    reader: type[Sandboxed] = getattr(import_module(module), name)
    return reader


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if hasattr(value, "item"):  # a number of numpy
        return value.item()
    raise TypeError(f"{type(value).__name__} is in no column")


def _row(row: Row) -> Row:
    """Return a row whose dates and bytes were written as text."""
    if row.get("published") is not None:
        row["published"] = date.fromisoformat(row["published"])
    if row.get("fetched_at") is not None:
        row["fetched_at"] = datetime.fromisoformat(row["fetched_at"])
    if row.get("payload") is not None:
        row["payload"] = base64.b64decode(row["payload"])
    return row
