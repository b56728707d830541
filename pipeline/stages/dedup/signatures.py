"""Signs every document, and sorts its keys by partition: a task per shard of documents.

signatures/  a row per document that stands: `dedup.index.signed_schema`
records/     key, row, count: one per key of the shard; by partition, then key; as `dedup.records` packs them
edges/       node, other: who shares a key within the shard
"""

from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup.candidates import combine
from dedup.exact import digest_keys, exact_keys
from dedup.folding import Folding
from dedup.index import fixed, shingle_lists, signed_schema
from dedup.minhash import Signatures, band_keys, empty, signatures
from dedup.records import Records, first_keys, merged, nodes_of, packed, partitioned, records_of
from dedup.shingles import Hashes, shingle_sets
from dedup.urls import url_keys
from filters.licences.verdicts import restrictiveness, verdict_of
from pipeline.stages.base import Known, Outcome, Task, Workspace
from pipeline.stages.dedup.base import DedupStage
from pipeline.stages.dedup.rows import EDGES, RECORDS, edge_batch, record_batch
from pipeline.stages.standing import standing, tasks_beside

COLUMNS = ("id", "text", "license", "quality_score", "published", "fetched_at", "url", "language", "provenance")


class SignaturesStage(DedupStage):
    """Signs every document that stands, and sorts its keys by partition."""

    name: Literal["signatures"] = "signatures"
    decided_by: ClassVar[tuple[str, ...]] = ("payload", "url", "exact", "minhash", "partitions")

    def settings(self) -> dict[str, Any]:
        return {**super().settings(), "url": self.url is not None}  # which capture stays is decided later

    def check(self) -> None:
        self.earlier()

    def tasks(self, known: Known) -> list[Task]:
        divided = {"partitions": self.divided(known)}
        return [task.model_copy(update={"part": {**task.part, **divided}}) for task in tasks_beside(known)]

    def process(self, workspace: Workspace) -> Outcome:
        documents = standing(workspace, workspace.task.part, COLUMNS)
        rows = pc.indices_nonzero(pc.is_null(documents["rejected_by"]))
        documents = documents.take(rows)
        texts = documents["text"].combine_chunks()
        signed, keys = self._signed(texts), self._keys(documents)
        bounds = self._exchanged(workspace, signed, keys)
        columns = {"row": rows, "signature": fixed(signed), **{name: fixed(key) for name, key in keys.items()}}
        columns |= self._shingles(texts) | _rank(documents)
        columns |= {"captured": documents["fetched_at"]} | {n: documents[n] for n in ("url", "license", "language")}
        schema = signed_schema(self.minhash)
        table = pa.table({name: columns[name] for name in schema.names}).cast(schema)
        workspace.write("signatures", table.to_batches(), schema)
        return Outcome(facts={"bounds": bounds})

    def _exchanged(self, workspace: Workspace, signed: Signatures, keys: dict[str, Hashes]) -> list[int]:
        """Write the records and edges; return where each partition of the records begins."""
        combined, local = combine(self._records(signed, keys))
        partitions: Any = workspace.task.part["partitions"]
        words = list(map(packed, partitioned(combined, partitions), first_keys(partitions)))
        workspace.write("records", map(record_batch, words), RECORDS)
        workspace.write("edges", [edge_batch(local)], EDGES)
        bounds: list[int] = np.cumsum([0, *map(len, words)]).tolist()
        return bounds

    def _signed(self, texts: pa.Array) -> Signatures:
        return signatures(texts, self.minhash) if self.minhash else np.zeros((len(texts), 0), np.uint32)

    def _keys(self, documents: pa.Table) -> dict[str, Hashes]:
        none = np.zeros((documents.num_rows, 2), np.uint64)
        fold = self.minhash.fold if self.minhash else Folding()
        return {
            "exact": exact_keys(documents["text"].combine_chunks(), fold) if self.exact else none,
            "payload": digest_keys(pc.struct_field(documents["provenance"], "digest")) if self.payload else none,
            "address": url_keys(documents["url"]) if self.url else none,
        }

    def _records(self, signed: Signatures, keys: dict[str, Hashes]) -> Records:
        nodes = nodes_of(0, len(signed))
        without = empty(signed)  # nothing to compare but the whole: a document of symbols only
        found = [records_of(key[:, :1], nodes, (key == 0).all(axis=1)) for key in (keys["payload"], keys["address"])]
        found.append(records_of(keys["exact"][:, :1], nodes, ~without | (keys["exact"] == 0).all(axis=1)))
        if self.minhash:
            bands = band_keys(signed, self.minhash.bands, self.minhash.rows)
            found.append(records_of(bands, nodes, without))
        return merged(found)

    def _shingles(self, texts: pa.Array) -> dict[str, pa.Array]:
        """Return the shingles of each text, 32 bits of each, for similarity without the texts."""
        if self.minhash is None or not self.minhash.exact:
            return {}
        return {"shingles": shingle_lists(shingle_sets(texts, self.minhash.ngram, self.minhash.fold))}


FLAGGED = 64  # more than any class of licence ranks


def _rank(documents: pa.Table) -> dict[str, Any]:
    """Return what the survivor of a cluster is chosen by."""
    licenses = pc.fill_null(documents["license"], "").combine_chunks().dictionary_encode()
    ranks = [
        restrictiveness(verdict_of(license) if license else "unknown") for license in licenses.dictionary.to_pylist()
    ]
    flagged = documents["flagged_by"].is_valid().to_numpy()  # stands for nothing that is not: it may stay unpublished
    rights = np.array(ranks, np.int8)[licenses.indices.to_numpy()] + FLAGGED * flagged.astype(np.int8)
    return {
        "rights": pa.array(rights, pa.int8()),
        "quality": documents["quality_score"],
        "length": pc.binary_length(documents["text"]),
        "date": pc.coalesce(documents["published"], documents["fetched_at"].cast(pa.date32())),
        "id": documents["id"],
    }
