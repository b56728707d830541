"""Where a release lies, from any path that leads to it, and the way to the newest one of an output folder.

OUTPUT/release                   a relative link to the newest release; or, where there are no links (a bucket, a
                                 file system that has none), a file that names its folder: {"release": "…"}
OUTPUT/11-publish-91c0aa17/release/manifest.json    makes a folder a release
"""

import json
import os
import posixpath
from contextlib import suppress

from shards import files

NAME = "release"
FOLDER = f"{NAME}/"  # below that of its stage
MANIFEST = "manifest.json"
CARD = "README.md"


class ReleaseError(ValueError):
    """There is no release, or none that can be read. The message names the place, and what would be there."""


def release_at(path: str) -> str:
    """Return the folder of the release that a path leads to, with no link as its last part.

    The path is a release, the folder of the stage that published it, the output folder of a run (its newest release),
    or the link or file `release` in there.

    Raises
    ------
    ReleaseError
        if it leads to none.
    """
    path = _followed(path.rstrip("/") or "/")
    if not files.exists(files.join(path, MANIFEST)):
        path = _followed(files.join(path, NAME))
    if not files.exists(files.join(path, MANIFEST)):
        raise ReleaseError(
            f"{path.removesuffix(f'/{NAME}')}: no release here: a release has a {MANIFEST}, and the output folder of a"
            f" run that has published leads to one by `{NAME}`"
        )
    return path


def stage_folders(release: str, stage: str) -> list[str]:
    """Return the folders of a stage of the run that made a release, which lie in the same output folder."""
    output = posixpath.dirname(posixpath.dirname(release)) or "."
    try:
        names = json.loads(files.read_bytes(files.join(release, MANIFEST)))["stages"]
    except (ValueError, KeyError, TypeError):
        return []  # of another format
    return [files.join(output, name) for name in names if name.partition("-")[2].rpartition("-")[0] == stage]


def lead_to(release: str) -> None:
    """Let `release` in the output folder lead to this release of it: at any moment to the one before, or to this.

    Raises
    ------
    ReleaseError
        if something else has this name there.
    """
    stage, _, name = release.rstrip("/").rpartition("/")
    output, _, folder = stage.rpartition("/")
    way, target = files.join(output, NAME), files.join(folder, name)
    if files.scheme(output) is None:
        if os.path.isdir(way) and not os.path.islink(way):
            raise ReleaseError(f"{way}: a folder, where the way to the newest release is to be: move it elsewhere")
        if _linked(way, target):
            return
    files.write_bytes(way, f"{json.dumps({NAME: target})}\n".encode())


def readable(output: str, release: str) -> str:
    """Return the path by which readers that know nothing of us reach the release of an output folder."""
    way = files.join(output, NAME)
    return way if files.scheme(output) is None and os.path.islink(way) else release


def _linked(way: str, target: str) -> bool:
    """Make the link and return True, or return False where the file system has no links."""
    new = (
        f"{way}{files.TEMPORARY}"  # one name: what a killed run left is taken over, and outputs have one run at a time
    )
    with suppress(FileNotFoundError):
        os.unlink(new)
    try:
        os.symlink(target, new)
    except (OSError, NotImplementedError):
        return False
    os.replace(new, way)
    return True


def _followed(path: str) -> str:
    """Return what the link or the file at a path leads to, or the path, if it is neither."""
    parent = path.rpartition("/")[0]
    if files.scheme(path) is None and os.path.islink(path):
        return files.join(parent, os.readlink(path))
    if not files.is_file(path):
        return path
    try:
        target = json.loads(files.read_bytes(path))[NAME]
    except (ValueError, KeyError, TypeError) as error:
        raise ReleaseError(f"{path}: no release, and no file that names one") from error
    return files.join(parent, str(target))
