"""The journal of a task: one line per attempt, written after the WARC records it speaks of.

    {"url", "kind", "seed", "depth", "hops", "attempt", "origin", "at", "outcome", "reason", "status", "seconds", …,
     "warc": {family: [number, size], …}, "found": [[url, kind, seed, depth, hops, origin], …], "lists": […]}

It is what a restart reads: what stands in it has happened, what does not has not.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


class Journal:
    """An append-only file of JSON lines."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def append(self, entry: Mapping[str, Any]) -> None:
        """Write a line in one call; a process that is killed leaves it whole, or cut short at the end of the file."""
        data = json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        while data:
            data = data[os.write(self._file, data) :]

    def sync(self) -> None:
        """Hand the journal to the disk."""
        os.fsync(self._file)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the entries of a journal, whole ones only."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        for line in lines:
            if not line.endswith(b"\n"):
                return
            yield json.loads(line)


def cut(path: Path, entries: int) -> None:
    """Shorten a journal to its first entries."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        size = sum(len(line) for line, _ in zip(lines, range(entries), strict=False))
    os.truncate(path, size)
