"""What the stages of dedup share: their settings, and how documents are divided among tasks."""

from collections.abc import Sequence
from typing import ClassVar, Literal, TypeVar

from pydantic import Field, JsonValue

from dedup.minhash import MinHashSettings
from dedup.paragraphs import Repetition
from pipeline.stages.base import RunState, Stage, Workspace
from pipeline.stages.dedup.earlier import Earlier, opened

T = TypeVar("T")

MOST = 2048  # each task of one stage writes to all of them, and each of the next reads from all groups
DOCUMENTS = 250_000  # for a partition, at most: 3.5 million records
WORKERS, FEW = 16, 4096  # so many partitions with fewer documents, for so many workers, unless they had less than this


class DedupStage(Stage):
    """The settings of de-duplication; each of its stages is named by those that decide what it writes."""

    payload: bool = Field(
        True,
        description="deduplicate documents that were read from the same bytes (of the HTTP body, or of the record)",
    )
    url: Literal["latest", "earliest"] | None = Field(
        None,
        description=(
            "deduplicate captures of one address, keeping the latest or the earliest; null: addresses are "
            "ignored, since many collections give one address to many records"
        ),
    )
    doi: tuple[str, ...] = Field(
        (),
        description=(
            "deduplicate works by their DOI among these sources, keeping the text of the source that is named first; "
            "empty: DOIs are ignored, since repositories give one to many files"
        ),
    )
    exact: bool = Field(
        True,
        description="deduplicate texts that differ only in case, width, punctuation, spaces and the script of Chinese",
    )
    paragraphs: Repetition | None = Field(
        None, description="remove lines that many documents share; null: none are removed"
    )
    minhash: MinHashSettings | None = Field(
        MinHashSettings(), description="deduplicate near duplicates by MinHash; null: not at all"
    )
    partitions: int | None = Field(
        None,
        ge=1,
        description=(
            "the number of partitions (tasks) for keys and clusters; null: 1 to 2,048, with 4,096 to 250,000 documents "
            "each. More make tasks smaller and exchange more files"
        ),
    )
    rounds: int = Field(
        24,
        ge=0,
        description=(
            "the most rounds of joining candidates over partitions, where one task cannot hold all of them; "
            "with fewer than needed, or 0, one task joins the rest and needs much memory"
        ),
    )
    against: tuple[str, ...] = Field(
        (),
        description=(
            "earlier runs (output folders, or folders of their indexes); duplicates of their documents are rejected"
        ),
    )
    replace: bool = Field(False, description="let a better document supersede one that an earlier run published")
    index: bool = Field(True, description="write the index that a later run needs for `against`")

    decided_by: ClassVar[tuple[str, ...]] = ()  # the settings that decide what this stage writes

    def settings(self) -> dict[str, JsonValue]:
        """Return the settings that decide; of what earlier runs hold, each task names the digest."""
        return {"name": self.name, **self.model_dump(mode="json", include=set(self.decided_by))}

    def divided(self, state: RunState) -> int:
        """Return how many partitions there are.

        They stay of one size as the input grows, and so do their tasks. Their number only doubles, so that a new file
        seldom changes it: that sorts all keys again.
        """
        if self.partitions:
            return self.partitions
        documents = sum(receipt.kept_rows for receipt in state.finished["documents"].receipts.values())
        documents += sum(file.rows for layer in self.earlier().layers for file in layer.index.documents)
        wanted = max(min(WORKERS, -(-documents // FEW)), -(-documents // DOCUMENTS), 1)
        return min(1 << (wanted - 1).bit_length(), MOST)

    def earlier(self) -> Earlier:
        """Return the earlier indexes.

        Raises
        ------
        ConfigError
            if one is not there, or was made in another way.
        """
        return opened(self.against, self.minhash)

    def senders(self, workspace: Workspace) -> tuple[str, ...]:
        """Return the tasks that a task reads, without the earlier indexes, which it names last."""
        reads = workspace.task.reads
        return reads[: len(reads) - len(self.earlier().digests)]


def grouped(shards: Sequence[T], partitions: int) -> list[Sequence[T]]:
    """Return groups of consecutive shards: a power of two of them in each, the fewest for two groups a partition.

    What passes between groups and partitions is read in groups x partitions pieces: of shards instead, which are small
    and many, they would be so many that opening them is most of the work.
    """
    size = 1 << max(-(-len(shards) // (2 * partitions)) - 1, 0).bit_length()
    return [shards[first : first + size] for first in range(0, len(shards), size)]


def group_sizes(state: RunState) -> list[list[int]]:
    """Return how many signed documents each shard of each group has; a node's row counts through them."""
    sizes = iter(state.finished["signatures"].rows("signatures"))
    return [[next(sizes) for _ in group.reads] for group in state.finished["keys"].tasks]
