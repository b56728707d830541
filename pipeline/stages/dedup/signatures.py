"""The stage `signatures`: signs every document, a task per shard of documents.

signatures/  a row per document that stands: `dedup.index.signed_schema`
"""

from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import JsonValue

from dedup.exact import digest_keys, exact_keys
from dedup.folding import Folding
from dedup.index import fixed, shingle_lists, signed_schema
from dedup.minhash import Signatures, signatures
from dedup.shingles import Hashes, shingle_sets
from dedup.urls import url_keys
from filters.licences.verdicts import restrictiveness, verdict_of
from pipeline.stages.base import Outcome, RunState, Task, Workspace
from pipeline.stages.dedup.base import DedupStage
from pipeline.stages.verdicts import ShardVerdicts, shards_with_verdicts, with_verdicts

COLUMNS = (
    *("id", "text", "license", "quality_score", "published", "fetched_at", "url", "language"),
    *("provenance", "payload_digest", "doi", "source"),
)


class SignaturesStage(DedupStage):
    """Signs every document that stands."""

    name: Literal["signatures"] = "signatures"
    decided_by: ClassVar[tuple[str, ...]] = ("payload", "url", "doi", "exact", "minhash")

    def settings(self) -> dict[str, JsonValue]:
        return {**super().settings(), "url": self.url is not None}  # which capture stays is decided later

    def tasks(self, state: RunState) -> list[Task]:
        return [Task.of(shard.reads, shard, rows) for shard, rows in shards_with_verdicts(state)]

    def process(self, workspace: Workspace) -> Outcome:
        documents = with_verdicts(workspace, workspace.part(ShardVerdicts), COLUMNS)
        rows = pc.indices_nonzero(pc.is_null(documents["rejected_by"]))
        documents = documents.take(rows)
        texts = documents["text"].combine_chunks()
        signed, keys = self._signed(texts), self._keys(documents)
        columns = {"row": rows, "signature": fixed(signed), **{name: fixed(key) for name, key in keys.items()}}
        forms = pc.index_in(documents["source"], pa.array(self.doi, pa.string())).cast(pa.int8())
        columns |= self._shingles(texts) | _rank(documents) | {"form": forms}
        columns |= {"captured": documents["fetched_at"]} | {n: documents[n] for n in ("url", "license", "language")}
        schema = signed_schema(self.minhash)
        table = pa.table({name: columns[name] for name in schema.names}).cast(schema)
        workspace.write("signatures", table.to_batches(), schema)
        return Outcome()

    def _signed(self, texts: pa.Array) -> Signatures:
        return signatures(texts, self.minhash) if self.minhash else np.zeros((len(texts), 0), np.uint32)

    def _keys(self, documents: pa.Table) -> dict[str, Hashes]:
        none = np.zeros((documents.num_rows, 2), np.uint64)
        fold = self.minhash.fold if self.minhash else Folding()
        return {
            "exact": exact_keys(documents["text"].combine_chunks(), fold) if self.exact else none,
            "payload": digest_keys(_payloads(documents)) if self.payload else none,
            "address": url_keys(documents["url"]) if self.url else none,
            "work": digest_keys(self._works(documents)) if self.doi else none,
        }

    def _works(self, documents: pa.Table) -> pa.ChunkedArray:
        """Return the DOI of each document whose source's DOIs are those of whole works."""
        return pc.if_else(pc.is_in(documents["source"], pa.array(self.doi)), documents["doi"], None)

    def _shingles(self, texts: pa.Array) -> dict[str, pa.Array]:
        """Return the shingles of each text, 32 bits of each, for similarity without the texts."""
        if self.minhash is None or not self.minhash.exact:
            return {}
        return {"shingles": shingle_lists(shingle_sets(texts, self.minhash.ngram, self.minhash.fold))}


def _payloads(documents: pa.Table) -> pa.ChunkedArray:
    """Return the digest of what each document was read from: of its payload, or of the record that it is."""
    return pc.coalesce(documents["payload_digest"], pc.struct_field(documents["provenance"], "digest"))


TENTHS = 10.0  # of quality: by less than one, copies of one text differ by chance, and the longer is the better one
FLAGGED = 64  # more than any class of licence ranks


def _rank(documents: pa.Table) -> dict[str, pa.Array]:
    """Return what the survivor of a cluster is chosen by."""
    licenses = pc.fill_null(documents["license"], "").combine_chunks().dictionary_encode()
    ranks = [
        restrictiveness(verdict_of(license) if license else "unknown") for license in licenses.dictionary.to_pylist()
    ]
    flagged = documents["flagged_by"].is_valid().to_numpy()  # stands for nothing that is not: it may stay unpublished
    rights = np.array(ranks, np.int8)[licenses.indices.to_numpy()] + FLAGGED * flagged.astype(np.int8)
    return {
        "rights": pa.array(rights, pa.int8()),
        "quality": pc.divide(pc.floor(pc.multiply(documents["quality_score"], TENTHS)), TENTHS),
        "length": pc.binary_length(documents["text"]),
        "date": pc.coalesce(documents["published"], documents["fetched_at"].cast(pa.date32())),
        "id": documents["id"],
    }
