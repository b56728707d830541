"""What a configuration says of the world, looked at before any work: the output, the cluster, and what stages name."""

import os
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from pipeline.config import PipelineConfig, RaySettings, read_config
from pipeline.config_errors import placed
from pipeline.errors import ConfigError, SettingError
from pipeline.overrides import Override
from pipeline.words import meant
from shards import files
from shards.answering import NoAnswerError, answered

STORES = ("s3", "gs", "gcs")  # that can be written
CONNECT_SECONDS = 5.0
_ADDRESS = re.compile(r"(?:ray://)?(?P<host>\[[0-9A-Fa-f:]+\]|[\w.-]+):(?P<port>\d{1,5})")


def load_checked(
    path: str, given: Sequence[str] = (), overrides: Sequence[Override] = (), *, inputs: bool = True
) -> PipelineConfig:
    """Read the configuration of a run, and look at what it names: the input files only with `inputs`.

    Raises
    ------
    ConfigError
        with a line for everything that is wrong, naming the file, the line and the key.
    """
    config, file = read_config(path, given, overrides)
    if found := [problem for problem in problems(config) if inputs or not _of_inputs(problem)]:
        raise ConfigError("\n".join(placed(file, problem.at, str(problem)) for problem in found))
    return config


def _of_inputs(problem: SettingError) -> bool:
    """Whether something is wrong with the files of a source, or with what is in them."""
    return problem.at[:1] == ("stages",) and "sources" in problem.at


def problems(config: PipelineConfig) -> Iterator[SettingError]:
    """Yield what the configuration names and is not there, or is of no use."""
    if (wrong := unwritable(config.output)) is not None:
        yield SettingError(wrong, "output")
    if (wrong := no_cluster(config.ray)) is not None:
        yield SettingError(wrong, "ray", "address")
    for place, entry in enumerate(config.stages):
        for problem in entry.problems():
            yield SettingError(str(problem), "stages", place, *problem.at)


def unwritable(output: str) -> str | None:
    """Return why nothing can be written to a folder, if so; nothing is left there."""
    kind = files.scheme(output)
    if kind is not None and kind not in (*STORES, "file", "memory"):
        return f"{kind}:// cannot be written{meant(kind, STORES)} (allowed: a local folder, s3://, gs://)"
    if kind in STORES:
        try:
            answered(output)
        except NoAnswerError as error:
            return str(error)
    return _not_a_folder(Path(os.path.abspath(output))) if kind is None else None


def _not_a_folder(folder: Path) -> str | None:
    """Return why a local folder cannot be made or written."""
    there = next(place for place in (folder, *folder.parents) if place.exists() or place.is_symlink())
    if not there.is_dir():
        return f"{there} is a file, and a folder is to be made there" if there != folder else f"{there} is a file"
    if not os.access(there, os.W_OK | os.X_OK) or os.statvfs(there).f_flag & os.ST_RDONLY:
        return f"{there} is a folder that cannot be written to"
    if os.statvfs(there).f_blocks == 0:  # not of a disk, such as /proc: only trying tells
        probe = there / f".yuliao-{os.getpid()}"
        try:
            probe.mkdir()
        except OSError as error:
            return f"{there} is a folder that cannot be written to: {error.strerror}"
        with suppress(OSError):
            probe.rmdir()
    return None


def no_cluster(settings: RaySettings) -> str | None:
    """Return why no cluster can be at an address, if so: its form is wrong, or nothing listens there."""
    address = settings.address
    if address in ("local", "auto"):
        return None
    form = _ADDRESS.fullmatch(address)
    if form is None or int(form["port"]) > 65_535:
        return f"{address!r} is no address of a cluster (allowed: local, auto, HOST:PORT, ray://HOST:PORT)"
    try:
        socket.create_connection((form["host"].strip("[]"), int(form["port"])), CONNECT_SECONDS).close()
    except OSError as error:
        return f"no cluster answers at {address}: {error.strerror or error}"
    return None
