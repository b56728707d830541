"""Files and folders by their URIs: what is there, how large it is, since when; on any file system and in any bucket.

A path without a scheme is local. Objects in buckets are `shards.stores`; any other scheme (`https://`, `hf://`) is read
through fsspec.
"""

import contextlib
import os
import posixpath
import shutil
from dataclasses import dataclass

from pyarrow import fs

from shards import stores


@dataclass(frozen=True)
class FileInfo:
    """A file that exists: its URI as it was asked for, its size, and its time of change where the store tells.

    `folder` is what the pattern names before its first wildcard (of a file that was named itself, where it lies), and
    `path` what follows.
    """

    uri: str
    size: int | None  # None if its server does not tell
    mtime_ns: int | None = None
    folder: str = ""
    path: str = ""


def join(base: str, *parts: str) -> str:
    """Return the URI of a file below another."""
    return posixpath.join(base, *parts)


def scheme(uri: str) -> str | None:
    """Return the scheme of a URI, or None for a local path."""
    head, separator, _ = uri.partition("://")
    return head if separator else None


def resolve(uri: str) -> tuple[fs.FileSystem, str]:
    """Return the file system that holds a URI, and the path in it. Buckets are no file systems."""
    kind = scheme(uri)
    if kind is None:
        return fs.LocalFileSystem(), uri
    if kind == "file":
        system, path = fs.FileSystem.from_uri(uri)
        return system, path
    import fsspec  # brings asyncio, and most runs read local files

    handler = fsspec.filesystem(kind)
    return fs.PyFileSystem(fs.FSSpecHandler(handler)), handler._strip_protocol(uri)


def exists(uri: str) -> bool:
    """Return whether a file or folder is there."""
    if stores.holds(uri):
        return stores.find(uri) is not None or stores.is_folder(uri)
    system, path = resolve(uri)
    return bool(system.get_file_info(path).type != fs.FileType.NotFound)


def is_folder(uri: str) -> bool:
    """Return whether a folder is there, and not a file."""
    if stores.holds(uri):
        return stores.is_folder(uri)
    system, path = resolve(uri)
    return bool(system.get_file_info(path).type == fs.FileType.Directory)


def info(uri: str) -> FileInfo:
    """Return what is known of a file that is called exactly so, whatever characters are in its name.

    Raises
    ------
    FileNotFoundError
        when there is no such file.
    """
    if stores.holds(uri):
        if (there := stores.find(uri)) is None:
            raise FileNotFoundError(f"{uri}: no such file")
        return FileInfo(uri, there.size, there.mtime_ns)
    system, path = resolve(uri)
    entry = system.get_file_info(path)
    if entry.type != fs.FileType.File:
        raise FileNotFoundError(f"{uri}: no such file")
    return FileInfo(uri, entry.size, entry.mtime_ns)


def is_file(uri: str) -> bool:
    """Return whether a file is there, and not a folder."""
    if stores.holds(uri):
        return stores.find(uri) is not None
    system, path = resolve(uri)
    return bool(system.get_file_info(path).type == fs.FileType.File)


def folders_in(uri: str) -> list[str]:
    """Return the names of the folders directly in a folder, sorted; none if there is no such folder."""
    if stores.holds(uri):
        return sorted(stores.directly_in(uri)[0])
    system, path = resolve(uri)
    if isinstance(system, fs.LocalFileSystem):
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):  # as in `times_in`
            return sorted(entry.name for entry in os.scandir(path) if entry.is_dir())
        return []
    selector = fs.FileSelector(path, allow_not_found=True)
    return sorted(info.base_name for info in system.get_file_info(selector) if info.type == fs.FileType.Directory)


def modified(uri: str) -> int:
    """Return when a file was last written, in nanoseconds; 0 if it is not there or the store does not tell."""
    if stores.holds(uri):
        return there.mtime_ns if (there := stores.find(uri)) else 0
    system, path = resolve(uri)
    return int(system.get_file_info(path).mtime_ns or 0)


def names_in(uri: str) -> list[str]:
    """Return the names of the files directly in a folder, sorted; none if there is no such folder."""
    return sorted(times_in(uri))


def times_in(uri: str) -> dict[str, float]:
    """Return when each file directly in a folder was written, in seconds since the epoch; none if there is none."""
    if stores.holds(uri):
        return {entry.key: entry.mtime_ns / 1e9 for entry in stores.directly_in(uri)[1]}
    system, path = resolve(uri)
    if not isinstance(system, fs.LocalFileSystem):
        infos = system.get_file_info(fs.FileSelector(path, allow_not_found=True))
        return {info.base_name: (info.mtime_ns or 0) / 1e9 for info in infos if info.type == fs.FileType.File}
    times = {}
    with contextlib.suppress(
        FileNotFoundError, NotADirectoryError
    ):  # Arrow's list fails if the folder is made while it looks for it
        for entry in os.scandir(path):
            with contextlib.suppress(FileNotFoundError):
                if entry.is_file():
                    times[entry.name] = entry.stat().st_mtime
    return times


def paths_below(uri: str) -> list[str]:
    """Return the paths below a folder of all that is no folder, sorted; none if there is no such folder."""
    if stores.holds(uri):
        return sorted(entry.key for entry in stores.below(uri))
    system, path = resolve(uri)
    if isinstance(system, fs.LocalFileSystem):  # arrow's passes over links that lead to nothing
        below = (posixpath.join(folder, name) for folder, _, names in os.walk(path, followlinks=True) for name in names)
    else:
        selector = fs.FileSelector(path, recursive=True, allow_not_found=True)
        below = (info.path for info in system.get_file_info(selector) if info.type != fs.FileType.Directory)
    return sorted(posixpath.relpath(file, path) for file in below)


def sizes_below(uri: str) -> dict[str, int]:
    """Return the size of every file below a folder, by its path below it; none if there is no such folder."""
    if stores.holds(uri):
        return {entry.key: entry.size for entry in stores.below(uri)}
    system, path = resolve(uri)
    infos = system.get_file_info(fs.FileSelector(path, recursive=True, allow_not_found=True))
    return {posixpath.relpath(info.path, path): int(info.size) for info in infos if info.type == fs.FileType.File}


def remove(uri: str) -> None:
    """Remove a file."""
    if stores.holds(uri):
        stores.remove([uri])
        return
    system, path = resolve(uri)
    system.delete_file(path)


def remove_folder(uri: str) -> None:
    """Remove a folder with all that is in it; no link in it is followed."""
    if stores.holds(uri):
        stores.remove([join(uri, info.key) for info in stores.below(uri)])
        return
    system, path = resolve(uri)
    if isinstance(system, fs.LocalFileSystem):
        shutil.rmtree(path)
    else:
        system.delete_dir(path)
