"""Which runs in buckets a machine remembers to have started."""

from pathlib import Path

import pytest

from pipeline import started


def test_a_run_in_a_bucket_is_marked_however_its_output_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    started.mark("s3://corpus/運行/")
    assert started.is_marked("s3://corpus/運行")
    assert not started.is_marked("s3://corpus/other")


def test_a_local_run_says_so_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    started.mark(str(tmp_path / "output"))
    assert list(tmp_path.iterdir()) == []


def test_without_a_place_for_the_marker_a_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    started.mark("s3://corpus/a")
    assert not started.is_marked("s3://corpus/a")
