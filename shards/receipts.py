"""The receipt of a task, written last: a shard exists if and only if a receipt names it.

Every row that a task read is in it as kept or as rejected, with the reason and the language:

    kept       {language: documents}
    rejected   {reason: {language: documents}}

A receipt is sealed (`shards.seal`). One that is damaged or edited is none: its task is not done.
"""

import logging
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from types import MappingProxyType
from typing import Annotated, Final, Self, TypeVar

from pydantic import BaseModel, JsonValue, SkipValidation, model_validator

from shards import files
from shards.seal import sealed, unsealed
from shards.secrets import redacted

logger = logging.getLogger(__name__)

T = TypeVar("T")

UNKNOWN_LANGUAGE = "und"
AS_OBJECTS: Final = 1000  # receipts of a stage: so many are read again and again at no cost


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


class Receipts(Mapping[str, Receipt]):
    """The receipts of a stage by their tasks, beyond the first thousand as compressed JSON.

    As objects, 100,000 of a large web archive take 2 GB; compressed, 100 MB. What is taken out is made anew each time.
    """

    def __init__(self, receipts: Mapping[str, Receipt] = MappingProxyType({})) -> None:
        self._kept: dict[str, Receipt | bytes] = {}
        for receipt in receipts.values():
            self.add(receipt)

    def add(self, receipt: Receipt) -> None:
        """Take a receipt, in place of one of the same task."""
        room = receipt.task in self._kept or len(self._kept) < AS_OBJECTS
        self._kept[receipt.task] = receipt if room else zlib.compress(receipt.model_dump_json().encode(), 1)

    def only(self, tasks: Iterable[str]) -> "Receipts":
        """Return those of some tasks."""
        some = Receipts()
        some._kept = {task: self._kept[task] for task in tasks}
        return some

    def __contains__(self, task: object) -> bool:
        return task in self._kept

    def __getitem__(self, task: str) -> Receipt:
        kept = self._kept[task]
        return kept if isinstance(kept, Receipt) else Receipt.model_validate_json(zlib.decompress(kept))

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


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


def read_receipts(folder: str, tasks: Sequence[str]) -> Receipts:
    """Return the receipts of those of the tasks that are done."""
    return those_written(folder, with_receipts(folder, tasks))


def those_written(folder: str, tasks: Sequence[str]) -> Receipts:
    """Return the receipts of tasks that have one, as far as they are as they were written."""
    receipts = Receipts()
    with ThreadPoolExecutor(16) as pool:
        for some in batched(tasks, AS_OBJECTS):  # what the pool has read and nobody taken yet is there as objects
            for receipt in pool.map(lambda task: read_receipt(folder, task), some):
                if receipt is not None:
                    receipts.add(receipt)
    return receipts


def with_receipts(folder: str, tasks: Sequence[str]) -> list[str]:
    """Return those of the tasks that have a receipt, be it damaged."""
    present = set(files.names_in(files.join(folder, "receipts"))) if tasks else set()
    return [task for task in tasks if f"{task}.json" in present]


def tasks_in(folder: str) -> list[str]:
    """Return every task that has a receipt, be it damaged, or of no task any more."""
    names = files.names_in(files.join(folder, "receipts"))
    return sorted(name.removesuffix(".json") for name in names if name.endswith(".json"))


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


def with_files(folder: str, receipts: Receipts) -> Receipts:
    """Return those of the receipts whose files are there, each as long as it was written."""
    sizes = files.sizes_below(folder) if receipts else {}
    return receipts.only([task for task, receipt in receipts.items() if _are_there(receipt, sizes)])


def _are_there(receipt: Receipt, sizes: Mapping[str, int]) -> bool:
    return all(sizes.get(file.path) == file.bytes for file in receipt.files.values())


def altered(folder: str, receipts: Iterable[Receipt]) -> list[str]:
    """Return the tasks of which a file is not what the receipt says, by its SHA-256, or cannot be read."""

    def is_altered(receipt: Receipt) -> bool:
        try:
            return any(files.sha256(files.join(folder, file.path)) != file.sha256 for file in receipt.files.values())
        except OSError:
            return True

    with ThreadPoolExecutor(16) as pool:
        return [
            receipt.task
            for some in batched(receipts, AS_OBJECTS)
            for receipt, wrong in zip(some, pool.map(is_altered, some), strict=True)
            if wrong
        ]


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield items in lists of a size."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def _path(folder: str, task: str) -> str:
    return files.join(folder, "receipts", f"{task}.json")
