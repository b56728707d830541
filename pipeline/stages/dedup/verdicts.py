"""Rejects what another document stands for, by the level that found it: a task per shard of documents.

verdicts/    id, rejected_by, duplicate_of, similarity, duplicates, cluster; beside the documents, row for row
duplicates/  the rejected ones, as a release names them: `shards.release.copies.DUPLICATES`
"""

import itertools
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup.records import rows_of
from pipeline.stages.base import Known, Outcome, Stage, Task, Workspace
from pipeline.stages.dedup.base import DedupStage, group_sizes
from pipeline.stages.dedup.candidates import CandidatesStage
from pipeline.stages.dedup.components import ComponentsStage
from pipeline.stages.dedup.copies import CopiesStage
from pipeline.stages.dedup.exchange import received
from pipeline.stages.dedup.index import IndexStage
from pipeline.stages.dedup.keys import KeysStage
from pipeline.stages.dedup.members import MembersStage
from pipeline.stages.dedup.paragraphs import BoilerplateStage, LinesStage, ParagraphsStage, RepetitionsStage
from pipeline.stages.dedup.rounds import ForestsStage, StarsStage
from pipeline.stages.dedup.signatures import SignaturesStage
from pipeline.stages.dedup.survivors import SurvivorsStage
from pipeline.stages.standing import judged, standing, tasks_beside
from shards import files
from shards.release.copies import DUPLICATES

VERDICTS = pa.schema(
    [
        ("id", pa.string()),
        ("rejected_by", pa.string()),
        ("duplicate_of", pa.string()),
        ("similarity", pa.float32()),
        ("duplicates", pa.int32()),
        ("cluster", pa.string()),
    ]
)


class Dedup(DedupStage):
    """Rejects what another document stands for, by the level that found it: `dedup.payload`, `dedup.near`, …"""

    name: Literal["dedup"] = "dedup"

    after: ClassVar[tuple[str, ...]] = ("documents",)
    judges: ClassVar[bool] = True

    def parts(self, before: Sequence[Stage]) -> Sequence[Stage]:
        settings = {name: getattr(self, name) for name in DedupStage.model_fields if name != "name"}
        lines = (LinesStage, RepetitionsStage, BoilerplateStage, ParagraphsStage) if self.paragraphs else ()
        rounds: list[Stage] = []
        for number in range(1, self.rounds + 1):
            rounds.append(StarsStage(name=f"stars-{number}", number=number, **settings))
            rounds.append(ForestsStage(name=f"forests-{number}", number=number, **settings))
        found = [stage(**settings) for stage in (*lines, SignaturesStage, KeysStage, CandidatesStage)]
        chosen = [stage(**settings) for stage in (ComponentsStage, MembersStage, SurvivorsStage, CopiesStage)]
        return (*found, *rounds, *chosen, self, *((IndexStage(**settings),) if self.index else ()))

    def tasks(self, known: Known) -> list[Task]:
        parts: list[dict[str, Any]] = []  # of each shard: its place in its group, and its first signed document there
        for group, sizes in zip(known.finished["copies"].tasks, group_sizes(known), strict=True):
            firsts = itertools.accumulate(sizes[:-1], initial=0)
            parts += [{"copies": group.key, "place": place, "first": first} for place, first in enumerate(firsts)]
        every = zip(tasks_beside(known), known.finished["signatures"].tasks, parts, strict=True)
        return [
            Task(
                reads=(*task.reads, signed.key, part["copies"]),
                part={**task.part, "signatures": signed.key, **part},
                weight=task.weight,
            )
            for task, signed, part in every
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part: Any = workspace.task.part
        documents = standing(workspace, part, ["id", "language", "license", "text", "url", "source", "source_id"])
        rows = files.read_table(workspace.upstream("signatures", "signatures", part["signatures"]), ["row"])["row"]
        found = next(received(workspace, "copies", "copies", [part["copies"]], part["place"]))
        places = rows.to_numpy()[rows_of(found["node"].to_numpy()) - part["first"]]
        columns = {name: _at(places, found[name], documents.num_rows) for name in ("reason", "similarity", "cluster")}
        columns["rejected_by"] = columns.pop("reason")
        copy_of = _at(places, found["survivor_id"], documents.num_rows)
        columns["duplicate_of"] = pc.if_else(pc.is_valid(columns["rejected_by"]), copy_of, None)
        columns["duplicates"] = _at(places, found["duplicates"], documents.num_rows).fill_null(1)
        columns["id"] = documents["id"]
        verdicts = pa.Table.from_arrays([columns[name] for name in VERDICTS.names], schema=VERDICTS)
        workspace.write("verdicts", verdicts.to_batches(), VERDICTS)
        copies = workspace.write("duplicates", _copies(documents, verdicts).to_batches(), DUPLICATES)
        outcome = judged(documents, verdicts)
        outcome.facts["duplicates"] = copies.rows
        return outcome


def _at(places: Any, values: pa.ChunkedArray, size: int) -> pa.Array:
    """Return an array in which the values stand at their places, and null elsewhere."""
    indices = np.full(size, -1, np.int64)
    indices[places] = np.arange(len(places))
    return values.combine_chunks().take(pa.array(indices, mask=indices < 0))


def _copies(documents: pa.Table, verdicts: pa.Table) -> pa.Table:
    dropped = pc.is_valid(verdicts["rejected_by"])
    columns = {name: documents[name] for name in ("url", "source", "source_id")}
    columns |= {name: verdicts[name] for name in VERDICTS.names}
    table = pa.Table.from_arrays([columns[name] for name in DUPLICATES.names], schema=DUPLICATES)
    return table.filter(dropped)
