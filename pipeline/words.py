"""The words of messages and reports: what was found, what may have been meant, and numbers as people read them."""

import difflib
import math
import os
from collections.abc import Iterable, Mapping
from typing import Any

LONGEST = 80  # characters of a value that a message repeats


def did_you_mean(names: Iterable[str]) -> str:
    """Return `; did you mean …?` with the names, to be put behind a message; "" if there are none."""
    text = " or ".join(names)
    return f"; did you mean {text}?" if text else ""


def meant(given: str, allowed: Iterable[str]) -> str:
    """Return `; did you mean …?` with the allowed name that is spelt most like the given one; "" if none is."""
    plain = {name.casefold(): name for name in allowed}
    return did_you_mean(plain[close] for close in difflib.get_close_matches(given.casefold(), plain, 1))


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 task`, `1,204 tasks`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def number(value: float) -> str:
    """Return a number as people read it: whole ones in full, others with four significant digits."""
    if isinstance(value, int) or (math.isfinite(value) and value == int(value) and abs(value) < 1e15):
        return f"{int(value):,}"
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"


def share(part: float | None) -> str:
    """Return a share in hundredths; none of what is nothing."""
    if part is None:
        return ""
    return f"{part:.2%}" if 0 < part < 0.001 else f"{part:.1%}"


def mebibytes(size: float) -> str:
    """Return a number of bytes of memory as people read it: 1,204 MiB."""
    return f"{size / 2**20:,.0f} MiB"


def at_home(path: str) -> str:
    """Return what a shell makes of a path that begins with `~`."""
    return os.path.expanduser(path)


def quoted(value: Any) -> str:
    """Return a value as a message shows it: a long one cut, a mapping by its keys."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return f"a mapping of {', '.join(map(str, value)) or 'nothing'}"
    text = repr(list(value) if isinstance(value, tuple) else value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def message_of(error: Exception) -> str:
    """Return what an exception says, without the number that an operating system has for it."""
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)
