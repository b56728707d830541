"""The name of a file within its source: the same wherever the source lies, and no other file of the source has it.

A file is named by its path below the folder that its pattern names before the first wildcard, below the prefix of its
list, or, if it was named itself, by the last part of its path: `2026/pages-00001.warc.gz`. The paths of a source may
name several such folders. They are numbered in the order in which the source comes to them, and the number stands
before what lies in any but the first: `2:pages-00001.warc.gz`. So a name depends neither on where a folder lies nor on
what else is in it, and a folder that is added behind the others changes no name.
"""

import os
import posixpath
import re
from dataclasses import dataclass

from shards import files
from shards.secrets import redacted

_NUMBERED = re.compile(r"\d+:")
_ESCAPED = re.compile(r"%2[5EF]")
_ESCAPES = {"": "", ".": "%2E", "..": "%2E%2E"}


@dataclass(frozen=True)
class File:
    """A file of a source: where it is opened, and what it is called within the source."""

    uri: str
    name: str


class Names:
    """Gives the files of one source their names, in the order in which its paths come to them."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def enter(self, folder: str) -> int:
        """Return the number of a folder, which is given on the first call."""
        return self._numbers.setdefault(whereabouts(folder), len(self._numbers) + 1)

    def name(self, folder: str, path: str) -> str:
        """Return the name of the file at a path below a folder; different files have different names."""
        number, name = self.enter(folder), portable(redacted(path))
        return f"{number}:{name}" if number > 1 or _NUMBERED.match(name) else name


def portable(path: str) -> str:
    """Return a path as part of a name: never absolute, and without steps upwards. Different paths stay different."""
    steps = path.split("/")
    if steps[0] and not _ESCAPES.keys() & set(steps) - {""} and not _ESCAPED.search(path):
        return path
    escaped = "/".join(_ESCAPES.get(step, step.replace("%", "%25")) for step in steps)
    return escaped if steps[0] else "%2F" + escaped[1:]


def divided(uri: str, prefix: str) -> tuple[str, str]:
    """Return the folder and the path below it of a file that a list names: below the folder of the prefix, or else
    below its host or bucket; of a local file with an absolute path, only the last part is taken.
    """
    if prefix and uri.startswith(prefix):
        cut = prefix.rfind("/") + 1
        return uri[:cut], uri[cut:]
    kind, separator, rest = uri.partition("://")
    if separator:
        place, _, path = rest.partition("/")
        return f"{kind}://{place}", path
    local = posixpath.normpath(uri)
    return posixpath.split(local) if local.startswith("/") else ("", local)


def whereabouts(uri: str) -> str:
    """Return one spelling of where a file or folder lies."""
    return uri.rstrip("/") if files.scheme(uri) else os.path.abspath(uri)
