"""Loops over Arrow buffers as machine code, compiled once per machine and kept on disk wherever that can be written.

numba takes a cached function for good while the file it stands in is unchanged, though it may call functions of others.
The machine code of a module therefore lies in a folder named by the contents of the module and of all that it imports,
wherever the checkout is: changed code is never run as it was before, and a copy of the same code compiles nothing.

The folder is in `NUMBA_CACHE_DIR` if that is set; else under the user's cache directory; else, for a user without a
home, in a private one under the temporary directory. Entries are replaced whole, so processes that start at once at
worst compile the same thing twice.
"""

import functools
import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core.caching import UserProvidedCacheLocator

F = TypeVar("F", bound=Callable[..., Any])

_ROOT = Path(__file__).parents[1]
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
    """Return the folder that holds the machine code of all modules."""
    given = os.environ.get("NUMBA_CACHE_DIR")
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    for folder in (given, f"{home}/yuliao"):
        if folder and _writable(Path(folder)):
            return Path(folder)
    return _private(Path(tempfile.gettempdir()) / f"yuliao-{os.getuid()}")


@functools.cache
def code_digest(module: Path, root: Path = _ROOT) -> str:
    """Return 16 hex digits for the contents of a module and of those of ours that it imports, and so on."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in _closure(module, root):
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _closure(module: Path, root: Path) -> list[Path]:
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        path = waiting.pop()
        if path not in found and path.is_file():
            found.add(path)
            for name, names in _IMPORT.findall(path.read_text(encoding="utf-8")):
                parent = root / name.replace(".", "/")
                waiting += [parent.with_suffix(".py"), *(parent / f"{name}.py" for name in re.findall(r"\w+", names))]
    return sorted(found)


class CodeLocator(UserProvidedCacheLocator):
    """Tells numba the folder of a function's machine code: named by the code, and not by its place."""

    def __init__(self, function: Callable[..., Any], file: str) -> None:
        super().__init__(function, file)  # type: ignore[no-untyped-call]
        path = Path(file).resolve()
        self._cache_path = os.path.join(numba.config.CACHE_DIR, f"{path.stem}-{code_digest(path)}")  # type: ignore[attr-defined]


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
numba.config.CACHE_LOCATOR_CLASSES = f"{__name__}.{CodeLocator.__name__}"  # type: ignore[attr-defined]
