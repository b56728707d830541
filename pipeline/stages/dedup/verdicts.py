"""The stage `dedup`: rejects duplicates of a document that is kept, by the level that found it.

A task per shard of documents writes

verdicts/    id, rejected_by, duplicate_of, similarity, duplicates, cluster; beside the documents, row for row
duplicates/  the rejected ones, as a release names them: `shards.release.copies.DUPLICATES`
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.records import rows_of
from pipeline.errors import ConfigError, SettingError
from pipeline.stages.base import Outcome, RunState, Stage, Task, Workspace
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
from pipeline.stages.dedup.survivors import SURVIVORS, SurvivorsStage
from pipeline.stages.verdicts import ShardVerdicts, count_verdicts, shards_with_verdicts, with_verdicts
from pipeline.words import message_of
from shards import files
from shards.answering import NoAnswerError, answered
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


class DedupPart(ShardVerdicts):
    """A shard of documents, and where what `survivors` says of it is."""

    signatures: str  # the task that signed it
    copies: str  # the task that has what is said of its group
    number: int  # of the shard in its group
    first: int  # its first signed document in its group


class Dedup(DedupStage):
    """Rejects duplicates of a document that is kept, by the level that found it: `dedup.payload`, `dedup.near`, …"""

    name: Literal["dedup"] = "dedup"

    after: ClassVar[tuple[str, ...]] = ("documents",)
    judges: ClassVar[bool] = True

    def expanded(self, before: Sequence[Stage]) -> Sequence[Stage]:
        known = [source.name for stage in before for source in getattr(stage, "sources", ())]
        for place, name in enumerate(self.doi):
            if name not in known:
                raise SettingError(f"no source is named {name}; there are {', '.join(known)}", "doi", place)
        settings = {name: getattr(self, name) for name in DedupStage.model_fields if name != "name"}
        lines = (LinesStage, RepetitionsStage, BoilerplateStage, ParagraphsStage) if self.paragraphs else ()
        rounds: list[Stage] = []
        for number in range(1, self.rounds + 1):
            rounds.append(StarsStage(name=f"stars-{number}", number=number, **settings))
            rounds.append(ForestsStage(name=f"forests-{number}", number=number, **settings))
        search = [stage(**settings) for stage in (*lines, SignaturesStage, KeysStage, CandidatesStage)]
        choice = [stage(**settings) for stage in (ComponentsStage, MembersStage, SurvivorsStage, CopiesStage)]
        return (*search, *rounds, *choice, self, *((IndexStage(**settings),) if self.index else ()))

    def problems(self) -> Iterator[SettingError]:
        try:
            for place in self.against:
                answered(place)
            self.earlier()
        except NoAnswerError as error:
            yield SettingError(str(error), "against", again=error.again)
        except (ConfigError, OSError) as error:
            yield SettingError(message_of(error).removeprefix("against: "), "against")

    def tasks(self, state: RunState) -> list[Task]:
        positions = [
            (group, number, first)
            for group, sizes in zip(state.finished["copies"].keys, group_sizes(state), strict=True)
            for number, first in enumerate(itertools.accumulate(sizes[:-1], initial=0))
        ]
        return [
            Task.of(
                (*shard.reads, signed, group),
                DedupPart(
                    documents=shard.documents,
                    verdicts=shard.verdicts,
                    signatures=signed,
                    copies=group,
                    number=number,
                    first=first,
                ),
                rows,
            )
            for (shard, rows), signed, (group, number, first) in zip(
                shards_with_verdicts(state), state.finished["signatures"].keys, positions, strict=True
            )
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(DedupPart)
        documents = with_verdicts(workspace, part, ["id", "language", "license", "text", "url", "source", "source_id"])
        signed = files.read_table(workspace.upstream("signatures", "signatures", part.signatures), ["row"])
        copies = next(received(workspace, "copies", "copies", [part.copies], part.number))
        rows = signed["row"].to_numpy()[rows_of(copies["node"].to_numpy()) - part.first]
        columns = {name: _spread(copies[name], rows, documents.num_rows) for name in SURVIVORS.names[1:]}
        reason = columns["reason"]
        verdicts = pa.table(
            {
                "id": documents["id"],
                "rejected_by": reason,
                "duplicate_of": pc.if_else(pc.is_valid(reason), columns["survivor_id"], None),
                "similarity": columns["similarity"],
                "duplicates": columns["duplicates"].fill_null(1),
                "cluster": columns["cluster"],
            },
            schema=VERDICTS,
        )
        workspace.write("verdicts", verdicts.to_batches(), VERDICTS)
        workspace.write("duplicates", _duplicates(documents, verdicts).to_batches(), DUPLICATES)
        return count_verdicts(documents, verdicts).outcome()


def _spread(values: pa.ChunkedArray, rows: npt.NDArray[np.int64], size: int) -> pa.Array:
    """Return an array of a size that has the values in these rows, and null elsewhere."""
    indices = np.full(size, -1, np.int64)
    indices[rows] = np.arange(len(rows))
    return values.combine_chunks().take(pa.array(indices, mask=indices < 0))


def _duplicates(documents: pa.Table, verdicts: pa.Table) -> pa.Table:
    dropped = pc.is_valid(verdicts["rejected_by"])
    columns = {name: documents[name] for name in ("url", "source", "source_id")}
    columns |= {name: verdicts[name] for name in VERDICTS.names}
    table = pa.Table.from_arrays([columns[name] for name in DUPLICATES.names], schema=DUPLICATES)
    return table.filter(dropped)
