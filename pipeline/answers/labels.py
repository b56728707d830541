"""What people say of documents: keep or drop, how good, and why; a file of lines of JSON to which lines are added.

    {"format": 1, "id": …, "decision": "drop", "quality": 1, "reason": "spam", "by": "li", "at": "2026-11-30T15:04:05Z",
     "language": "zho_Hans", "text_digest": …, "weight": 12.5}

The last line of a person about a document holds; a decision of null takes back what they said before. It has no texts:
a reader finds them by `id` in the run, so that it can be kept beside code, and a take-down need not know it.
"""

import fcntl
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import xxhash
from pydantic import AfterValidator, BaseModel, Field, ValidationError

from pipeline.errors import QuestionError
from shards.errors import plainly

Decision: TypeAlias = Literal["keep", "drop", "unsure"]
Reason: TypeAlias = Literal[
    "spam",
    "boilerplate",
    "fragments",
    "machine",
    "repetition",
    "language",
    "damaged",
    "adult",
    "hateful",
    "personal",
    "other",
]

WORST, BEST = 0, 5


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("no time zone: 2026-11-30T15:04:05Z")
    return moment.astimezone(UTC)


class Label(BaseModel, frozen=True, extra="forbid"):
    """What one person said of one document, at one time."""

    format: Literal[1] = 1
    id: str = Field(min_length=1)  # of the document
    decision: Decision | None  # null: takes back what this person said of it before
    quality: int | None = Field(None, ge=WORST, le=BEST)  # 0 is worthless, 5 what one would choose to learn from
    reason: Reason | None = None  # why it should be dropped
    by: str = Field(min_length=1)
    at: Annotated[datetime, AfterValidator(_in_utc)]
    language: str | None = None  # as the run named it
    text_digest: str  # of the text that was read: `digest_of_text`
    weight: float = Field(1.0, gt=0)  # how many documents it stands for: those of its stratum, by those drawn


@dataclass(frozen=True)
class Labelled:
    """What the people who labelled a document say of it together."""

    id: str
    decision: Decision  # of most of them; `unsure` if as many say one thing as the other
    quality: float | None  # the mean
    text_digest: str
    weight: float
    people: int


def digest_of_text(text: str) -> str:
    """Return 16 hex digits that stand for a text."""
    return xxhash.xxh3_64_hexdigest(text.encode())


def read(path: str | Path) -> list[Label]:
    """Return the labels that hold: the last of each person about each document, in the order of the file.

    A last line without its end, which a killed writer left, is passed over.

    Raises
    ------
    QuestionError
        when the file cannot be read, or a line is no label.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise QuestionError(f"{path}: {error.strerror}") from error
    last: dict[tuple[str, str], Label] = {}
    for number, line in enumerate(content[: content.rfind(b"\n") + 1].splitlines(), 1):
        try:
            label = Label.model_validate_json(line)
        except ValidationError as error:
            raise QuestionError(f"{path}:{number}: {plainly(error)}") from error
        last.pop((label.id, label.by), None)
        last[label.id, label.by] = label
    return [label for label in last.values() if label.decision is not None]


def labelled(labels: Iterable[Label]) -> list[Labelled]:
    """Return what is said of each document, by all who labelled it."""
    by_document: dict[str, list[Label]] = {}
    for label in labels:
        by_document.setdefault(label.id, []).append(label)
    return [_together(given) for given in by_document.values()]


def _together(labels: Sequence[Label]) -> Labelled:
    votes = Counter(label.decision for label in labels)
    decision: Decision = "unsure"
    if votes["keep"] != votes["drop"]:
        decision = "keep" if votes["keep"] > votes["drop"] else "drop"
    qualities = [label.quality for label in labels if label.quality is not None]
    quality = sum(qualities) / len(qualities) if qualities else None
    last = labels[-1]
    return Labelled(last.id, decision, quality, last.text_digest, last.weight, len(labels))


def append(path: str | Path, label: Label) -> None:
    """Add a label to the end of the file: when this returns, it is on the disk.

    Several may write to one file. What a killed writer left of a line goes.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(_end_of_lines(file.fileno()))
        file.write(label.model_dump_json().encode() + b"\n")
        os.fsync(file.fileno())


def _end_of_lines(descriptor: int) -> int:
    """Return where the last whole line ends."""
    end = os.fstat(descriptor).st_size
    while end:
        start = max(0, end - 65_536)
        if (line_end := os.pread(descriptor, end - start, start).rfind(b"\n")) >= 0:
            return start + line_end + 1
        end = start
    return 0
