"""Ways to damage a file, and a command that is killed while it writes."""

import random
from collections.abc import Callable
from pathlib import Path


def flip(path: Path, draw: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    path.write_bytes(content)


def cut(path: Path, draw: random.Random) -> None:
    path.write_bytes(path.read_bytes()[: draw.randrange(path.stat().st_size)])


def lose(path: Path, draw: random.Random) -> None:
    path.unlink()


DAMAGE: dict[str, Callable[[Path, random.Random], None]] = {"flipped": flip, "cut": cut, "lost": lose}

_DYING = """
import os, signal, sys
from shards import files
left = int(sys.argv[1])
def dying(write):
    def written(*arguments, **named):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return write(*arguments, **named)
    return written
for name in ("write_shard", "write_bytes", "remove"):
    setattr(files, name, dying(getattr(files, name)))
from jobs.__main__ import main
sys.argv = ["yuliao", *sys.argv[2:]]
try:
    main()
finally:
    print("writes", -left)
"""


def dying(write: int, *arguments: str) -> list[str]:
    """Return what Python is to run: a command of ours that kills itself before this write, the first being 1.

    With 0 it lives, and ends with a line that says how many there were: `writes 93`.
    """
    return ["-c", _DYING, str(write), *arguments]
