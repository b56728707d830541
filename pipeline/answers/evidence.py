"""What the rights in documents rest on, and which opt-outs were met, of a sample of a run's tasks or of a release."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from shards import files

OPT_OUTS = ("reservation", "preference")  # what such evidence speaks of
UNKNOWN = "unknown"


@dataclass(frozen=True)
class EvidenceCount:
    """Documents that have evidence of a kind, by what it speaks of; some have several."""

    kind: str
    subject: str
    documents: int
    kept: int

    @property
    def is_opt_out(self) -> bool:
        """Whether it is a reservation of rights, or a preference."""
        return self.subject in OPT_OUTS


def evidence_counts(shards: Iterable[str]) -> list[EvidenceCount]:
    """Return the evidence in shards of documents, the most frequent first; `kept`: that nothing has rejected yet."""
    every: Counter[tuple[str, str]] = Counter()
    kept: Counter[tuple[str, str]] = Counter()
    for uri in shards:
        there = set(files.schema_of(uri).names)
        columns = [name for name in ("evidence", "rejected_by") if name in there]
        for batch in files.read_shard(uri, columns):
            here = _pairs(batch)
            every.update(here)
            if "rejected_by" not in there:
                kept.update(here)
            else:
                kept.update(_pairs(batch.filter(pc.is_null(batch["rejected_by"]))))
    counts = [EvidenceCount(*pair, count, kept[pair]) for pair, count in every.items()]
    return sorted(counts, key=lambda one: (-one.documents, one.kind, one.subject))


def _pairs(batch: pa.RecordBatch) -> Mapping[tuple[str, str], int]:
    """Return how many documents have evidence of each kind and subject."""
    lists = batch["evidence"]
    items = pc.list_flatten(lists)
    table = pa.table(
        {
            "row": pc.list_parent_indices(lists),
            "kind": pc.struct_field(items, "kind"),
            "subject": pc.struct_field(items, "subject").fill_null(UNKNOWN),
        }
    )
    each = table.group_by(["row", "kind", "subject"], use_threads=False).aggregate([])
    counts = each.group_by(["kind", "subject"], use_threads=False).aggregate([([], "count_all")]).to_pydict()
    return dict(zip(zip(counts["kind"], counts["subject"], strict=True), counts["count_all"], strict=True))
