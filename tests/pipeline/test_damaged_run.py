"""What a run has written is damaged, lost or edited between two calls: the same command writes it again."""

import random
import shutil
from pathlib import Path

import pytest

from shards.release.validation import problems
from tests.damage import cut, flip, lose
from tests.pipeline.stages.corpus import Corpus, prose

STEPS = [{"name": "normalize"}]
DEDUP = {"name": "dedup", "partitions": 2}
PUBLISH = {"name": "publish", "title": "Notes", "unlicensed": True}


def contents(output: Path) -> dict[str, bytes]:
    """Return the shards that a run has written, by their paths."""
    return {str(path.relative_to(output)): path.read_bytes() for path in sorted(output.rglob("*.arrow"))}


@pytest.mark.slow
def test_what_is_flipped_cut_or_lost_in_any_folder_is_written_again(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path)
    for name in "abc":
        corpus.write(name, *({"text": prose(ord(name) * 10 + number % 2)} for number in range(3)))
    corpus.run(STEPS, DEDUP, PUBLISH, output="whole")
    expected = contents(tmp_path / "whole")
    corpus.run(STEPS, DEDUP, output="begun")
    folders = sorted(path.name for path in (tmp_path / "begun").iterdir() if path.is_dir())
    met = set()
    for seed in range(24):
        draw = random.Random(seed)
        output = tmp_path / f"out{seed}"
        shutil.copytree(tmp_path / "begun", output, symlinks=True)
        folder = output / folders[seed] if seed < len(folders) else output
        path = draw.choice([path for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_size])
        (flip, flip, cut, lose)[seed % 4](path, draw)
        met.add(folder.name)
        corpus.run(STEPS, DEDUP, PUBLISH, output=output.name)
        assert contents(output) == expected, (seed, path)
        assert list(problems(str((output / "release").resolve()))) == []
    assert {*folders} <= met
