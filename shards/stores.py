"""Objects in buckets: S3 and what speaks its language (MinIO, OSS, COS), and Google Cloud Storage.

A small object is one request, to read as to write; nothing is asked before it is read. A larger one is read in blocks,
ever larger while they follow each other. What may pass (5xx, SlowDown, 429, timeouts, connections that break) is tried
again, with jitter, for some minutes.

Where a bucket is and how to ask it is said by the usual environment variables (`AWS_ENDPOINT_URL`, `AWS_REGION`,
`AWS_PROFILE`, …), and for single buckets by settings (`configure`), which the processes of a run inherit.
"""

import configparser
import contextlib
import json
import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Any, TypeAlias, TypeVar
from urllib.parse import unquote

import pyarrow as pa
from pydantic import BaseModel, Field

from shards.blocks import Blocks, Got
from shards.errors import StoreError
from shards.secrets import discreet, redacted

if TYPE_CHECKING:
    from obstore import ObjectMeta, PutMode
    from obstore.store import GCSStore, RetryConfig, S3Store

    Store: TypeAlias = GCSStore | S3Store

T = TypeVar("T")

SCHEMES = ("s3", "oss", "gs", "gcs")
SETTINGS = "YULIAO_STORES"  # the environment variable that holds the settings, as JSON
PART = 16 << 20  # bytes: what is larger is sent in parts
TAIL = 256 << 10  # bytes: what a shard says of itself stands at its end, and small shards are there whole
HEAD = 4 << 20

# Longer than a store takes to shed load; a task that still fails then is tried by the next run.
RETRIES: "RetryConfig" = {"max_retries": 12, "retry_timeout": timedelta(minutes=4)}
IMPATIENT: "RetryConfig" = {"max_retries": 1}
TIMEOUT = "120s"  # for one request
DELAYS = (0.5, 2.0, 8.0, 8.0)  # seconds at most, before our own tries
_DICE = random.SystemRandom()
NO_SUCH_RANGE = ("status code: 416", "NotPartial")  # said of an empty object


class StoreSettings(BaseModel, frozen=True, extra="forbid"):
    """How to ask a bucket; what is not said is what the environment says."""

    endpoint: str | None = Field(
        None,
        pattern=r"^https?://",
        description="address of a store other than AWS or Google: https://oss-cn-hangzhou.aliyuncs.com",
    )
    region: str | None = Field(None, description="name of the region that holds the bucket, such as cn-shanghai")
    profile: str | None = Field(None, description="profile in ~/.aws/credentials or ~/.aws/config with the keys")
    requester_pays: bool = Field(False, description="the bucket bills the reader for requests and transfer")
    virtual_host: bool = Field(False, description="the bucket is in the name of the host, as OSS and COS require")
    anonymous: bool = Field(False, description="send no credentials, for public buckets")


def configure(settings: Mapping[str, StoreSettings]) -> None:
    """Set how to ask buckets, by their addresses (s3://corpus), in this process and those that it starts."""
    if settings:
        said = {address.rstrip("/"): each.model_dump(mode="json") for address, each in settings.items()}
        os.environ[SETTINGS] = json.dumps(said, sort_keys=True)


def environment() -> dict[str, str]:
    """Return the environment variables that tell another process what `configure` has set."""
    return {SETTINGS: os.environ[SETTINGS]} if SETTINGS in os.environ else {}


def holds(uri: str) -> bool:
    """Return whether a URI is of an object in a bucket."""
    return uri.partition("://")[0] in SCHEMES and "://" in uri


@dataclass(frozen=True)
class Found:
    """An object as its store lists it: its key, its size, and when it was written."""

    key: str
    size: int
    mtime_ns: int


def read(uri: str) -> bytes:
    """Return an object."""
    import obstore

    return _ask(uri, lambda store, key: bytes(obstore.get(store, key).bytes()))


def read_part(uri: str, offset: int, length: int) -> bytes:
    """Return some bytes of an object, and ask for no others."""
    import obstore

    return _ask(uri, lambda store, key: bytes(obstore.get_range(store, key, start=offset, length=length)))


def opened(uri: str, *, from_end: bool = False) -> pa.NativeFile:
    """Open an object for random access; with `from_end`, what stands there is asked for first."""
    first = _ask(uri, lambda store, key: _first(store, key, from_end=from_end))
    return pa.PythonFile(Blocks(lambda start, length: read_part(uri, start, length), first), mode="r")


