"""The take-downs of an output folder, as a run there meets them."""

from collections.abc import Sequence

from pipeline.errors import ConfigError
from pipeline.plan import PlannedStage
from pipeline.stages.base import FinishedStage, Lineage
from pipeline.takedown.erasing import erase
from pipeline.takedown.notes import FOLDER, UNERASED, read_notes, tombstones, unended
from shards import files
from shards.release.tombstones import write_tombstones


class Upheld:
    """What a run does so that documents which were taken down stay away.

    What the run reads again it judges as before; what was taken down is erased in all stages before `publish`, as it
    was the first time. So a task that is done again, and a rebuild from the inputs, give the bytes that there were.

    Raises
    ------
    ConfigError
        if a take-down has begun in the folder and not ended.
    """

    def __init__(self, output: str) -> None:
        if unended_ones := unended(output):
            raise ConfigError(
                f"output: a take-down in {output} has begun and not ended ({FOLDER}/{unended_ones[0]}.json): repeat"
                " `yuliao takedown apply` with its plan"
            )
        self.notes = read_notes(output)
        self._marker = files.join(output, FOLDER, UNERASED)

    def begin(self) -> None:
        """Note that tasks will be done, which may write what was taken down."""
        if self.notes and not files.is_file(self._marker):
            files.write_bytes(self._marker, b"")

    def before_publish(
        self, plans: Sequence[PlannedStage], finished: dict[str, FinishedStage], lineage: Lineage
    ) -> None:
        """Erase what was taken down in the stages that are finished, if a task may have written it."""
        if not self.notes or not files.is_file(self._marker):
            return
        ids = frozenset(name for note in self.notes for name in note.documents)
        for plan in plans:
            finished[plan.stage.name] = erase(finished[plan.stage.name], ids)
            plan.stage.conclude(plan.folder, finished, lineage)
        files.remove(self._marker)

    def published(self, release: str) -> None:
        """Put the tombstones into a release."""
        if self.notes:
            write_tombstones(release, (stone for note in self.notes for stone in tombstones(note)))
