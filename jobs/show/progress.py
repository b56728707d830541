"""What a run looks like while it runs: a bar per stage on a terminal, a log line now and then elsewhere."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from jobs.show.console import shown
from pipeline.plan import PlannedStage, Work
from pipeline.run import Progress as RunProgress
from pipeline.stages.base import Task
from pipeline.task import Failure
from shards.receipts import Receipt

logger = logging.getLogger(__name__)

LOG_EVERY = 10.0  # seconds between log lines of one stage


class _Tally:
    """Counts what the tasks of a stage did."""

    def __init__(self, stage: PlannedStage, work: Work) -> None:
        self.name = stage.stage.name
        self.total = len(work.tasks)
        self.done = len(work.receipts)
        self.ran = self.failed = self.unreadable = self.rows = self.kept = 0
        self.started = time.monotonic()

    def add(self, result: Receipt | Failure) -> None:
        self.done += 1
        self.ran += 1
        if isinstance(result, Failure):
            self.failed += 1
        else:
            self.rows += result.rows
            self.kept += result.kept_rows
            self.unreadable += len(result.unreadable)

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self.started

    def __str__(self) -> str:
        """Say what there is to say: not every stage counts documents."""
        parts = []
        if self.rows:
            rate = self.rows / max(self.seconds, 1e-3)
            parts.append(f"{self.rows:,} documents, {rate:,.0f}/s, {self.kept / self.rows:.0%} kept")
        if self.unreadable:
            parts.append(f"{self.unreadable} files unreadable")
        if self.failed:
            parts.append(f"{self.failed} failed")
        return ", ".join(parts)


class _Bars:
    """A line per stage on a terminal: tasks, documents, documents per second, share kept, time left."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tally: _Tally
        self._bar: TaskID

    def begin(self, stage: PlannedStage, work: Work) -> None:
        self._tally = _Tally(stage, work)
        done = sum(task.weight for task in work.tasks if task.key in work.receipts)
        total = sum(task.weight for task in work.tasks)
        self._bar = self._bars.add_task(stage.stage.name, total=total, completed=done, **self._columns())

    def advance(self, task: Task, result: Receipt | Failure) -> None:
        self._tally.add(result)
        self._bars.update(self._bar, advance=task.weight, **self._columns())

    def end(self, stage: PlannedStage) -> None:
        self._bars.stop_task(self._bar)

    def _columns(self) -> dict[str, Any]:
        return {"tasks": f"{self._tally.done}/{self._tally.total} tasks", "tally": str(self._tally)}


class _Log:
    """Plain lines: the beginning and end of each stage, and in between one every ten seconds."""

    def __init__(self) -> None:
        self._tally: _Tally
        self._last = 0.0

    def begin(self, stage: PlannedStage, work: Work) -> None:
        self._tally = _Tally(stage, work)
        self._last = time.monotonic()
        logger.info(
            "%s: %d of %d tasks to do in %s",
            stage.stage.name,
            len(work.remaining),
            len(work.tasks),
            shown(stage.folder),
        )

    def advance(self, task: Task, result: Receipt | Failure) -> None:
        self._tally.add(result)
        if time.monotonic() - self._last >= LOG_EVERY:
            self._last = time.monotonic()
            self._say(f"{self._tally.done} of {self._tally.total} tasks done")

    def end(self, stage: PlannedStage) -> None:
        self._say(f"{self._tally.ran} tasks done in {self._tally.seconds:.1f} s")

    def _say(self, done: str) -> None:
        logger.info("%s: %s", self._tally.name, ", ".join(filter(None, [done, str(self._tally)])))


@contextmanager
def progress_on(console: Console) -> Iterator[RunProgress]:
    """Give the progress display that suits where the output goes."""
    if not console.is_terminal:
        yield _Log()
        return
    columns = (
        TextColumn("{task.description:<12}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[tasks]}  {task.fields[tally]}", markup=False),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bars:
        yield _Bars(bars)
