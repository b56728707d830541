"""Lines of a log without the secrets of addresses, and with nothing that a terminal obeys."""

import json
import logging
from datetime import UTC, datetime

from pipeline.plain import plain_lines
from shards.secrets import discreet, redacted_in


class Discreet(logging.Formatter):
    """Writes a record, with its traceback, discreetly."""

    def format(self, record: logging.LogRecord) -> str:
        return plain_lines(discreet(super().format(record)))


class DiscreetJson(logging.Formatter):
    """Writes a record as one line of JSON: `time` (UTC), `level`, `message`, and the fields that it has besides."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        return json.dumps(
            redacted_in({**entry, **getattr(record, "fields", {})}, discreet)
        )  # in ASCII: no control characters


def log_as_json() -> None:
    """From now on, have this process log lines of JSON."""
    for handler in logging.getLogger().handlers:
        handler.setFormatter(DiscreetJson())


def log_discreetly(level: int) -> None:
    """Have this process log to standard error, unless it does already: a worker's goes to files of Ray."""
    handler = logging.StreamHandler()
    handler.setFormatter(Discreet("%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S"))
    logging.basicConfig(level=level, handlers=[handler])
