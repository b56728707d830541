"""What can go wrong below the pipeline, in a module that loads little: the command line tells of it."""

import errno
import os

DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}  # what is wrong lies with a disk: no bug, and it may pass


class StoreError(OSError):
    """A store did not answer, or refused; `again`: the same question may be answered later."""

    def __init__(self, sentence: str, *, again: bool = False) -> None:
        super().__init__(sentence)
        self.again = again


def of_disk(error: OSError) -> str | None:
    """Return what is wrong with a disk, in one line, if the error is that it is full, read-only or broken."""
    if error.errno not in DISK:
        return None
    told = os.strerror(error.errno)  # Arrow says no more, and in more words
    return f"{error.filename2 or error.filename}: {told}" if error.filename else told


def plainly(error: Exception) -> str:
    """Return what was wrong with the contents of a file, in one line: of pydantic's errors the first, with its key."""
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        problem = error.errors()[0]
        key = ".".join(map(str, problem["loc"]))
        return f"{key}: {problem['msg']}" if key else problem["msg"]
    return f"it has no {error}" if isinstance(error, KeyError) else str(error)
