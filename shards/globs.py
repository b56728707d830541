"""The files that a pattern names: a file, a folder or a glob, on any file system."""

import posixpath
import re
from collections.abc import Iterator, Sequence

from pyarrow import fs

from shards import files, stores, web

_GLOB = re.compile(r"[*?\[]")


def expand(patterns: Sequence[str]) -> list[files.FileInfo]:
    """Return the files that the patterns name, sorted and without repeats.

    A pattern is a file, a folder (every file below it) or a glob (`*` within a folder, `**` across).

    Raises
    ------
    FileNotFoundError
        when a pattern names no file: an input that has gone missing is never an empty input.
    """
    by_uri: dict[str, files.FileInfo] = {}
    for pattern in patterns:
        matches = list(_matches(pattern))
        if not matches:
            raise FileNotFoundError(f"{pattern}: no such file")
        for info in matches:
            by_uri.setdefault(info.uri, info)
    return [by_uri[uri] for uri in sorted(by_uri)]


def is_pattern(uri: str) -> bool:
    """Return whether characters of a URI are wildcards, if nothing is called so."""
    return files.scheme(uri) not in web.WEB and _GLOB.search(uri) is not None


def _matches(pattern: str) -> Iterator[files.FileInfo]:
    magic = _GLOB.search(pattern) if is_pattern(pattern) and not files.exists(pattern) else None
    folder, slash, name = (pattern if magic is None else pattern[: magic.start()]).rpartition("/")
    folder = folder or slash
    root = pattern if magic is None else folder or "."
    if files.scheme(pattern) in web.WEB and magic is None and web.length(pattern) is None:
        yield files.FileInfo(pattern, None, None, folder, name)
        return
    if stores.holds(root):
        yield from _in_bucket(pattern, root, folder, name, magic=magic is not None)
        return
    system, path = files.resolve(root)
    info = system.get_file_info(path)
    if info.type == fs.FileType.File and magic is None:
        yield files.FileInfo(pattern, info.size, info.mtime_ns, folder, name)
    elif info.type == fs.FileType.Directory:
        wanted, deep = _wanted(pattern, root, magic=magic is not None)
        for below in system.get_file_info(fs.FileSelector(path, recursive=deep)):
            inside = posixpath.relpath(below.path, path)
            uri = inside if root == "." else files.join(root, inside)
            if below.type == fs.FileType.File and wanted.fullmatch(uri):
                yield files.FileInfo(uri, below.size, below.mtime_ns, root, inside)


def _in_bucket(pattern: str, root: str, folder: str, name: str, *, magic: bool) -> Iterator[files.FileInfo]:
    if not magic and (there := stores.find(pattern)) is not None:
        yield files.FileInfo(pattern, there.size, there.mtime_ns, folder, name)
        return
    wanted, deep = _wanted(pattern, root, magic=magic)
    for below in stores.below(root) if deep else stores.directly_in(root)[1]:
        uri = files.join(root, below.key)
        if wanted.fullmatch(uri):
            yield files.FileInfo(uri, below.size, below.mtime_ns, root, below.key)


def _wanted(pattern: str, root: str, *, magic: bool) -> tuple[re.Pattern[str], bool]:
    """Return what matches the files of a pattern, and whether they may lie in folders below its root."""
    if not magic:
        return re.compile(".*", re.DOTALL), True
    return re.compile(_glob_regex(pattern)), "/" in pattern.removeprefix(root).lstrip("/")


def _glob_regex(pattern: str) -> str:
    parts = re.split(r"(\*\*/?|\*|\?|\[[^\]]+\])", pattern)
    special = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(special.get(part) or (part if part[:1] == "[" and part[1:] else re.escape(part)) for part in parts)
