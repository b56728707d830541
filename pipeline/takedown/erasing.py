"""Takes the content of documents out of the files of a stage, and issues the receipts of its tasks again."""

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.stages.base import FinishedStage
from shards import files
from shards.erasing import ERASED, without
from shards.receipts import write_receipt


def documents_in(stage: FinishedStage, path: str, ids: frozenset[str]) -> int:
    """Return how many of the documents a file of a stage holds, with their content or without."""
    uri = files.join(stage.folder, path)
    if not path.endswith(".arrow") or not files.is_file(uri) or not _holds_documents(uri):
        return 0
    count = pc.sum(pc.is_in(files.read_table(uri, ["id"])["id"], pa.array(sorted(ids), pa.string())))
    return int(count.as_py() or 0)


def erase(stage: FinishedStage, ids: frozenset[str]) -> FinishedStage:
    """Take documents out of the files of a stage, and return it with the receipts that were issued again."""
    wanted = pa.array(sorted(ids), pa.string())
    receipts = dict(stage.receipts)
    for task, receipt in stage.receipts.items():
        changed = {}
        for role, file in receipt.files.items():
            if documents_in(stage, file.path, ids):
                uri = files.join(stage.folder, file.path)
                table = files.read_table(uri)
                rest = without(table, pc.fill_null(pc.is_in(table["id"], wanted), False))
                written = files.write_shard(uri, rest.to_batches(), table.schema, as_given=True)
                changed[role] = file.model_copy(update={"bytes": written.bytes, "sha256": written.sha256})
        if changed:
            receipts[task] = receipt.model_copy(update={"files": {**receipt.files, **changed}})
            write_receipt(stage.folder, receipts[task])
    return replace(stage, receipts=receipts)


def _holds_documents(uri: str) -> bool:
    names = files.schema_of(uri).names
    return "id" in names and any(name in ERASED for name in names)
