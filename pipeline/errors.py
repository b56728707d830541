"""The exception tree: what can go wrong that is not a bad document.

    PipelineError
    ├── ConfigError    the user's YAML: raised before any work; names the key and the permitted values
    ├── QuestionError  a question about a run, a release or a file that has no answer; names what is nearest
    ├── SourceError    network or bucket; the only kind that is retried
    └── ShardError     unreadable or schema-breaking data: names the file and the row; fails its task alone

A bad document is none of these: it is a rejected row with a reason.
"""

from shards.secrets import redacted


class PipelineError(Exception):
    """Anything this pipeline reports to its user; everything else that is raised is a bug. It tells no secret."""

    def __init__(self, *told: object) -> None:
        super().__init__(*(redacted(one) if isinstance(one, str) else one for one in told))


class ConfigError(PipelineError):
    """The configuration cannot run. The message names the key, what was found and what is allowed."""


class QuestionError(PipelineError):
    """What was asked about is not there, or does not hold the answer. The message names what is, or how to get it."""


class SourceError(PipelineError):
    """A file system or network did not answer. Trying again may help, after `retry_after` seconds if it said so."""

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ShardError(PipelineError):
    """A file is not what it should be. Trying again does not help; the message names the file and the row."""


class SettingError(ValueError):
    """What is wrong with a setting within a model: `at` leads from the model to it, as a configuration has its keys."""

    def __init__(self, sentence: str, *at: str | int) -> None:
        super().__init__(sentence)
        self.at = at
