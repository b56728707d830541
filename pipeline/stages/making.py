"""How a release was made, as its card tells it: what each stage kept and rejected, from where, and its name."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from pipeline.stages.base import FinishedStage
from shards.release.card_parts import Making, Step

FIRST, LAST = "documents", "publish"  # they judge documents too, beside the judges between


def making_of(finished: Mapping[str, FinishedStage], sources: Iterable[str], lineage: str, contact: str) -> Making:
    """Return how a release was made; `lineage` is the name of its file."""
    return Making(tuple(_steps(finished)), sorted(set(sources)), lineage, contact)


def _steps(finished: Mapping[str, FinishedStage]) -> Iterator[Step]:
    """Yield what each stage that judges documents made of them, from its receipts."""
    for name, stage in finished.items():
        if stage.judges or name in (FIRST, LAST):
            receipts = stage.receipts.values()
            reasons: Counter[str] = Counter()
            for receipt in receipts:
                reasons.update({reason: sum(languages.values()) for reason, languages in receipt.rejected.items()})
            yield Step(
                name, sum(receipt.rows for receipt in receipts), sum(receipt.kept_rows for receipt in receipts), reasons
            )
