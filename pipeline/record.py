"""`run.json`: what a run records of itself, from which every question about it is answered.

config     the configuration as it was resolved, parameters filled in
overrides  what the command line has set in it, as it was given
stages     each finished stage, in order: its name, its folder below the run's, whether it judges, its tasks
"""

from pydantic import BaseModel, JsonValue

from pipeline.stages.base import Task
from shards import files


class StageRecord(BaseModel, frozen=True, extra="forbid"):
    """A finished stage."""

    name: str
    folder: str
    judges: bool  # its `verdicts` shards lie beside those of `documents`: see `pipeline.stages.base.Finished`
    tasks: tuple[Task, ...]


class RunRecord(BaseModel, frozen=True, extra="forbid"):
    """What `run.json` holds."""

    config: dict[str, JsonValue]
    overrides: tuple[str, ...] = ()
    stages: tuple[StageRecord, ...]


def record_of(output: str) -> str:
    """Return the path of the record of the run whose output folder this is."""
    return files.join(output, "run.json")
