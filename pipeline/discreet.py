"""Lines of a log without the secrets of addresses, and with nothing that a terminal obeys."""

import logging

from pipeline.plain import plain_lines
from shards.secrets import redacted


class Discreet(logging.Formatter):
    """Writes a record, with its traceback, discreetly."""

    def format(self, record: logging.LogRecord) -> str:
        return plain_lines(redacted(super().format(record)))


def log_discreetly(level: int) -> None:
    """Have this process log to standard error, unless it does already: a worker's goes to files of Ray."""
    handler = logging.StreamHandler()
    handler.setFormatter(Discreet("%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S"))
    logging.basicConfig(level=level, handlers=[handler])
