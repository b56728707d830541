"""What a run has written is damaged, lost or edited between two calls: the same command writes it again."""

import random
import shutil
from pathlib import Path

import pytest

from tests.pipeline.stages.corpus import Corpus, prose

STEPS = [{"name": "normalize"}]
DEDUP = {"name": "dedup", "partitions": 2}


def contents(output: Path) -> dict[str, bytes]:
    """Return the shards that a run has written, by their paths."""
    return {str(path.relative_to(output)): path.read_bytes() for path in sorted(output.rglob("*.arrow"))}


def flip(path: Path, draw: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    path.write_bytes(content)


def cut(path: Path, draw: random.Random) -> None:
    path.write_bytes(path.read_bytes()[: draw.randrange(path.stat().st_size)])


def lose(path: Path, draw: random.Random) -> None:
    path.unlink()


@pytest.mark.slow
def test_damaged_shards_and_receipts_of_finished_stages_are_written_again(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path)
    for name in "abc":
        corpus.write(name, *({"text": prose(ord(name) * 10 + number)} for number in range(3)))
    corpus.run(STEPS, DEDUP, output="whole")
    expected = contents(tmp_path / "whole")
    corpus.run(STEPS, output="begun")
    for seed in range(12):
        draw = random.Random(seed)
        output = tmp_path / f"out{seed}"
        shutil.copytree(tmp_path / "begun", output, symlinks=True)
        kind = ("kept/*.arrow", "receipts/*.json")[seed % 2]
        path = draw.choice(sorted(output.glob(f"01-documents-*/{kind}")))
        (flip, cut, lose)[seed % 3](path, draw)
        corpus.run(STEPS, DEDUP, output=output.name)
        assert contents(output) == expected, (seed, path)
