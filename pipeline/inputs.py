"""The identity of input files: of a local file its contents, in a bucket its size and time, on the web its name.

Contents are digested once: the digest of a file is kept beside the run and used again while its size and time of
change are the same.
"""

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import xxhash

from pipeline.errors import ConfigError, SourceError
from shards import files
from shards.secrets import redacted

IMMUTABLE = {"https", "http", "hf"}  # asking a dump's 90,000 files for their size takes hours; name a version instead
UNMEASURED = 1 << 30  # bytes, for a file that was not asked: Common Crawl's WARC files are about that large


class Inputs:
    """The identities of input files, remembered in a JSON file."""

    def __init__(self, memory: str) -> None:
        self._memory = memory
        self._known: dict[str, list[Any]] = json.loads(files.read_bytes(memory)) if files.exists(memory) else {}
        self._seen: dict[str, tuple[str, int]] = {}
        self._learnt = False

    def identify(self, uri: str) -> tuple[str, int]:
        """Return the identity of a file and its size in bytes."""
        if uri not in self._seen:
            self.identify_all([uri])
        return self._seen[uri]

    def identify_all(self, uris: Sequence[str]) -> None:
        """Identify many files, several at a time."""
        with ThreadPoolExecutor(16) as pool:
            self._seen |= zip(uris, pool.map(self._identify, uris), strict=True)

    def save(self) -> None:
        """Remember what was learnt."""
        if self._learnt:
            files.write_bytes(self._memory, json.dumps(self._known, indent=0, sort_keys=True).encode())
            self._learnt = False

    def _identify(self, uri: str) -> tuple[str, int]:
        if files.scheme(uri) in IMMUTABLE:
            return redacted(uri), UNMEASURED
        try:
            (info,) = files.expand([uri])
        except FileNotFoundError as error:
            raise ConfigError(f"input {error}") from error
        except OSError as error:
            raise SourceError(f"{uri}: {error}") from error
        if files.scheme(uri) is not None:
            return f"{redacted(uri)}:{info.size}:{info.mtime_ns}", info.size
        path, stamp = os.path.abspath(uri), [info.size, info.mtime_ns]
        known = self._known.get(path)
        if known is None or known[:2] != stamp:
            known = self._known[path] = [*stamp, _digest(uri)]
            self._learnt = True
        return f"xxh3:{known[2]}", info.size


def _digest(uri: str) -> str:
    digest = xxhash.xxh3_128()
    with files.open_input(uri) as source:
        while chunk := source.read(1 << 22):
            digest.update(chunk)
    return digest.hexdigest()
