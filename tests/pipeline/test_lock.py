"""One run at a time writes into a folder, and whoever asks disturbs none."""

from pathlib import Path

import pytest

from pipeline.errors import BusyError
from pipeline.lock import is_locked, locked


def test_a_folder_is_held_as_long_as_the_block_and_by_one(tmp_path: Path) -> None:
    output = str(tmp_path / "out")
    assert is_locked(output) is False
    with locked(output):
        assert is_locked(output) is True
        with pytest.raises(BusyError, match="another run is writing"), locked(output):
            pass
    assert is_locked(output) is False
    with locked(output):
        pass


def test_nobody_knows_of_a_bucket(tmp_path: Path) -> None:
    assert is_locked("s3://bucket/run") is None
