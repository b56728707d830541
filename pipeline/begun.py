"""Which runs in buckets this machine has begun: what a bucket that does not answer cannot say.

A run that has begun is tried again until its bucket answers; of one that never began, the address is taken for wrong.
The notes are empty files, named by the hash of the output: $XDG_STATE_HOME/yuliao/begun, or ~/.local/state below home.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from shards import stores


def note(output: str) -> None:
    """Note that a run begins, if its output is in a bucket; where nothing can be written, nothing is noted."""
    if stores.holds(output):
        with suppress(OSError, RuntimeError):  # RuntimeError: of a user without a home
            place = _note(output)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()


def is_noted(output: str) -> bool:
    """Return whether a run with this output has begun on this machine."""
    with suppress(OSError, RuntimeError):
        return _note(output).exists()
    return False


def _note(output: str) -> Path:
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "yuliao" / "begun" / hashlib.sha256(output.rstrip("/").encode()).hexdigest()[:32]
