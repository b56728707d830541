"""The take-downs of earlier outputs, in the folder of a run that is `against` them: what went there stays out here.

Their notes and lists are copied before the run begins, as if they were of its own folder (`pipeline.takedown.notes`). A
run that had finished before keeps what it has: they are judged in new tasks only, until a plan names it.
"""

import logging
import posixpath
from collections.abc import Iterator, Sequence

from pipeline.errors import ConfigError
from pipeline.record import RunRecord, record_of
from pipeline.stages.dedup.earlier import folder_of
from pipeline.takedown.beside import STAGE_FOLDER
from pipeline.takedown.notes import done_of, list_of, named_notes, note_of
from shards import files
from shards.receipts import withdraw

logger = logging.getLogger(__name__)


def adopt(output: str, against: Sequence[str]) -> None:
    """Copy the take-downs of the outputs that a run is against and that its folder does not have."""
    new = [
        (earlier, name)
        for earlier in dict.fromkeys(_outputs(against))
        for name, _ in named_notes(earlier)
        if files.is_file(done_of(earlier, name)) and not files.is_file(note_of(output, name))
    ]
    if not new:
        return
    seen = _finished_tasks(output)
    if seen:
        logger.warning(
            "%s: had finished before %d take-downs of %s: name both in `yuliao takedown plan`",
            *(output, len(new), ", ".join(dict.fromkeys(earlier for earlier, _ in new))),
        )
    else:  # what it has begun was not judged by them
        for folder in filter(STAGE_FOLDER.fullmatch, files.folders_in(output)):
            done = files.names_in(files.join(output, folder, "receipts"))
            withdraw(files.join(output, folder), [name.removesuffix(".json") for name in done])
    for earlier, name in new:
        note = dict(named_notes(earlier))[name].model_copy(update={"tasks": seen, "adopted": True})
        files.copy(list_of(earlier, name), list_of(output, name))
        files.copy(done_of(earlier, name), done_of(output, name))
        files.write_bytes(note_of(output, name), note.model_dump_json().encode())


def _outputs(against: Sequence[str]) -> Iterator[str]:
    """Yield the output folders of the runs; of an index that lies elsewhere, none."""
    for path in dict.fromkeys(against):
        try:
            output = posixpath.dirname(posixpath.dirname(folder_of(path)))
        except ConfigError:  # told when the stage is planned
            continue
        if files.is_file(record_of(output)):
            yield output


def _finished_tasks(output: str) -> tuple[str, ...]:
    """Return the tasks of `documents` of a run that has published."""
    if (content := files.read_if_there(record_of(output))) is None:
        return ()
    stages = {stage.name: stage for stage in RunRecord.model_validate_json(content).stages}
    return tuple(task.key for task in stages["documents"].tasks) if "publish" in stages else ()
