"""What a machine notes of the runs in buckets that it has begun."""

from pathlib import Path

import pytest

from pipeline import begun


def test_a_run_in_a_bucket_is_noted_however_its_output_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    begun.note("s3://corpus/運行/")
    assert begun.is_noted("s3://corpus/運行")
    assert not begun.is_noted("s3://corpus/other")


def test_a_local_run_says_so_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    begun.note(str(tmp_path / "output"))
    assert list(tmp_path.iterdir()) == []


def test_without_a_place_to_note_it_a_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    begun.note("s3://corpus/a")
    assert not begun.is_noted("s3://corpus/a")
