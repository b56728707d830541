"""Which runs with an output in a bucket were started on this machine: a bucket that does not answer cannot say.

A run that was started is tried again until its bucket answers; of one that never was, the address is taken for wrong.
The markers are empty files, named by the hash of the output: $XDG_STATE_HOME/yuliao/started, or ~/.local/state.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from shards import stores


def mark(output: str) -> None:
    """Mark a run as started, if its output is in a bucket; where nothing can be written, nothing is marked."""
    if stores.holds(output):
        with suppress(OSError, RuntimeError):  # RuntimeError: of a user without a home
            marker = _marker(output)
            marker.parent.mkdir(parents=True, exist_ok=True)
            marker.touch()


def is_marked(output: str) -> bool:
    """Return whether a run with this output was started on this machine."""
    with suppress(OSError, RuntimeError):
        return _marker(output).exists()
    return False


def _marker(output: str) -> Path:
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "yuliao" / "started" / hashlib.sha256(output.rstrip("/").encode()).hexdigest()[:32]
