"""What can go wrong below the pipeline, in a module that loads nothing: the command line tells of it."""


class StoreError(OSError):
    """A store did not answer, or refused."""


def plainly(error: Exception) -> str:
    """Return what was wrong with the contents of a file, in one line: of pydantic's errors the first, with its key."""
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        problem = error.errors()[0]
        key = ".".join(map(str, problem["loc"]))
        return f"{key}: {problem['msg']}" if key else problem["msg"]
    return f"it has no {error}" if isinstance(error, KeyError) else str(error)
