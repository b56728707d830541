"""What lies in the output folder of a run, is not of its stages, and tells of documents that are taken down.

Reports, samples and exports that somebody has written there, and what earlier runs have left, which nothing reads any
more: it is removed. A file holds a document if its id, its address or a line of its text stands in it, packed or not.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final

import pyarrow as pa

from pipeline.answers.finished_run import FinishedRun
from pipeline.takedown.notes import FOLDER, SUPPRESSED
from shards import files
from shards.release.place import NAME, ReleaseError, release_at

STAGE_FOLDER: Final = re.compile(r"\d{2,}-\w+-[0-9a-f]{8}")
OF_THE_RUN: Final = {"run.json", "inputs.json", "status.json", "metrics.prom", ".lock", "lease.json", SUPPRESSED, NAME}
FOLDERS: Final = {"crawl", "log", FOLDER}  # archives, which are written again; entries, which name nobody; lists
LINE: Final = 40  # characters of a line that no other text has
LARGEST: Final = 1 << 30  # bytes that are looked through


def left_over(run: FinishedRun) -> Iterator[str]:
    """Yield the folders of stages, and the files of tasks, that earlier runs have left in the output folder."""
    stages = {stage.folder.rpartition("/")[2]: stage for stage in run.stages}
    with suppress(ReleaseError):  # of a run that has not ended, the newest release is another's
        stages.setdefault(release_at(run.output).split("/")[-2], run.stage("publish"))
    for name in files.folders_in(run.output):
        if name in stages:
            done = {task.removesuffix(".json") for task in files.names_in(files.join(run.output, name, "receipts"))}
            gone = done - stages[name].receipts.keys()
            paths = files.paths_below(files.join(run.output, name)) if gone else []
            yield from (f"{name}/{path}" for path in paths if path.rpartition("/")[2].partition(".")[0] in gone)
        elif STAGE_FOLDER.fullmatch(name):
            yield name


def remove(output: str, paths: Sequence[str]) -> None:
    """Remove files and folders; those that are gone already are."""
    for path in paths:
        uri = files.join(output, path)
        if files.is_folder(uri):
            files.remove_folder(uri)
        elif files.is_file(uri):
            files.remove(uri)


def telling(run: FinishedRun, needles: Sequence[bytes], exports: Sequence[str]) -> Iterator[str]:
    """Yield the other files of the output folder in which one of the needles stands."""
    stages = {stage.folder.rpartition("/")[2] for stage in run.stages}
    apart = [f"{path.rstrip('/')}/" for path in exports]
    paths = [name for name in files.names_in(run.output) if name not in OF_THE_RUN]
    for name in files.folders_in(run.output):
        if name not in stages | FOLDERS | OF_THE_RUN and not STAGE_FOLDER.fullmatch(name):
            paths += [f"{name}/{path}" for path in files.paths_below(files.join(run.output, name))]
    for path in paths:
        uri = files.join(run.output, path)
        if files.is_file(uri) and not uri.startswith(tuple(apart)) and holds(uri, needles):
            yield path


def needles_of(ids: Sequence[str], addresses: Sequence[str], texts: Sequence[str]) -> list[bytes]:
    """Return what documents are known by in a file."""
    lines = {line.strip() for text in texts for line in text.splitlines() if len(line.strip()) >= LINE}
    return [needle.encode() for needle in sorted({*ids, *addresses, *lines})]


def holds(uri: str, needles: Sequence[bytes]) -> bool:
    """Return whether a file has one of the needles in it; in a table, in one of its values."""
    if not needles or (files.info(uri).size or 0) > LARGEST:
        return False
    content = _unpacked(uri)
    return any(needle in content for needle in needles)


def _unpacked(uri: str) -> bytes:
    content = files.read_bytes(uri)
    try:
        if content.startswith(b"\x1f\x8b"):
            with pa.CompressedInputStream(pa.BufferReader(content), "gzip") as stream:
                return bytes(stream.read())
        if content.startswith(b"ARROW1"):
            rows = pa.ipc.open_file(pa.BufferReader(content)).read_all().to_pylist()
            return "\n".join(str(value) for row in rows for value in row.values()).encode()
    except (OSError, pa.ArrowInvalid):
        return content  # damaged: as it lies
    return content