def _first(store: "Store", key: str, *, from_end: bool) -> Got:
    """Return the first bytes of an object, or the last, and how long it is."""
    import obstore
    from obstore.exceptions import GenericError

    try:
        answer = obstore.get(store, key, options={"range": {"suffix": TAIL} if from_end else (0, HEAD)})
        return Got(answer.range[0], bytes(answer.bytes()), answer.meta["size"])
    except GenericError as error:
        if not any(sign in str(error) for sign in NO_SUCH_RANGE):
            raise
        content = bytes(obstore.get(store, key).bytes())
        return Got(0, content, len(content))


def write(uri: str, content: bytes | IO[bytes]) -> None:
    """Write an object: until it is whole there is none, or the one before."""
    import obstore

    def put(store: "Store", key: str) -> None:
        if not isinstance(content, bytes):
            content.seek(0)
        obstore.put(store, key, content, chunk_size=PART, max_concurrency=2)

    _ask(uri, put)


def create(uri: str, content: bytes) -> str | None:
    """Write an object unless there is one; return the mark of what was written, or None."""
    return _put_if(uri, content, "create")


def replace(uri: str, content: bytes, mark: str) -> str | None:
    """Write an object if it still has the mark; return the new mark, or None."""
    return _put_if(uri, content, {"e_tag": mark})


def _put_if(uri: str, content: bytes, mode: "PutMode") -> str | None:
    import obstore
    from obstore.exceptions import AlreadyExistsError, PreconditionError

    def put(store: "Store", key: str) -> str | None:
        with contextlib.suppress(AlreadyExistsError, PreconditionError, FileNotFoundError):
            return obstore.put(store, key, content, mode=mode, use_multipart=False)["e_tag"]
        return None

    if (mark := _ask(uri, put)) is None:  # perhaps after a try of ours of which the answer was lost
        with contextlib.suppress(FileNotFoundError):
            written, mark = read_marked(uri)
            return mark if written == content else None
    return mark


def read_marked(uri: str) -> tuple[bytes, str]:
    """Return an object and its mark, which is another one after each write of something else."""
    import obstore

    def get(store: "Store", key: str) -> tuple[bytes, str]:
        answer = obstore.get(store, key)
        return bytes(answer.bytes()), answer.meta["e_tag"] or ""

    return _ask(uri, get)


def copy(source: str, target: str) -> None:
    """Copy an object within its bucket."""
    import obstore

    _ask(source, lambda store, key: obstore.copy(store, key, _parts(target)[2]))


def find(uri: str) -> Found | None:
    """Return what is known of an object; None if there is none."""
    import obstore

    with contextlib.suppress(FileNotFoundError):
        return _ask(uri, lambda store, key: _found(obstore.head(store, key)) if key else None)
    return None


def is_folder(uri: str) -> bool:
    """Return whether there are objects below a URI."""
    import obstore

    return _ask(uri, lambda store, key: bool(next(iter(obstore.list(store, prefix=key or None, chunk_size=1000)), ())))


def below(uri: str) -> list[Found]:
    """Return all objects below a URI, with their keys from there."""
    import obstore

    def listed(store: "Store", key: str) -> list[Found]:
        return [_found(meta, key) for page in obstore.list(store, prefix=key or None, chunk_size=1000) for meta in page]

    return _ask(uri, listed)


def directly_in(uri: str) -> tuple[list[str], list[Found]]:
    """Return the names of the folders directly below a URI, and the objects."""
    import obstore

    def listed(store: "Store", key: str) -> tuple[list[str], list[Found]]:
        listing = obstore.list_with_delimiter(store, prefix=key or None)
        folders = [prefix.rpartition("/")[2] for prefix in listing["common_prefixes"]]
        return folders, [_found(meta, key) for meta in listing["objects"]]

    return _ask(uri, listed)


def remove(uris: Sequence[str]) -> None:
    """Remove objects of one bucket."""
    import obstore

    if uris:
        keys = [_parts(uri)[2] for uri in uris]
        _ask(uris[0], lambda store, key: obstore.delete(store, keys if len(keys) > 1 else key))


def _found(meta: "ObjectMeta", folder: str = "") -> Found:
    key = meta["path"].removeprefix(f"{folder}/" if folder else "")
    return Found(key, meta["size"], int(meta["last_modified"].timestamp() * 1e9))


def reach(uri: str) -> None:
    """Ask a bucket for anything, once; raise StoreError if it does not answer."""
    import obstore

    _ask(uri, lambda store, _: next(iter(obstore.list(store, chunk_size=1)), None), patient=False)


