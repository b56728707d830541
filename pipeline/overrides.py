"""What the command line sets in a configuration: any key, over what its file says; and a trial on a few documents.

A value is read as YAML, stands in messages under the option that gave it, and is recorded in `run.json`.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pipeline.errors import ConfigError

if TYPE_CHECKING:  # a command that is given none does not need it
    from pipeline.yaml_file import YamlFile

TRIAL = "-trial"  # behind the output folder: a trial lies beside the whole run, and nothing takes it for one


class Override(NamedTuple):
    """A key with its value, and what messages call it."""

    key: str
    value: str
    given: str


def overrides_of(assignments: Iterable[str], address: str | None = None, limit: int | None = None) -> list[Override]:
    """Return what `--set key=value`, `--address` and `--limit` set, in the order in which they do.

    Raises
    ------
    ConfigError
        for an assignment that is none.
    """
    overrides = []
    for assignment in assignments:
        key, separator, value = assignment.partition("=")
        if not separator or not key.strip():
            raise ConfigError(f"--set {assignment}: expected key=value, as in --set stages.dedup.minhash.threshold=0.7")
        overrides.append(Override(key.strip(), value, f"--set {assignment}"))
    if address is not None:
        overrides.append(Override("ray.address", address, f"--address {address}"))
    if limit is not None:
        overrides.append(Override("stages.documents.limit", str(limit), f"--limit {limit}"))
    return overrides


def overridden(file: "YamlFile", overrides: Sequence[Override]) -> "YamlFile":
    """Return a file with its keys set; a later override goes before an earlier one.

    Raises
    ------
    ConfigError
        for a key that leads nowhere.
    """
    for override in overrides:
        file = file.with_value(*override)
    return file
