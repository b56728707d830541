"""Input files that change, vanish or are written to while they are read are never taken for what was planned."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pipeline import inputs
from pipeline.errors import SourceError
from pipeline.inputs import Inputs, digests_of, unchanged


@pytest.fixture
def planned(tmp_path: Path) -> tuple[Path, str | None, str]:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": "rain"}))
    known = Inputs(str(tmp_path / "inputs.json"))
    identity, _ = known.identify(str(path))
    return path, known.stamp(str(path)), identity


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


def test_who_has_much_to_read_has_it_read_elsewhere_and_knows_it_by_the_same_digests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [str(tmp_path / name) for name in ("a", "水", "c", "d")]
    for number, path in enumerate(paths):
        Path(path).write_bytes(bytes([number]) * 1000 * (number + 1))
    alone = Inputs(str(tmp_path / "alone.json"))
    alone.identify_all(paths)
    monkeypatch.setattr(inputs, "MUCH", 3500)
    asked: list[list[str]] = []

    def elsewhere(groups: Sequence[Sequence[str]]) -> Iterator[list[str]]:
        asked.extend(map(list, groups))
        return map(digests_of, groups)

    sent = Inputs(str(tmp_path / "sent.json"), elsewhere)
    sent.identify_all(paths)
    assert asked == [paths[:2], paths[2:3], paths[3:]]
    assert [sent.identify(path) for path in paths] == [alone.identify(path) for path in paths]
    sent.save()
    Path(paths[1]).write_bytes(b"changed")
    again = Inputs(str(tmp_path / "sent.json"), elsewhere)
    again.identify_all(paths)
    assert len(asked) == 3  # what is left is little, and is read here
    assert [again.identify(path) == sent.identify(path) for path in paths] == [True, False, True, True]
