"""The exception tree: what can go wrong that is not a bad document.

    PipelineError
    ├── ConfigError    the user's YAML: raised before any work; names the key and the permitted values
    │   └── BusyError  what it names is taken, or not there yet: try again
    ├── QuestionError  a question about a run, a release or a file that has no answer; names what is nearest
    ├── SourceError    network or bucket; the only kind that is retried
    └── ShardError     unreadable or schema-breaking data: names the file and the row; fails its task alone

A bad document is none of these: it is a rejected row with a reason.

Whether trying again may help decides a command's exit code, 1 or 2, by which schedulers try again or do not.
"""

from typing import ClassVar

from shards.secrets import redacted


class PipelineError(Exception):
    """Anything this pipeline reports to its user; everything else that is raised is a bug. It tells no secret."""

    again: ClassVar[bool] = True  # the same command may succeed later, with nothing changed by its user

    def __init__(self, *told: object) -> None:
        super().__init__(*(redacted(one) if isinstance(one, str) else one for one in told))


class ConfigError(PipelineError):
    """The configuration cannot run. The message names the key, what was found and what is allowed."""

    again = False


class BusyError(ConfigError):
    """What the configuration names is taken by another process, or not there yet. Trying again may help."""

    again = True


class QuestionError(PipelineError):
    """What was asked about is not there, or does not hold the answer. The message names what is, or how to get it."""

    again = False


class SourceError(PipelineError):
    """A file system or network did not answer. Trying again may help, after `retry_after` seconds if it said so."""

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ShardError(PipelineError):
    """A file is not what it should be. Trying again does not help; the message names the file and the row."""

    again = False


class SettingError(ValueError):
    """What is wrong with a setting within a model: `at` leads from the model to it, as a configuration has its keys.

    `again`: the setting may be right, and what it names is not there yet.
    """

    def __init__(self, sentence: str, *at: str | int, again: bool = False) -> None:
        super().__init__(sentence)
        self.at = at
        self.again = again

    def within(self, *at: str | int) -> "SettingError":
        """Return the same error, led to from further out."""
        return SettingError(str(self), *at, *self.at, again=self.again)
