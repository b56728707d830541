"""How far the tasks of a round have come, for those who watch: a task writes `progress.json` while it runs.

{host: {OUTCOME: attempts that ended so, …, waiting, ready_at, rests}}
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from pipeline.crawl.outcomes import Outcome
from pipeline.crawl.reports import REPORT, TaskReport
from pipeline.crawl.rows import Row

PROGRESS = "progress.json"


@dataclass(frozen=True, slots=True)
class HostProgress:
    """What was asked of a host so far, and what is still to be asked."""

    attempts: Mapping[str, int]  # by outcome, `retry` among them
    waiting: int  # links
    ready_at: float  # when it may be asked again
    rests: bool  # until the next round

    @classmethod
    def from_json(cls, row: Row) -> "HostProgress":
        """Return what `to_json` gave."""
        attempts = {name: count for name, count in row.items() if name not in ("waiting", "ready_at", "rests")}
        return cls(attempts, row["waiting"], row["ready_at"], row["rests"])

    def to_json(self) -> Row:
        """Return the figures of a host."""
        return {**self.attempts, "waiting": self.waiting, "ready_at": self.ready_at, "rests": self.rests}


def write_progress(directory: Path, hosts: Mapping[str, HostProgress]) -> None:
    """Replace what a task said before."""
    text = json.dumps({name: host.to_json() for name, host in hosts.items()}, indent=1)
    (directory / "progress.tmp").write_text(text, encoding="utf-8")
    (directory / "progress.tmp").replace(directory / PROGRESS)


def read_progress(directory: Path) -> dict[str, HostProgress]:
    """Return what a task last said; nothing, if it has said nothing yet or is done."""
    try:
        text = (directory / PROGRESS).read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    return {name: HostProgress.from_json(row) for name, row in json.loads(text).items()}


def round_progress(place: Path) -> str:
    """Return how far the tasks of a round have come, in a line: those under way by what they last wrote down."""
    tasks = [path.parent for path in place.glob("*/input.jsonl.gz")]
    done = 0
    outcomes: Counter[str] = Counter()
    resting: list[str] = []
    for task in tasks:
        if (task / REPORT).exists():
            done += 1
            outcomes.update(TaskReport.read(task).pages)
            continue
        for name, host in read_progress(task).items():
            outcomes.update({each: count for each, count in host.attempts.items() if each in get_args(Outcome)})
            resting += [name] * host.rests
    said = ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.most_common())
    names = f"; resting: {', '.join(sorted(resting)[:5])}" if resting else ""
    return f"{place.name}: {done} of {len(tasks)} tasks done; {said or 'nothing answered yet'}{names}"