def _ask(uri: str, question: "Callable[[Store, str], T]", *, patient: bool = True) -> T:
    """Return what a store answers; the library tries again what fails, but not where an answer breaks off."""
    for delay in (*(DELAYS if patient else ()), None):
        try:
            return question(*_located(uri, patient=patient))
        except FileNotFoundError as error:
            raise FileNotFoundError(f"{redacted(uri)}: no such object") from error
        except ValueError as error:  # of the library: a name with an empty part, `..` or control characters
            raise StoreError(f"{redacted(uri)}: no name of an object: {error}") from error
        except Exception as error:
            if not type(error).__module__.startswith("obstore"):
                raise
            again = type(error).__name__ == "GenericError"  # the library's name for what is neither refused nor absent
            if delay is None or not again:
                told = " ".join(discreet(str(error)).partition("Debug source")[0].split())
                raise StoreError(f"{redacted(uri)}: {told}", again=again) from error
            time.sleep(delay * _DICE.random())
    raise AssertionError  # not reached


def _parts(uri: str) -> tuple[str, str, str]:
    """Return the scheme, the bucket (with keys, if any are before it) and the key of an object."""
    kind, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    return kind, bucket, key.rstrip("/")


def _located(uri: str, *, patient: bool = True) -> "tuple[Store, str]":
    kind, place, key = _parts(uri)
    keys, _, bucket = place.rpartition("@")  # s3://KEY:SECRET@bucket
    settings = json.loads(os.environ.get(SETTINGS, "{}")).get(f"{kind}://{bucket}", {})
    return _store(kind, bucket, StoreSettings.model_validate(settings), keys, patient), key


@lru_cache
def _store(kind: str, bucket: str, settings: StoreSettings, keys: str, patient: bool) -> "Store":
    from obstore.store import GCSStore, S3Store

    if kind in ("gs", "gcs"):
        google: dict[str, Any] = {"skip_signature": True} if settings.anonymous else {}
        google |= {"base_url": settings.endpoint} if settings.endpoint else {}
        return GCSStore(bucket, **google, **_client(settings.endpoint), retry_config=RETRIES if patient else IMPATIENT)
    profile = {} if settings.anonymous else _profile(settings.profile)
    names = ("OSS_ENDPOINT",) if kind == "oss" else ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
    endpoint = settings.endpoint or _of_environment(*names) or profile.pop("endpoint", None)
    profile.pop("endpoint", None)
    virtual = settings.virtual_host or kind == "oss"
    amazon: dict[str, Any] = dict(profile)
    if kind == "oss" and (key := _of_environment("OSS_ACCESS_KEY_ID")) is not None:
        amazon |= {"access_key_id": key, "secret_access_key": os.environ.get("OSS_ACCESS_KEY_SECRET", "")}
    if keys:
        amazon |= zip(("access_key_id", "secret_access_key"), map(unquote, keys.split(":", 1)), strict=False)
    if settings.region is not None:
        amazon["region"] = settings.region
    if endpoint is not None:
        head, _, host = endpoint.rstrip("/").rpartition("://")
        amazon["endpoint"] = f"{head or 'https'}://{f'{bucket}.' if virtual else ''}{host}"
    flags = {"request_payer": settings.requester_pays, "skip_signature": settings.anonymous}
    flags["virtual_hosted_style_request"] = virtual
    amazon |= {name: True for name, is_so in flags.items() if is_so}
    return S3Store(bucket, **amazon, **_client(endpoint), retry_config=RETRIES if patient else IMPATIENT)


def _client(endpoint: str | None) -> dict[str, Any]:
    return {"client_options": {"timeout": TIMEOUT, "allow_http": (endpoint or "").startswith("http://")}}


def _of_environment(*names: str) -> str | None:
    return next((os.environ[name] for name in names if os.environ.get(name)), None)


GIVEN = ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
FROM_PROFILE = {
    "aws_access_key_id": "access_key_id",
    "aws_secret_access_key": "secret_access_key",
    "aws_session_token": "session_token",
    "region": "region",
    "endpoint_url": "endpoint",
}


def _profile(name: str | None) -> dict[str, str]:
    """Return what the files of AWS say of a profile that is named, or of the usual one if nothing else gives keys."""
    if name is None and any(os.environ.get(each) for each in GIVEN):
        return {}
    profile = name or os.environ.get("AWS_PROFILE")
    said: dict[str, str] = {}
    for variable, usual, section in (
        ("AWS_CONFIG_FILE", "~/.aws/config", f"profile {profile}" if profile else "default"),
        ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", profile or "default"),
    ):
        parser = configparser.ConfigParser(interpolation=None)
        parser.read(os.path.expanduser(os.environ.get(variable, usual)))
        if parser.has_section(section):
            said |= {FROM_PROFILE[key]: value for key, value in parser.items(section) if key in FROM_PROFILE}
    if profile is not None and "access_key_id" not in said:
        raise StoreError(
            f"the profile {profile} has no keys in the files of AWS: name another, or give keys by the environment"
        )
    return said
