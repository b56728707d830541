"""Loops over Arrow buffers as machine code, compiled once per machine and kept on disk wherever that can be written.

numba takes a cached function for good while the file it stands in is unchanged, though it may call functions of others.
The cache therefore lies in a folder named by all the code that is compiled: changed code is never run as it was before.

The folder is in `NUMBA_CACHE_DIR` if that is set; else under the user's cache directory; else, for a user without a
home, in a private one under the temporary directory. Entries are replaced whole, so processes that start at once at
worst compile the same thing twice.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])

ROOMS = ("dedup", "filters", "pipeline/extract")  # with compiled loops
_USES = "from shards.compiled import"
_IMPORT = re.compile(r"^from ([\w.]+) import (\([^)]*\)|[^\n]*)", re.MULTILINE)

_INNER: Any = {"cache": True, "nogil": True, "_nrt": False}


def compiled(function: F) -> F:
    """Return the function as machine code, compiled when it is first called and never again on this machine."""
    return cast("F", numba.njit(cache=True, nogil=True)(function))


def inner(function: F) -> F:
    """Return the function as machine code for compiled loops to call: five times faster to call, if it makes no array.

    numba counts references to the arrays that a function is given, atomically and in every call. A function compiled
    without its memory management counts none.
    """
    return cast("F", numba.njit(**_INNER)(function))


def cache_folder() -> Path:
    """Return the folder of this code's machine code."""
    given = os.environ.get("NUMBA_CACHE_DIR")
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    for folder in (given, f"{home}/yuliao"):
        if folder and _writable(Path(folder)):
            return Path(folder) / _code_digest()
    return _private(Path(tempfile.gettempdir()) / f"yuliao-{os.getuid()}") / _code_digest()


def _code_digest() -> str:
    root = Path(__file__).parents[1]
    digest = hashlib.sha256(numba.__version__.encode())
    for path in compiled_code(root):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def compiled_code(root: Path) -> list[Path]:
    """Return the modules with compiled loops, and those whose constants they may read: what they import, and so on.

    A new filter that compiles nothing is none of them, so it costs its writer no compiling.
    """
    rooms = {path for room in ROOMS for path in (root / room).rglob("*.py")}
    waiting = [path for path in rooms if _USES in path.read_text(encoding="utf-8")]
    found: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in rooms and path not in found:
            found.add(path)
            for module, names in _IMPORT.findall(path.read_text(encoding="utf-8")):
                parent = root / module.replace(".", "/")
                waiting += [parent.with_suffix(".py"), *(parent / f"{name}.py" for name in re.findall(r"\w+", names))]
    return sorted(found)


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def _private(folder: Path) -> Path:
    """Return the folder, made if need be; code is loaded from it, so it must be this user's and nobody else's."""
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise PermissionError(f"{folder} must belong to this user alone; set NUMBA_CACHE_DIR to a folder that does")
    return folder


numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]
