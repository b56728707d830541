"""The identity of input files: of a local file its contents, in a bucket its size and time, on the web its name.

Contents are digested once: the digest of a file is kept beside the run and used again while its size and time of
change are the same. Where there is much to read for the first time, an executor has it read elsewhere (`elsewhere`).
"""

import contextlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any, TypeAlias

import xxhash

from pipeline.errors import ConfigError, SourceError
from shards import files
from shards.seal import sealed, unsealed
from shards.secrets import redacted

IMMUTABLE = {"https", "http", "hf"}  # asking a dump's 90,000 files for their size takes hours; name a version instead
PURGED = "purged"  # records of it were taken down
UNMEASURED = 1 << 30  # bytes, for a file that was not asked: Common Crawl's WARC files are about that large
MUCH = 256 << 20  # bytes: what a process digests itself, in a second or less

Digester: TypeAlias = Callable[[Sequence[Sequence[str]]], Iterator[list[str]]]  # groups of files → digests, in order


class Inputs:
    """The identities of input files, remembered in a JSON file."""

    def __init__(self, memory: str, elsewhere: Digester | None = None) -> None:
        self._memory = memory
        self._elsewhere = elsewhere
        self._known = _remembered(memory)
        self._seen: dict[str, tuple[str, int]] = {}
        self._stamps: dict[str, str] = {}
        self._status: dict[str, tuple[int, int | None]] = {}  # size and time of change of local files
        self._learnt = False

    @property
    def folder(self) -> str:
        """Where they are remembered: the output folder of the run."""
        return os.path.dirname(self._memory)

    def identify(self, uri: str) -> tuple[str, int]:
        """Return the identity of a file and its size in bytes."""
        if uri not in self._seen:
            self.identify_all([uri])
        return self._seen[uri]

    def identify_all(self, uris: Sequence[str]) -> None:
        """Identify many files, several at a time."""
        with ThreadPoolExecutor(16) as pool:
            identities = dict(zip(uris, pool.map(self._look, uris), strict=True))
            new = [uri for uri, identity in identities.items() if identity is None]
            sizes = {uri: self._status[uri][0] for uri in new}
            if self._elsewhere is None or sum(sizes.values()) < MUCH:
                digests = pool.map(digest_of, new)
            else:
                digests = chain.from_iterable(self._elsewhere(grouped(new, sizes)))
            for uri, digest in zip(new, digests, strict=True):
                self._known[os.path.abspath(uri)] = [*self._status[uri], digest]
                identities[uri] = f"xxh3:{digest}", sizes[uri]
                self._learnt = True
        self._seen |= {uri: identity for uri, identity in identities.items() if identity is not None}

    def stamp(self, uri: str) -> str | None:
        """Return what a local file looked like when it was identified; None of any other."""
        return self._stamps.get(uri)

    def save(self) -> None:
        """Remember what was learnt."""
        if self._learnt:
            files.write_bytes(
                self._memory, sealed(json.dumps({"inputs": self._known}, indent=1, sort_keys=True).encode())
            )
            self._learnt = False

    def _look(self, uri: str) -> tuple[str, int] | None:
        """Return the identity of a file and its size, or nothing if it is a local one that is to be digested."""
        if files.scheme(uri) in IMMUTABLE:
            return redacted(uri), UNMEASURED
        try:
            info = files.info(uri)
        except FileNotFoundError as error:
            raise ConfigError(f"input {error}") from error
        except OSError as error:
            raise SourceError(f"{uri}: {error}") from error
        if files.scheme(uri) is not None:
            return f"{redacted(uri)}:{info.size}:{info.mtime_ns}", info.size or UNMEASURED
        self._status[uri] = info.size or 0, info.mtime_ns
        self._stamps[uri] = stamp_of(uri)
        known = self._known.get(os.path.abspath(uri))
        if known is None or known[:2] != [info.size, info.mtime_ns]:
            return None
        return f"xxh3:{known[2]}", info.size or 0

    def keep_identity(self, uris: Iterable[str]) -> None:
        """Let files that have lost records be known by what they were: tasks that have read that are done."""
        for uri in uris:
            path = os.path.abspath(uri)
            if path in self._known:
                info = files.info(uri)
                self._known[path] = [info.size, info.mtime_ns, self._known[path][2], PURGED]
                self._learnt = True
        self.save()

    def purged(self, uris: Iterable[str]) -> list[str]:
        """Return those of the files that are known by what they were before they lost records."""
        return [uri for uri in uris if self._known.get(os.path.abspath(uri), ())[3:] == [PURGED]]

    def forget(self, uris: Iterable[str]) -> None:
        """Have files identified anew, by what they are now."""
        for uri in uris:
            self._learnt |= self._known.pop(os.path.abspath(uri), None) is not None
        self.save()


def _remembered(memory: str) -> dict[str, list[Any]]:
    """Return what was known of inputs; nothing if that is damaged: they are digested again."""
    known = unsealed(files.read_if_there(memory) or b"")
    return json.loads(known)["inputs"] if known else {}


def stamp_of(uri: str) -> str:
    """Return what a local file looks like from outside: as long as it is the same, so are its contents."""
    status = os.stat(uri)
    return f"{status.st_size}:{status.st_mtime_ns}"


@contextlib.contextmanager
def unchanged(uri: str, stamp: str | None, identity: str) -> Iterator[None]:
    """Check that a file is what was planned, before and after the block in which it is read.

    Raises
    ------
    SourceError
        when it is another, or has changed while it was read.
    """
    if stamp is None:
        yield
        return
    try:
        before = stamp_of(uri)
        if before != stamp and f"xxh3:{_digest(uri)}" != identity:
            raise SourceError(f"{uri}: it has changed since the run was planned; run again")
        yield
        if stamp_of(uri) != before:
            raise SourceError(f"{uri}: it has changed while it was read; run again")
    except FileNotFoundError as error:
        if files.exists(uri):  # what is missing is another file
            raise
        raise SourceError(f"{uri}: it has vanished since the run was planned; run again") from error


def grouped(uris: Sequence[str], sizes: Mapping[str, int]) -> list[list[str]]:
    """Return files in groups of about as many bytes as a process digests at a time; a larger one is by itself."""
    groups: list[list[str]] = []
    room = 0
    for uri in uris:
        if sizes[uri] > room or not groups:
            groups.append([])
            room = MUCH
        groups[-1].append(uri)
        room -= sizes[uri]
    return groups


def digests_of(uris: Sequence[str]) -> list[str]:
    """Return the digests of files."""
    return [digest_of(uri) for uri in uris]


def digest_of(uri: str) -> str:
    """Return the digest of a file's contents.

    Raises
    ------
    SourceError
        when it cannot be read.
    """
    try:
        return _digest(uri)
    except OSError as error:
        raise SourceError(f"{uri}: {error.strerror or error}") from error


def _digest(uri: str) -> str:
    digest = xxhash.xxh3_128()
    with files.open_input(uri) as source:
        while chunk := source.read(1 << 22):
            digest.update(chunk)
    return digest.hexdigest()
