"""What can go wrong below the pipeline, in a module that loads nothing: the command line tells of it."""


class StoreError(OSError):
    """A store did not answer, or refused."""
