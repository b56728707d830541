"""What a configuration says of the world, looked at before any work: the output, the cluster, and what stages name."""

import os
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import JsonValue

from pipeline import started
from pipeline.config import PipelineConfig, RaySettings, read_config
from pipeline.config_errors import placed
from pipeline.errors import BusyError, ConfigError, SettingError
from pipeline.journal import status_of
from pipeline.overrides import Override
from pipeline.words import at_home, did_you_mean, meant, message_of
from shards import files
from shards.answering import NoAnswerError, answered, ask_at_once
from shards.stores import SCHEMES, holds

if TYPE_CHECKING:
    import grpc

CONNECT_SECONDS = 5.0
TOKENS = ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")  # of a cluster, where it asks for one
CERTIFICATES = ("RAY_TLS_CA_CERT", "RAY_TLS_SERVER_KEY", "RAY_TLS_SERVER_CERT")  # where RAY_USE_TLS is 1
_ADDRESS = re.compile(r"(?:ray://)?(?P<host>\[[0-9A-Fa-f:]+\]|[\w.-]+):(?P<port>\d{1,5})")


def load_checked(
    path: str, given: Sequence[str] = (), overrides: Sequence[Override] = (), *, inputs: bool = True
) -> PipelineConfig:
    """Read the configuration of a run, and look at what it names: the input files only with `inputs`.

    Raises
    ------
    ConfigError
        with a line for everything that is wrong, naming the file, the line and the key.
    BusyError
        likewise, where nothing is wrong but that the cluster or a store of a run that has begun does not answer: its
        head is lost, or starts again. Of a run that never began, the address is taken for wrong.
    """
    config, file = read_config(path, given, overrides)
    if errors := [problem for problem in problems(config) if inputs or not _of_inputs(problem)]:
        lost = all(problem.again for problem in errors) and _has_begun(config.output)
        kind = BusyError if lost else ConfigError
        raise kind("\n".join(placed(file, problem.at, str(problem)) for problem in errors))
    return config


def _of_inputs(problem: SettingError) -> bool:
    """Whether something is wrong with the files of a source, or with what is in them."""
    return "sources" in problem.at and not {"paths", "fields"}.isdisjoint(problem.at)


def _has_begun(output: str) -> bool:
    """Whether a run has begun in a folder: of a store that does not answer, as far as this machine knows."""
    try:
        answered(output)
        return files.exists(status_of(output))
    except (NoAnswerError, OSError):
        return started.is_marked(output)


def problems(config: PipelineConfig) -> Iterator[SettingError]:
    """Yield what the configuration names and is not there, or is of no use."""
    ask_at_once([config.output, *_buckets_in(config.model_dump(mode="json")["stages"])])
    if (wrong := lost_with_its_job(config.output)) is not None:
        yield SettingError(wrong, "output")
    elif (problem := unwritable(config.output)) is not None:
        yield problem
    if (absent := no_cluster(config.ray)) is not None:
        yield absent
    for place, entry in enumerate(config.stages):
        for problem in entry.problems():
            yield problem.within("stages", place)


def _buckets_in(settings: JsonValue) -> Iterator[str]:
    """Yield every address in a bucket that settings name."""
    match settings:
        case str() if holds(settings):
            yield settings
        case list():
            yield from chain.from_iterable(map(_buckets_in, settings))
        case dict():
            yield from _buckets_in([*settings.values()])


def unwritable(output: str) -> SettingError | None:
    """Return why nothing can be written to a folder, if so; nothing is left there."""
    kind = files.scheme(output)
    wrong: str | None = None
    if output.startswith("~"):
        wrong = f"{output}: ~ is not expanded here; write the whole path{did_you_mean([at_home(output)])}"
    elif kind is not None and kind not in (*SCHEMES, "file", "memory"):
        wrong = f"{kind}:// cannot be written{meant(kind, SCHEMES)} (allowed: a local folder, s3://, gs://, oss://)"
    elif kind in SCHEMES:
        if {"", ".", ".."} & set(output.rstrip("/").split("/")[3:]):
            return SettingError(f"{output}: a name in a bucket has no empty parts, `.` or `..`", "output")
        try:
            answered(output)
        except NoAnswerError as error:
            return SettingError(str(error), "output", again=error.again)
    elif kind is None:
        wrong = _not_a_folder(Path(os.path.abspath(output)))
    return None if wrong is None else SettingError(wrong, "output")


