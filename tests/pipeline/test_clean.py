"""What no finished run names is found and removed, and nothing else."""

import shutil
from pathlib import Path

import pytest

from pipeline.clean import clean, leftovers
from pipeline.config import PipelineConfig
from pipeline.errors import BusyError, QuestionError
from pipeline.lock import locked
from pipeline.run import Local, run
from tests.pipeline.test_journal import Troubled
from tests.runs import Silent

OUTPUT_FOLDER = "01-documents-00000000"


def finished(folder: Path, words: int = 1) -> PipelineConfig:
    """Run a configuration over a text, and return it."""
    (folder / "a.txt").write_text("Rain has come to the coast.", encoding="utf-8")
    source = {"kind": "text", "name": "notes", "paths": [f"{folder}/*.txt"]}
    steps = [{"name": "normalize"}, {"name": "gopher_quality", "words": {"min": words}}]
    stage = {"name": "documents", "sources": [source], "steps": steps}
    config = PipelineConfig.model_validate({"name": "notes", "output": str(folder / "out"), "stages": [stage]})
    assert not run(config, Local(), Silent()).failures
    return config


def test_the_folders_of_earlier_settings_are_told_with_their_size_and_removed(tmp_path: Path) -> None:
    output = tmp_path / "out"
    finished(tmp_path, words=1)
    (old,) = output.glob("01-documents-*")
    size = sum(path.stat().st_size for path in old.rglob("*") if path.is_file())
    config = finished(tmp_path, words=2)
    for kept in ("notes", "01-notes", "01-documents-0000000g"):  # a user's own
        (output / kept).mkdir()
    (tmp_path / "elsewhere").mkdir()
    (output / OUTPUT_FOLDER).symlink_to(tmp_path / "elsewhere")
    before = {path for path in output.rglob("*") if old not in (path, *path.parents)}
    assert [(one.folder, one.bytes) for one in leftovers(str(output))] == [(str(old), size)]
    assert old.exists()
    assert [one.folder for one in clean(str(output))] == [str(old)]
    assert set(output.rglob("*")) == before
    assert clean(str(output)) == []
    assert not run(config, Local(), Silent()).failures


def test_nothing_is_removed_while_a_run_is_at_work_or_before_one_has_ended_well(tmp_path: Path) -> None:
    output = tmp_path / "out"
    config = finished(tmp_path)
    (output / OUTPUT_FOLDER).mkdir()
    with locked(str(output)), pytest.raises(BusyError):
        clean(str(output))
    shutil.rmtree(next(output.glob("01-documents-*[1-9a-f]*")) / "receipts")
    assert run(config, Troubled(1), Silent()).failures
    with pytest.raises(QuestionError, match="has not ended well"):
        clean(str(output))
    assert (output / OUTPUT_FOLDER).exists()


def test_where_no_run_is_no_lock_is_left(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="no run here"):
        clean(str(tmp_path))
    assert list(tmp_path.iterdir()) == []
