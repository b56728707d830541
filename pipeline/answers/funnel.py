"""What became of every row of a run, from its receipts alone."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from pipeline.stages.base import Finished


@dataclass(frozen=True)
class StageFunnel:
    """The documents that entered a stage, and what it did with them, by language."""

    name: str
    folder: str
    tasks: int
    rows: int
    kept: Counter[str] = field(default_factory=Counter)
    rejected: dict[str, Counter[str]] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()
    skipped: Counter[str] = field(default_factory=Counter)  # what the sources left out, by kind
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_bytes: int = 0

    @property
    def kept_rows(self) -> int:
        """The documents that went on."""
        return self.kept.total()

    def reasons(self) -> list[tuple[str, int]]:
        """Return the documents rejected for each reason, the most frequent first."""
        return sorted(((r, c.total()) for r, c in self.rejected.items()), key=lambda item: (-item[1], item[0]))

    def languages(self) -> list[str]:
        """Return the languages seen here, those with the most documents first."""
        total = sum(self.rejected.values(), Counter(self.kept))
        return sorted(total, key=lambda language: (-total[language], language))


def funnel(stages: Sequence[Finished]) -> list[StageFunnel]:
    """Return the funnel of each stage, in order."""
    return [_funnel(stage) for stage in stages]


def _funnel(stage: Finished) -> StageFunnel:
    receipts = [stage.receipts[task.key] for task in stage.tasks]
    rejected: dict[str, Counter[str]] = {}
    for receipt in receipts:
        for reason, languages in receipt.rejected.items():
            rejected.setdefault(reason, Counter()).update(languages)
    return StageFunnel(
        stage.name,
        stage.folder,
        len(receipts),
        sum(receipt.rows for receipt in receipts),
        sum((Counter(receipt.kept) for receipt in receipts), Counter()),
        rejected,
        tuple(sorted(why for receipt in receipts for why in receipt.unreadable)),
        sum((Counter(receipt.facts.get("skipped", {})) for receipt in receipts), Counter()),
        sum(receipt.seconds for receipt in receipts),
        sum(receipt.cpu_seconds for receipt in receipts),
        max((receipt.peak_bytes for receipt in receipts), default=0),
    )


def funnel_as_json(stages: Iterable[StageFunnel]) -> list[JsonValue]:
    """Return the funnel of a run, stage by stage: documents kept by language, and rejected by reason and language."""
    return [
        {
            "stage": stage.name,
            "folder": stage.folder,
            "tasks": stage.tasks,
            "rows": stage.rows,
            "kept": dict(stage.kept),
            "rejected": {reason: dict(languages) for reason, languages in stage.rejected.items()},
            "left_out": dict(stage.skipped),
            "unreadable": list(stage.unreadable),
        }
        for stage in stages
    ]


@dataclass(frozen=True)
class Likeness:
    """What the search for near duplicates met with."""

    fullest_bucket: int  # documents that share one key
    fullest_key: int
    largest_component: int  # documents that might be alike, through others
    compared: int
    pairs: int
    given_up: int  # documents that were not compared with all that they might be like: pairs among them may be missed
    superseded: int = 0  # documents of earlier releases whose place a better one takes


def likeness(stages: Sequence[Finished]) -> Likeness | None:
    """Return what the search for near duplicates met with, or None if the run had none."""
    facts = {stage.name: [stage.receipts[task.key].facts for task in stage.tasks] for stage in stages}
    if not facts.get("survivors"):
        return None
    fullest = max(facts["candidates"], key=lambda each: (each["largest"], -each["largest_key"]))
    compared, pairs, given_up, superseded = (
        sum(each.get(name, 0) for each in facts["survivors"])
        for name in ("compared", "pairs", "given_up", "superseded")
    )
    largest = max(each["largest"] for each in facts["components"])
    return Likeness(fullest["largest"], fullest["largest_key"], largest, compared, pairs, given_up, superseded)
