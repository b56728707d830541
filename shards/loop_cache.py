"""Where machine code is kept on this machine, and whose turn it is to compile.

numba takes a cached function for good while the file it stands in is unchanged, though it may call functions of others.
The machine code of a module therefore lies in a folder named by the contents of the module and of all that it imports,
wherever the checkout is: changed code is never run as it was before, and a copy of the same code compiles nothing.

The folder is in `NUMBA_CACHE_DIR` if that is set; else under the user's cache directory; else, for a user without a
home, in a private one under the temporary directory.

Processes that need the same function at once compile it once: the others wait for its lock, which the system takes from
a process that dies. Where a file system has no locks, they at worst compile the same thing twice.
"""

import fcntl
import functools
import hashlib
import logging
import os
import re
import tempfile
import time
from pathlib import Path

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parents[1]
SIGN = "compiling"  # the file that is locked, by all that do, while loops are compiled
PATIENCE = 600.0  # seconds to wait for another process: the largest loops take a minute on a busy machine
_IMPORT = re.compile(r"^from ([\w.]+) import (\([^)]*\)|[^\n]*)", re.MULTILINE)


@functools.cache
def cache_folder() -> Path:
    """Return the folder that holds the machine code of all modules."""
    given = os.environ.get("NUMBA_CACHE_DIR")
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    for folder in (given, f"{home}/yuliao"):
        if folder and _writable(Path(folder)):
            return Path(folder)
    return private(Path(tempfile.gettempdir()) / f"yuliao-{os.getuid()}")


@functools.cache
def code_digest(module: Path, version: str, root: Path = ROOT) -> str:
    """Return 16 hex digits for a compiler's version and the contents of a module and of all of ours that it imports."""
    digest = hashlib.sha256(version.encode())
    for path in _closure(module, root):
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _closure(module: Path, root: Path) -> list[Path]:
    paths: set[Path] = set()
    waiting = [module]
    while waiting:
        path = waiting.pop()
        if path not in paths and path.is_file():
            paths.add(path)
            for name, names in _IMPORT.findall(path.read_text(encoding="utf-8")):
                parent = root / name.replace(".", "/")
                waiting += [parent.with_suffix(".py"), *(parent / f"{name}.py" for name in re.findall(r"\w+", names))]
    return sorted(paths)


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def private(folder: Path) -> Path:
    """Return the folder, made if need be; code is loaded from it, so it must be this user's and nobody else's."""
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise PermissionError(f"{folder} must belong to this user alone; set NUMBA_CACHE_DIR to a folder that does")
    return folder


class Turn:
    """A lock between processes: the right to compile one thing, or, shared, a sign that something is being compiled."""

    def __init__(self, path: Path, *, shared: bool = False) -> None:
        self._path = path
        self._kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        self._file: int | None = None

    def take(self) -> bool:
        """Wait until no other process is in the way; return whether it was not this one's already."""
        if self._file is not None:
            return False
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError:  # another user's, or gone: as without locks
            return False
        end, pause = time.monotonic() + PATIENCE, 0.002
        while not _try(self._file, self._kind) and time.monotonic() < end:
            time.sleep(pause)
            pause = min(pause * 2, 0.1)
        return True

    def give_back(self) -> None:
        """Let others have it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


@functools.cache
def say_that_loops_are_compiled() -> None:
    """Log it, once in a process: it takes a while, and what waits for it would seem to hang."""
    logger.info("compiling loops for this machine, once: %s", cache_folder())


def someone_compiles() -> bool:
    """Return whether a process of this machine is compiling a loop right now."""
    try:
        file = os.open(cache_folder() / SIGN, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _try(file, fcntl.LOCK_EX)
    finally:
        os.close(file)


def _try(file: int, kind: int) -> bool:
    """Return whether nobody else holds the lock. Where there are no locks, nobody does."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
