"""What became of every row of a run, from its receipts alone."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import JsonValue, ValidationError

from pipeline.answers.finished_run import FinishedRun
from pipeline.errors import QuestionError
from pipeline.stages.base import Facts, FinishedStage
from pipeline.stages.dedup.candidates import CandidatesFacts
from pipeline.stages.dedup.components import ComponentsFacts
from pipeline.stages.dedup.survivors import SurvivorsFacts
from pipeline.stages.documents import DocumentsFacts
from shards.errors import plainly

F = TypeVar("F", bound=Facts)


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


def funnel(stages: Sequence[FinishedStage]) -> list[StageFunnel]:
    """Return the funnel of each stage, in order."""
    return [_funnel(stage) for stage in stages]


def _funnel(stage: FinishedStage) -> StageFunnel:
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
        _skipped(stage),
        sum(receipt.seconds for receipt in receipts),
        sum(receipt.cpu_seconds for receipt in receipts),
        max((receipt.peak_bytes for receipt in receipts), default=0),
    )


def trial_of(run: FinishedRun) -> int | None:
    """Return how many documents of each source a trial has read, at most; None of a whole run."""
    stages = run.config.get("stages")
    for stage in stages if isinstance(stages, list) else ():
        if isinstance(stage, dict) and isinstance(limit := stage.get("limit"), int):
            return limit
    return None


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
            "seconds": stage.seconds,
            "cpu_seconds": stage.cpu_seconds,
            "peak_bytes": stage.peak_bytes,
        }
        for stage in stages
    ]


def _skipped(stage: FinishedStage) -> Counter[str]:
    read = _facts(stage, DocumentsFacts) if stage.name == "documents" else []
    return sum((Counter(facts.skipped) for facts in read), Counter())


def _facts(stage: FinishedStage, model: type[F]) -> list[F]:
    try:
        return stage.facts(model)
    except ValidationError as error:
        raise QuestionError(
            f"{stage.folder}: written by another version ({plainly(error)}); repeat the same `yuliao run`"
        ) from error


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


def likeness(stages: Sequence[FinishedStage]) -> Likeness | None:
    """Return what the search for near duplicates met with, or None if the run had none."""
    finished = {stage.name: stage for stage in stages}
    survivors = _facts(finished["survivors"], SurvivorsFacts) if "survivors" in finished else []
    if not survivors:
        return None
    candidates = _facts(finished["candidates"], CandidatesFacts)
    fullest = max(candidates, key=lambda facts: (facts.largest, -facts.largest_key))
    return Likeness(
        fullest_bucket=fullest.largest,
        fullest_key=fullest.largest_key,
        largest_component=max(facts.largest for facts in _facts(finished["components"], ComponentsFacts)),
        compared=sum(facts.compared for facts in survivors),
        pairs=sum(facts.pairs for facts in survivors),
        given_up=sum(facts.given_up for facts in survivors),
        superseded=sum(facts.superseded for facts in survivors),
    )
