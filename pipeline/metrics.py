"""The numbers of a run in Prometheus's text format, each the sum of what the receipts of its tasks say.

OUTPUT/metrics.prom   for node_exporter's textfile collector, or any other reader: no server, no port
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from shards.receipts import Receipt


@dataclass
class StageNumbers:
    """What the tasks of a stage have come to so far."""

    planned: int = 0
    done: int = 0
    failed: int = 0
    retries: int = 0
    kept: int = 0
    rejected: Counter[str] = field(default_factory=Counter)  # by reason
    bytes: int = 0
    cpu_seconds: float = 0.0
    peak_bytes: int = 0
    unreadable: int = 0

    def add(self, receipt: Receipt) -> None:
        """Count a finished task."""
        self.done += 1
        self.kept += receipt.kept_rows
        for reason, languages in receipt.rejected.items():
            self.rejected[reason] += sum(languages.values())
        self.bytes += sum(file.bytes for file in receipt.files.values())
        self.cpu_seconds += receipt.cpu_seconds
        self.peak_bytes = max(self.peak_bytes, receipt.peak_bytes)
        self.unreadable += len(receipt.unreadable)


METRICS = {  # by name: its type, and what it is
    "yuliao_tasks": ("gauge", "tasks of a stage, by state: planned, done, failed in this attempt"),
    "yuliao_task_retries": ("gauge", "tasks that were begun again in this attempt, since their worker was lost"),
    "yuliao_documents": ("gauge", "documents that a stage has judged, by verdict"),
    "yuliao_rejected_documents": ("gauge", "documents that a stage has rejected, by reason"),
    "yuliao_written_bytes": ("gauge", "bytes of the shards of a stage"),
    "yuliao_cpu_seconds": ("gauge", "CPU seconds of the tasks of a stage"),
    "yuliao_peak_bytes": ("gauge", "memory of the largest task of a stage"),
    "yuliao_unreadable_inputs": ("gauge", "input files that could not be read to their end"),
}


def as_text(run: str, stages: Iterable[tuple[str, StageNumbers]]) -> str:
    """Return the numbers of a run, a line each, with what each is."""
    lines: dict[str, list[str]] = {name: [] for name in METRICS}
    for stage, numbers in stages:
        for metric, label, value in _samples(numbers):
            labels = {"run": run, "stage": stage, **label}
            pairs = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
            lines[metric].append(f"{metric}{{{pairs}}} {value}\n")
    return "".join(
        f"# HELP {metric} {meaning}\n# TYPE {metric} {kind}\n" + "".join(lines[metric])
        for metric, (kind, meaning) in METRICS.items()
    )


def _samples(numbers: StageNumbers) -> Iterator[tuple[str, dict[str, str], float]]:
    for state in ("planned", "done", "failed"):
        yield "yuliao_tasks", {"state": state}, getattr(numbers, state)
    yield "yuliao_task_retries", {}, numbers.retries
    yield "yuliao_documents", {"verdict": "kept"}, numbers.kept
    yield "yuliao_documents", {"verdict": "rejected"}, numbers.rejected.total()
    for reason, count in sorted(numbers.rejected.items()):
        yield "yuliao_rejected_documents", {"reason": reason}, count
    yield "yuliao_written_bytes", {}, numbers.bytes
    yield "yuliao_cpu_seconds", {}, round(numbers.cpu_seconds, 3)
    yield "yuliao_peak_bytes", {}, numbers.peak_bytes
    yield "yuliao_unreadable_inputs", {}, numbers.unreadable


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
