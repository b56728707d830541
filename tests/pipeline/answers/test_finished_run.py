"""A finished run is opened from its folder alone; a folder without one is told, with the runs that are near."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.answers.documents import documents_at
from pipeline.answers.finished_run import open_run
from pipeline.answers.settings import settings_of
from pipeline.errors import QuestionError
from pipeline.journal import status_of
from pipeline.record import record_of
from shards import files
from tests.runs import ROOT, SampleWeb


def test_the_stages_that_judge_are_those_of_the_configuration(whole_run: SampleWeb) -> None:
    run = whole_run.open("whole")
    judging = {stage.name for stage in settings_of(run).flat_stages() if stage.judges and not stage.optional}
    assert {stage.name for stage in run.stages if stage.judges} == judging == {"rights", "dedup"}


def test_a_stage_that_the_run_does_not_have_is_named_with_those_that_it_has(whole_run: SampleWeb) -> None:
    with pytest.raises(QuestionError, match="no finished stage `tokens`; it has documents, host_counts, "):
        whole_run.open("whole").stage("tokens")


def test_the_runs_near_a_folder_without_one_are_named(whole_run: SampleWeb) -> None:
    run = str(whole_run.folder / "whole")
    for place in (str(whole_run.folder), str(whole_run.folder) + "/", run + "/inputs", str(whole_run.release("whole"))):
        with pytest.raises(QuestionError, match=rf"no run here .*; did you mean {run}"):
            open_run(place)
    with pytest.raises(QuestionError, match=r"when its first stage ends\)$"):
        open_run("/nowhere/at/all")


@pytest.mark.parametrize("content", [b"{}", b"not JSON", b'{"config": {}, "stages": [{"name": "documents"}]}'])
def test_a_record_of_another_version_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(QuestionError, match="written by another version"):
        open_run(str(tmp_path))


@pytest.mark.parametrize("damaged", [False, True])
def test_a_receipt_that_is_missing_or_damaged_is_told(whole_run: SampleWeb, tmp_path: Path, damaged: bool) -> None:
    run = shutil.copytree(whole_run.folder / "whole", tmp_path / "whole")
    publish = whole_run.open("whole").stage("publish")
    receipt = next(run.glob(f"*-publish-*/receipts/{publish.keys[-1]}.json"))
    if damaged:
        receipt.write_bytes(receipt.read_bytes().replace(b'"rows"', b'"rowz"'))
    else:
        receipt.unlink()
    message = rf"publish.*receipts are missing or damaged: 1 of {len(publish.keys)}, {publish.keys[-1]} among them"
    with pytest.raises(QuestionError, match=message):
        open_run(str(run))


def test_settings_that_this_version_does_not_know_keep_nobody_from_the_report(
    whole_run: SampleWeb, tmp_path: Path
) -> None:
    record = json.loads((whole_run.folder / "whole" / "run.json").read_bytes())
    record["config"]["stages"][0]["steps"][0]["bygone"] = 1
    for stage in record["stages"]:
        (tmp_path / stage["folder"]).symlink_to(whole_run.folder / "whole" / stage["folder"])
    (tmp_path / "run.json").write_text(json.dumps(record))
    run = open_run(str(tmp_path))
    assert len(run.stages) == len(record["stages"])
    with pytest.raises(QuestionError, match=r"another version: stages.*bygone"):
        settings_of(run)


def test_a_report_imports_neither_the_configuration_nor_compiled_loops_nor_ray() -> None:
    heavy = "{'ray', 'numba', 'scipy', 'trafilatura', 'datasets', 'pipeline.config', 'pipeline.sources.warc'}"
    code = f"import jobs.report, sys; print(sorted({heavy} & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


@pytest.mark.parametrize("ask", [open_run, documents_at])
def test_a_run_that_has_only_begun_and_a_trial_beside_are_named(ask: Callable[[str], object], tmp_path: Path) -> None:
    begun, tried = str(tmp_path / "begun"), str(tmp_path / "tried")
    files.write_bytes(status_of(begun), b"{}")
    files.write_bytes(record_of(f"{tried}-trial"), b"{}")
    with pytest.raises(QuestionError, match=f"yuliao status {begun}"):
        ask(begun)
    with pytest.raises(QuestionError, match=f"did you mean {tried}-trial"):
        ask(tried)