def lost_with_its_job(output: str) -> str | None:
    """Return why a run in a job of Ray would lose its output, if so: the folder that it runs in is removed with it."""
    if "RAY_JOB_CONFIG_JSON_ENV_VAR" not in os.environ or files.scheme(output) or os.path.isabs(output):
        return None
    why = "lost with this job of Ray, whose folder is removed"
    return f"{output}: {why}; write to a bucket, or to a whole path that all nodes share"


def _not_a_folder(folder: Path) -> str | None:
    """Return why a local folder cannot be made or written."""
    there = next(place for place in (folder, *folder.parents) if place.exists() or place.is_symlink())
    if not there.is_dir():
        return f"{there} is a file, so that no folder can be created in it" if there != folder else f"{there} is a file"
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


def no_cluster(settings: RaySettings) -> SettingError | None:
    """Return why no cluster can be at an address, if so: its form is wrong, or what is there is none, or silent."""
    at = ("ray", "address")
    if settings.address == "local":
        return None
    address = _here() if settings.address == "auto" else settings.address
    if address is None:
        sentence = "no cluster runs on this machine (`ray start --head` starts one; allowed: local, auto, HOST:PORT)"
        return SettingError(sentence, *at)
    form = _ADDRESS.fullmatch(address)
    if form is None or int(form["port"]) > 65_535:
        sentence = f"{address!r} is not the address of a cluster (allowed: local, auto, HOST:PORT, ray://HOST:PORT)"
        return SettingError(sentence, *at)
    try:
        socket.create_connection((form["host"].strip("[]"), int(form["port"])), CONNECT_SECONDS).close()
    except OSError as error:
        sentence = f"no cluster answers at {address}: {error.strerror or error}"
        return SettingError(sentence, *at, again=not isinstance(error, socket.gaierror))  # a host has no such name
    return None if (wrong := _stranger(address)) is None else SettingError(wrong, *at)


def _here() -> str | None:
    """Return the address of the cluster that `auto` means: named by Ray's variable, or in the file that Ray leaves."""
    if address := os.environ.get("RAY_ADDRESS"):
        return address
    with suppress(OSError):
        return (Path(os.environ.get("RAY_TMPDIR", "/tmp")) / "ray" / "ray_current_cluster").read_text().strip()  # noqa: S108
    return None


def _stranger(address: str) -> str | None:
    """Return why what answers at an address is no cluster for us, if so: Ray's own client tries for minutes."""
    import grpc  # which Ray brings; a fifth of a second, for clusters only

    try:
        credentials = _credentials()
    except OSError as error:
        return f"the certificates that RAY_USE_TLS asks for cannot be read: {message_of(error)}"
    call = "RayletDriver/ClusterInfo" if address.startswith("ray://") else "NodeInfoGcsService/GetClusterId"
    at = address.removeprefix("ray://")
    with grpc.insecure_channel(at) if credentials is None else grpc.secure_channel(at, credentials) as channel:
        try:
            channel.unary_unary(f"/ray.rpc.{call}")(b"", timeout=CONNECT_SECONDS, metadata=list(_token()))
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNAUTHENTICATED:
                return f"what answers at {address} is no cluster of Ray (its port is 6379, or 10001 for ray://)"
            return f"the cluster at {address} asks for its token: RAY_AUTH_MODE=token, with it in {' or '.join(TOKENS)}"
    return None


def _credentials() -> "grpc.ChannelCredentials | None":
    """Return the certificates with which Ray's client will ask a cluster, by its own variables; None without TLS."""
    import grpc

    if os.environ.get("RAY_USE_TLS", "0").lower() not in ("1", "true"):
        return None
    if missing := [name for name in CERTIFICATES if not os.environ.get(name)]:
        raise OSError(f"{', '.join(missing)} is not set")
    authority, key, certificate = (Path(os.environ[name]).read_bytes() for name in CERTIFICATES)
    return grpc.ssl_channel_credentials(authority, key, certificate)


def _token() -> Iterator[tuple[str, str]]:
    """Yield the header with the token that Ray's client will show a cluster, if it will."""
    if os.environ.get("RAY_AUTH_MODE") != "token":
        return
    token, path = (os.environ.get(name) for name in TOKENS)
    if not token:
        with suppress(OSError):
            token = Path(path or "~/.ray/auth_token").expanduser().read_text(encoding="utf-8").strip()
    if token:
        yield "authorization", f"Bearer {token}"
