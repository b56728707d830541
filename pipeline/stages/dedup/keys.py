"""The stage `keys`: sorts the keys of a group of shards by partition, and finds who shares one within the group.

records/     key, row, count: one per key of the group; a batch for each partition, as `dedup.records` packs them
edges/       node, other: who shares a key within the group

A row, and so a node, counts the signed documents of the group through all of its shards. A later stage reads as many
pieces as there are groups and partitions, however small the shards. How documents are divided decides nothing of their
signatures, so that when it changes no text is read again.
"""

from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa

from dedup.candidates import combine
from dedup.index import KEYS, matrix_of, signatures_in
from dedup.minhash import band_keys, empty
from dedup.records import Records, first_keys, merged, nodes_of, packed, partitioned, records_of
from pipeline.stages.base import Known, Outcome, Part, Task, Workspace
from pipeline.stages.dedup.base import DedupStage, grouped
from pipeline.stages.dedup.exchange import Sent, send
from pipeline.stages.dedup.rows import EDGES, RECORDS, edge_batch, record_batch
from shards import files

NO_RECORDS = Records(np.zeros(0, np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.uint32))


class KeysPart(Part):
    """A group of shards; the task reads those of its signatures."""

    partitions: int


class KeysStage(DedupStage):
    """Sorts the keys of a group of shards by partition."""

    name: Literal["keys"] = "keys"
    decided_by: ClassVar[tuple[str, ...]] = ("minhash", "partitions")

    def tasks(self, known: Known) -> list[Task]:
        signed, partitions = known.finished["signatures"], self.divided(known)
        groups = grouped(list(zip(signed.keys, signed.rows("signatures"), strict=True)), partitions)
        return [
            Task.of((key for key, _ in group), KeysPart(partitions=partitions), weight=sum(rows for _, rows in group))
            for group in groups
        ]

    def process(self, workspace: Workspace) -> Outcome:
        partitions = workspace.part(KeysPart).partitions
        combined, local = combine(self._records_of_group(workspace))
        words = map(packed, partitioned(combined, partitions), first_keys(partitions))
        sent = send(workspace, "records", map(record_batch, words), RECORDS)
        workspace.write("edges", [edge_batch(local)], EDGES)
        return Outcome(facts=Sent(sent=sent))

    def _records_of_group(self, workspace: Workspace) -> Records:
        """Return the records of all signed documents of the group."""
        records, first = [NO_RECORDS], 0
        for key in workspace.task.reads:
            for batch in files.read_shard(workspace.upstream("signatures", "signatures", key), ["signature", *KEYS]):
                records += self._records(pa.Table.from_batches([batch]), first)
                first += batch.num_rows
        return merged(records)

    def _records(self, documents: pa.Table, first: int) -> list[Records]:
        """Return the records of signed documents of which the first is this one of its group."""
        signed = signatures_in(documents, self.minhash)
        nodes = nodes_of(0, len(signed)) + np.uint64(first)
        without = empty(signed)  # nothing to compare but the whole: a document of symbols only
        records = []
        for name in KEYS:
            key = matrix_of(documents[name], "u8")
            none = (key[:, 0] | key[:, 1]) == 0
            records.append(records_of(key[:, :1], nodes, none | ~without if name == "exact" else none))
        if self.minhash:
            bands = band_keys(signed, self.minhash.bands, self.minhash.rows)
            records.append(records_of(bands, nodes, without))
        return records
