from pathlib import Path

from pydantic import BaseModel

from pipeline.record import Recorder, RunRecord, StageRecord, record_of
from pipeline.stages.base import Task
from shards import files


class Settings(BaseModel):
    name: str = "trial"
    address: str = "https://host/file?token=abc"


def stage(name: str) -> StageRecord:
    return StageRecord(name=name, folder=f"1-{name}", judges=False, tasks=(Task(reads=("a",), part={"first": 1}),))


def test_a_record_holds_all_stages_that_were_added_whenever_it_is_written(tmp_path: Path) -> None:
    recorder = Recorder(str(tmp_path), Settings(), ["name=trial"])
    recorder.write()
    assert not files.exists(record_of(str(tmp_path))), "no stage is finished"
    stages = []
    for name in ("documents", "dedup"):
        stages.append(stage(name))
        recorder.add(stages[-1])
        recorder.write()
        record = RunRecord.model_validate_json(files.read_bytes(record_of(str(tmp_path))))
        assert record.stages == tuple(stages)
        assert record.overrides == ("name=trial",)
        assert record.config == {"name": "trial", "address": "https://host/file?token=***"}
