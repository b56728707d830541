"""The extraction step: pages in, documents out, one row for one row, whatever the pages are."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from filters.chain import REASONS, Judgement, Step
from filters.text.charset import Decoded, decode
from filters.text.plausibility import implausibility
from pipeline.extract import block_model, blocks_engine, resiliparse_engine, trafilatura_engine
from pipeline.extract.limits import Limits
from pipeline.extract.metadata import metadata_of
from pipeline.extract.page import Page
from pipeline.media_types import is_no_page, is_plain
from pipeline.sandbox import Died, Sandbox, framed, unframed
from pipeline.scripts import Readings
from shards.arrays import Bytes
from shards.compiled import compiled
from shards.schema import DOCUMENT, project, storable, with_columns

logger = logging.getLogger(__name__)

ENGINES = {
    "blocks": blocks_engine.main_text,
    "resiliparse": resiliparse_engine.main_text,
    "trafilatura": trafilatura_engine.balanced,
    "trafilatura_fast": trafilatura_engine.fast,
}

SIGNALS = {
    "extract.encoding": pa.string(),
    "extract.encoding_by": pa.string(),
    "extract.undecodable": pa.int32(),
    "extract.language": pa.string(),  # as declared
}

REPLACEMENT = "\ufffd".encode()
UNREADABLE = 0.3  # implausibility of a text by the last-resort charset from which it is no text

# Bytes, or tags, from which a page is handled in the sandbox: 13 of 3,402 real pages. Of smaller ones the limits leave
# none that was seen to take seconds; one that crashes the interpreter all the same takes its worker with it.
LARGE = 1_000_000
MANY = 20_000
# A page for which every loop runs, the limits' too: they are counted where there are more tags than may be nested.
FIRST_PAGE = "<title>雨天</title><h1>雨天</h1><p>Over the <b>whole</b> of the coast.</p>".encode()
FIRST_LIMITS = Limits(max_depth=4)


@dataclass(frozen=True)
class Extracted:
    """What one page gave, or the reason why it gave nothing; and what was decided on the way."""

    text: str = ""
    reason: str | None = None
    title: str | None = None
    author: str | None = None
    published: date | None = None
    url: str | None = None
    doi: str | None = None
    language: str | None = None
    encoding: str | None = None
    encoding_by: str | None = None
    undecodable: int = 0

    def framed(self) -> bytes:
        """Return this as a message from the child."""
        header = asdict(replace(self, text=""))
        header["published"] = self.published.isoformat() if self.published else None
        return framed(header, storable(self.text).encode())

    @classmethod
    def unframed(cls, message: bytes) -> "Extracted":
        """Return what a message of the child says."""
        header, text = unframed(message)
        published = header["published"]
        day = date.fromisoformat(published) if isinstance(published, str) else None
        return cls(**{**header, "published": day, "text": text.decode()})  # type: ignore[arg-type]  # as framed above


class Extract(Step):
    """Take the main text and the metadata out of pages; a page that gives none is a rejected document with a reason."""

    name: Literal["extract"] = "extract"
    # the extractor of the main text; `blocks` is this project's own model, the others are libraries
    engine: Literal["blocks", "resiliparse", "trafilatura", "trafilatura_fast"] = "blocks"
    readings: Readings = "drop"  # ruby readings: `drop` them, or write them in `brackets`: 漢字（かんじ）
    limits: Limits = Limits()  # a page beyond these limits is rejected before it is parsed
    min_characters: int = 1  # a page with less main text, in characters, is rejected as `extract.no_main_text`
    # which pages are extracted in a child process, with limits on time and memory
    sandbox: Literal["large", "all", "none"] = "large"
    # CPU seconds per page in the sandbox; a page that takes more is rejected. trafilatura's slowest of 5,038 took 2
    cpu_seconds: int = 20
    # bytes of memory of the sandbox; a page that needs more is rejected as `extract.memory`
    memory_bytes: int = 4 << 30

    def run(self, batch: pa.RecordBatch) -> Judgement:
        """Return a document for each page of a `PAGE` batch, and what was decided on the way: `SIGNALS`.

        Rows that came with a text, not with a page, or are rejected, pass through unmeasured.
        """
        columns = {name: batch.column(name).to_pylist() for name in ("payload", "content_type", "url", "rejected_by")}
        pages = [
            self.page(payload, content_type, url) if payload is not None and rejected_by is None else None
            for payload, content_type, url, rejected_by in zip(*columns.values(), strict=True)
        ]
        (documents,) = project([batch], DOCUMENT)
        signals = {
            name: pa.array([getattr(page, name.partition(".")[2]) if page else None for page in pages], kind)
            for name, kind in self.measures().items()
        }
        broken = [[f"extract.{page.reason}"] if page and page.reason else [] for page in pages]
        return Judgement(_filled(documents, pages), signals, pa.array(broken, REASONS))

    def measures(self) -> Mapping[str, pa.DataType]:
        return SIGNALS

    def page(self, payload: bytes, content_type: str | None = None, url: str | None = None) -> Extracted:
        """Return what one payload gives; large pages are handled in a child process, which may die of them."""
        question = Question(content_type, url)
        large = len(payload) <= self.limits.max_bytes and (len(payload) > LARGE or payload.count(b"<") > MANY)
        if self.sandbox == "all" or (self.sandbox == "large" and large):
            return self.extract_in_child(payload, question)
        return self.extract_here(payload, question)

    def resources(self) -> Sequence[Path]:
        return (block_model.PATH,) if self.engine == "blocks" else ()

    def extract_in_child(self, payload: bytes, question: "Question") -> Extracted:
        """Return what a payload gives in the sandbox; the death of its process is a reason."""
        child = _child(self.engine, self.cpu_seconds, self.memory_bytes)
        try:
            return Extracted.unframed(child.ask(question.framed(self, payload)))
        except Died as death:
            logger.warning("extract.%s: %s", death.reason, question.url)
            return Extracted(reason=death.reason)

    def extract_here(self, payload: bytes, question: "Question") -> Extracted:
        """Return what a payload gives in this process; what a library raises is a reason."""
        try:
            return self._extract(payload, (question.content_type or "").lower(), question.url)
        except Exception:
            logger.warning("extract.crashed: %s", question.url, exc_info=True)
            return Extracted(reason="crashed")

    def warm(self) -> None:
        """Have every loop that a page may need loaded, and compiled if it never was on this machine."""
        self.model_copy(update={"limits": FIRST_LIMITS})._extract(FIRST_PAGE, "text/html", None)

    def _extract(self, payload: bytes, content_type: str, url: str | None) -> Extracted:
        reason = self._refused(payload, content_type)
        if reason:
            return Extracted(reason=reason)
        decoded = decode(payload, content_type)
        noted = Extracted(encoding=decoded.encoding, encoding_by=decoded.decided_by, undecodable=decoded.undecodable)
        markup = decoded.text.encode("utf-8", "replace")
        nulls = markup.count(b"\x00")
        if nulls:
            markup = markup.replace(b"\x00", b"")
        html = decoded.text.replace("\x00", "") if nulls else decoded.text
        if _unreadable(decoded, nulls, markup):
            return replace(noted, reason="undecodable")
        if is_plain(content_type, payload):
            return self._long_enough(replace(noted, text=html.strip()))
        reason = self.limits.broken_by(markup)
        if reason:
            return replace(noted, reason=reason)
        page = Page(html, url, self.readings, markup)
        head = metadata_of(page)
        return self._long_enough(
            replace(
                noted,
                text=ENGINES[self.engine](page),
                title=head.title,
                author=head.author,
                published=head.published,
                url=head.canonical,
                doi=head.doi,
                language=head.language,
            )
        )

    def _refused(self, payload: bytes, content_type: str) -> str | None:
        """Return the reason to reject a payload before it is decoded, or None."""
        if len(payload) > self.limits.max_bytes:
            return "too_large"
        if not payload.strip(b" \t\r\n\x00"):
            return "empty"
        return "not_text" if is_no_page(content_type, payload) else None

    def _long_enough(self, extracted: Extracted) -> Extracted:
        if len(extracted.text) >= max(1, self.min_characters):
            return extracted
        return replace(extracted, text="", reason="no_main_text")


@dataclass(frozen=True)
class Question:
    """What is known of a payload when it is to be extracted."""

    content_type: str | None = None
    url: str | None = None

    def framed(self, extract: Extract, payload: bytes) -> bytes:
        """Return the question as a message to the child."""
        return framed({**asdict(self), "settings": extract.model_dump_json()}, payload)


def answer(message: bytes) -> bytes:
    """Return, in the child, what the payload of a question gives, as a message."""
    asked, payload = unframed(message)
    settings = _settings(str(asked.pop("settings")))
    return settings.extract_here(payload, Question(**asked)).framed()  # type: ignore[arg-type]  # as framed above


@lru_cache(maxsize=4)
def _settings(source: str) -> Extract:
    return Extract.model_validate(json.loads(source))


@lru_cache(maxsize=1)
def _child(engine: str, cpu_seconds: int, memory_bytes: int) -> Sandbox:
    first = Question("text/html").framed(Extract.model_validate({"engine": engine, "limits": FIRST_LIMITS}), FIRST_PAGE)
    return Sandbox("pipeline.extract.extract:answer", cpu_seconds, memory_bytes, first=first)


def _unreadable(decoded: Decoded, nulls: int, markup: bytes) -> bool:
    """Return whether what was decoded is no text, given how many NULs it has and, without them, its UTF-8."""
    if decoded.decided_by == "fallback" and implausibility(decoded.text) > UNREADABLE:
        return True
    controls = nulls + _controls(np.frombuffer(markup, np.uint8)) + markup.count(REPLACEMENT)
    return controls > 0.1 * len(decoded.text)


@compiled
def _controls(markup: Bytes) -> int:
    """Return how many control characters there are that no text has: neither white space nor part of an escape."""
    number = 0
    for byte in markup:
        number += (byte < 9) | (byte == 14) | (byte == 15)
    return number


def _filled(documents: pa.RecordBatch, found: Sequence[Extracted | None]) -> pa.RecordBatch:
    """Return the documents with what was found; those for which nothing was looked for stay as they are."""
    columns: dict[str, list[Any]] = {
        name: documents.column(name).to_pylist()
        for name in ("text", "title", "author", "published", "url", "doi", "rejected_by")
    }
    for row, item in enumerate(found):
        if item is None:
            continue
        columns["text"][row] = storable(item.text)
        columns["rejected_by"][row] = f"extract.{item.reason}" if item.reason else None
        for name in (
            "title",
            "author",
            "published",
            "url",
            "doi",
        ):  # what the source states stands before what a page says
            if columns[name][row] is None:
                value = getattr(item, name)
                columns[name][row] = storable(value) if isinstance(value, str) else value
    arrays: Mapping[str, pa.Array] = {
        name: pa.array(values, documents.schema.field(name).type) for name, values in columns.items()
    }
    return with_columns(documents, arrays)
