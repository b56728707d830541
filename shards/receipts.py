"""The receipt of a task, written last: a shard exists if and only if a receipt names it.

Every row that a task read is in it as kept or as rejected, with the reason and the language:

    kept       {language: documents}
    rejected   {reason: {language: documents}}

A receipt is sealed (`shards.seal`). One that is damaged or edited is none: its task is not done.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Self

from pydantic import BaseModel, JsonValue, SkipValidation, model_validator

from shards import files
from shards.seal import sealed, unsealed
from shards.secrets import redacted

logger = logging.getLogger(__name__)

UNKNOWN_LANGUAGE = "und"


class ShardFile(BaseModel, frozen=True, extra="forbid"):
    """One file a task wrote: its path below the stage's folder and what it contains."""

    path: str
    rows: int
    bytes: int
    sha256: str


class Receipt(BaseModel, frozen=True, extra="forbid"):
    """What one task read, decided and wrote. Building one fails unless every row is accounted for."""

    stage: str
    task: str
    reads: tuple[str, ...]
    rows: int
    kept: dict[str, int]
    rejected: dict[str, dict[str, int]]
    files: dict[str, ShardFile]
    facts: Annotated[dict[str, JsonValue], SkipValidation] = {}  # the JSON of the stage's model of them
    unreadable: tuple[str, ...] = ()  # the input files that could not be read to their end, each with why
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_bytes: int = 0

    @model_validator(mode="after")
    def _every_row_is_accounted_for(self) -> Self:
        accounted = self.kept_rows + self.rejected_rows
        if self.rows != accounted:
            raise ValueError(f"{self.stage}/{self.task}: {self.rows} rows in, {accounted} kept or rejected")
        return self

    @property
    def kept_rows(self) -> int:
        """The documents that go on."""
        return sum(self.kept.values())

    @property
    def rejected_rows(self) -> int:
        """The documents that do not."""
        return sum(sum(languages.values()) for languages in self.rejected.values())


def counted(
    reasons: Sequence[str | None], languages: Sequence[str | None], documents: Sequence[int] | None = None
) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """Return the `kept` and `rejected` counts of documents, given each one's rejection reason and language.

    With `documents`, each reason and language is that of so many.
    """
    kept: Counter[str] = Counter()
    rejected: dict[str, Counter[str]] = {}
    for reason, language, count in zip(reasons, languages, documents or [1] * len(reasons), strict=True):
        counter = kept if reason is None else rejected.setdefault(reason, Counter())
        counter[language or UNKNOWN_LANGUAGE] += count
    return dict(sorted(kept.items())), {reason: dict(sorted(rejected[reason].items())) for reason in sorted(rejected)}


def write_receipt(folder: str, receipt: Receipt) -> None:
    """Commit a task: from now on its shards exist."""
    told = receipt.model_copy(update={"unreadable": tuple(map(redacted, receipt.unreadable))})
    files.write_bytes(_path(folder, receipt.task), sealed(told.model_dump_json(indent=1).encode()))


def read_receipts(folder: str, tasks: Sequence[str]) -> dict[str, Receipt]:
    """Return the receipts of those of the tasks that are done."""
    return those_written(folder, with_receipts(folder, tasks))


def those_written(folder: str, tasks: Sequence[str]) -> dict[str, Receipt]:
    """Return the receipts of tasks that have one, as far as they are as they were written."""
    with ThreadPoolExecutor(16) as pool:
        found = zip(tasks, pool.map(lambda task: read_receipt(folder, task), tasks), strict=True)
        return {task: receipt for task, receipt in found if receipt is not None}


def with_receipts(folder: str, tasks: Sequence[str]) -> list[str]:
    """Return those of the tasks that have a receipt, be it damaged."""
    present = set(files.names_in(files.join(folder, "receipts"))) if tasks else set()
    return [task for task in tasks if f"{task}.json" in present]


def read_receipt(folder: str, task: str) -> Receipt | None:
    """Return the receipt of a task; None if it is not as it was written."""
    path = _path(folder, task)
    if (content := unsealed(files.read_bytes(path))) is not None:
        return Receipt.model_validate_json(content)
    logger.warning("%s: damaged: its task is done again", path)
    return None


def withdraw(folder: str, tasks: Iterable[str]) -> None:
    """Remove the receipts of tasks that have one: what they wrote does not exist any more."""
    for task in with_receipts(folder, list(tasks)):
        files.remove(_path(folder, task))


def with_files(folder: str, receipts: Mapping[str, Receipt]) -> dict[str, Receipt]:
    """Return those of the receipts whose files are there, each as long as it was written."""
    sizes = files.sizes_below(folder) if receipts else {}
    return {task: receipt for task, receipt in receipts.items() if _are_there(receipt, sizes)}


def _are_there(receipt: Receipt, sizes: Mapping[str, int]) -> bool:
    return all(sizes.get(file.path) == file.bytes for file in receipt.files.values())


def altered(folder: str, receipts: Iterable[Receipt]) -> list[str]:
    """Return the tasks of which a file is not what the receipt says, by its SHA-256, or cannot be read."""

    def is_altered(receipt: Receipt) -> bool:
        try:
            return any(files.sha256(files.join(folder, file.path)) != file.sha256 for file in receipt.files.values())
        except OSError:
            return True

    every = list(receipts)
    with ThreadPoolExecutor(16) as pool:
        return [receipt.task for receipt, wrong in zip(every, pool.map(is_altered, every), strict=True) if wrong]


def _path(folder: str, task: str) -> str:
    return files.join(folder, "receipts", f"{task}.json")
