"""`run.json`: what a run records of itself, from which every question about it is answered.

config     the configuration as it was resolved, parameters filled in
overrides  what the command line has set in it, as it was given
stages     each finished stage, in order: its name, its folder below the run's, whether it judges, its tasks
"""

import json
import time
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from pydantic import BaseModel, JsonValue

from pipeline.stages.base import Task
from shards import files
from shards.secrets import redacted_in

QUICK: Final = 0.2  # seconds: a record that is written so fast is always written
SHARE: Final = 50  # times as long as it took, at least, until the next is written


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


class Recorder:
    """Writes the record of a run as its stages end; each part is put into JSON once, however often it is written."""

    def __init__(self, output: str, config: BaseModel, overrides: Sequence[str]) -> None:
        self._output = output
        self._settings = config
        self._overrides = _json(list(overrides))
        self._stages: list[str] = []  # those that were written
        self._added: list[StageRecord] = []  # since then
        self._wait_until = 0.0

    @cached_property
    def _config(self) -> str:
        return _json(self._settings.model_dump(mode="json"))

    def add(self, stage: StageRecord) -> None:
        """Take a stage as finished."""
        self._added.append(stage)

    def write_now_and_then(self) -> None:
        """Write `run.json`, unless that took so long the last time that the run would do little else.

        That of 100,000 tasks is large, and is written whole. A run that is killed then names fewer of its stages.
        """
        if time.monotonic() >= self._wait_until:
            self.write()

    def write(self) -> None:
        """Write `run.json`, if a stage is finished."""
        if not self._added:
            return
        began = time.monotonic()
        self._stages += [_json(stage.model_dump(mode="json")) for stage in self._added]
        self._added.clear()
        stages = ", ".join(self._stages)
        text = f'{{"config": {self._config}, "overrides": {self._overrides}, "stages": [{stages}]}}\n'
        files.write_bytes(record_of(self._output), text.encode())
        took = time.monotonic() - began
        self._wait_until = time.monotonic() + (SHARE * took if took > QUICK else 0)


def _json(value: JsonValue) -> str:
    return json.dumps(redacted_in(value), ensure_ascii=False, sort_keys=True)
