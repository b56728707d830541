"""Arrays that take long to make of a file: made once on a machine, then read as they are.

They are kept beside the machine code (`shards.loop_cache`), in a file named by the contents of the file that they are
made of and of the code that makes them. It is read and not mapped: a random walk through mapped pages, which are small
ones, takes a tenth more time.
"""

import hashlib
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from shards.arrays import Array
from shards.loop_cache import cache_folder, code_digest


def prepared(source: Path, code: Path, make: Callable[[], dict[str, Array]]) -> dict[str, Array]:
    """Return the arrays that the module `code` makes of the file `source`, by name.

    Whoever finds none makes and keeps them. Where they cannot be kept (no room, no leave), they are made each time.
    """
    contents = hashlib.sha256(source.read_bytes()).hexdigest()[:16]
    kept = cache_folder() / f"{code.stem}-{code_digest(code, np.__version__)}-{contents}.npz"
    with suppress(OSError, EOFError, ValueError, BadZipFile), kept.open("rb") as data, np.load(data) as file:
        return dict(file)
    arrays = make()
    with suppress(OSError), tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        made = Path(folder, kept.name)
        np.savez(made, allow_pickle=False, **arrays)
        made.rename(kept)
    return arrays
