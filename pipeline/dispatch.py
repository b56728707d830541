"""What decides how tasks are handed to workers: how many at once, with how much memory, and how often again.

Nothing here knows Ray: `pipeline.runner` asks.
"""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from pipeline.stages.base import Task
from shards.receipts import Receipt

RETRIES: Final = 3  # of a task whose worker died; a task that raises is not tried again here
LOST_NODES: Final = 20  # that a task may have been on: spot nodes vanish, but a task may also take its node with it
WINDOW: Final = 4  # calls in flight per slot: enough to keep workers busy, few enough for the driver
CALL_SECONDS: Final = 0.5  # of work in a call: a call costs the driver a millisecond or two
MOST_TASKS: Final = 64  # in a call: what is in flight is lost with its worker
SPARE: Final = 1.1  # of memory, over what the largest task so far has taken
STEP: Final = 256 << 20  # bytes of memory: Ray keeps workers apart by what they were asked for


@dataclass
class Losses:
    """How often each task has lost its worker, and how often with the whole node."""

    workers: Counter[str] = field(default_factory=Counter)
    nodes: Counter[str] = field(default_factory=Counter)

    def bear(self, task: str, *, by_node: bool) -> bool:
        """Count a loss, and return whether the task is to be begun again."""
        (self.nodes if by_node else self.workers)[task] += 1
        return self.workers[task] <= RETRIES and self.nodes[task] <= LOST_NODES

    def told(self, task: str) -> str:
        """Return how often, in words."""
        return f"{self.workers[task]} times" + (f", and {self.nodes[task]} nodes" if self.nodes[task] else "")


class Queue:
    """The tasks of a stage that wait for a worker, in calls of one or of many.

    Tasks that take little time go to a worker together. A worker that dies with several of them does not tell which one
    was the cause: each of them is then begun again by itself.
    """

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._waiting = deque(tasks)
        self._alone: deque[Task] = deque()
        self._seconds: float | None = None  # of a task, as the slowest of the last ones
        self.peak_bytes = 0  # of memory, of the largest task that has ended

    def __len__(self) -> int:
        return len(self._waiting) + len(self._alone)

    def take(self, slots: int) -> list[Task]:
        """Return the tasks of the next call, of a cluster that does so many at once; none if none is waiting."""
        if not self._waiting:
            return [self._alone.popleft()] if self._alone else []
        return [self._waiting.popleft() for _ in range(self._size(slots))]

    def again(self, task: Task, *, alone: bool = True) -> None:
        """Let a task wait behind the others, where it has more memory to itself."""
        (self._alone if alone else self._waiting).append(task)

    def ended(self, receipts: Sequence[Receipt]) -> None:
        """Learn from tasks that have ended."""
        if receipts:
            slowest = max(receipt.seconds for receipt in receipts)
            self._seconds = max(slowest, 0.8 * (self._seconds or 0.0))
            self.peak_bytes = max(self.peak_bytes, *(receipt.peak_bytes for receipt in receipts))

    def _size(self, slots: int) -> int:
        if self._seconds is None:
            return 1
        shared = len(self._waiting) // (slots * WINDOW)  # so that in the end no worker waits for another's many
        return max(1, min(MOST_TASKS, int(CALL_SECONDS / max(self._seconds, 1e-3)), shared))


def reservation(peak_bytes: int, largest_node: int) -> int:
    """Return how many bytes of memory to ask for, given the largest task so far and what the largest node has.

    It is a multiple of 256 MiB, and no more than a node has: a task that asks for more would wait for ever.
    """
    return min(-(-int(peak_bytes * SPARE) // STEP), largest_node // STEP) * STEP
