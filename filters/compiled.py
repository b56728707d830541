"""Machine code compiled once per machine and kept on disk, wherever there is a place that can be written.

The cache is where `NUMBA_CACHE_DIR` says; else beside the module; else under the user's cache directory; else, for a
read-only install run by a user without a home, in a private directory under the temporary one. Entries are replaced
whole, so that processes that start at once at worst compile the same thing twice.

To see whether its cache is stale, numba looks at the file that a function stands in and at no other. So a compiled
function calls compiled functions of its own file only; a test holds every module to that.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Return the function as machine code, compiled when it is first called and never again on this machine."""
    try:
        return cast("F", numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # numba: "no locator available": neither the package nor a home can be written
        numba.config.CACHE_DIR = str(  # type: ignore[attr-defined]
            _private_directory(Path(tempfile.gettempdir()) / f"numba-{os.getuid()}")
        )
        return cast("F", numba.njit(cache=True, nogil=True)(function))


def _private_directory(path: Path) -> Path:
    """Return the directory, made if need be; code is loaded from it, so it must be this user's and nobody else's."""
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.lstat()
    if status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise PermissionError(f"{path} must belong to this user alone; set NUMBA_CACHE_DIR to a directory that does")
    return path
