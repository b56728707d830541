"""Input files that change, vanish or are written to while they are read are never taken for what was planned."""

import json
import os
from pathlib import Path

import pytest

from pipeline.errors import SourceError
from pipeline.inputs import Inputs, unchanged


@pytest.fixture
def planned(tmp_path: Path) -> tuple[Path, str | None, str]:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": "rain"}))
    inputs = Inputs(str(tmp_path / "inputs.json"))
    identity, _ = inputs.identify(str(path))
    return path, inputs.stamp(str(path)), identity


def later(path: Path) -> None:
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 1_000_000))


def test_a_file_that_stays_as_it_is_is_read(planned: tuple[Path, str | None, str]) -> None:
    path, stamp, identity = planned
    with unchanged(str(path), stamp, identity):
        pass
    later(path)  # touched, with the same content: another machine's copy looks like this
    with unchanged(str(path), stamp, identity):
        pass


def test_a_file_that_was_rewritten_cut_or_taken_away_may_be_read_again_later(
    planned: tuple[Path, str | None, str],
) -> None:
    path, stamp, identity = planned
    whole = path.read_bytes()
    with pytest.raises(FileNotFoundError, match="another"), unchanged(str(path), stamp, identity):
        raise FileNotFoundError("another")
    with pytest.raises(SourceError, match="while it was read"), unchanged(str(path), stamp, identity):
        path.write_bytes(whole + b"\n")
    with pytest.raises(SourceError, match="since the run was planned"), unchanged(str(path), stamp, identity):
        pass
    path.write_bytes(whole[:-3])
    with pytest.raises(SourceError, match="since the run was planned"), unchanged(str(path), stamp, identity):
        pass
    path.unlink()
    with pytest.raises(SourceError, match="vanished"), unchanged(str(path), stamp, identity):
        pass
