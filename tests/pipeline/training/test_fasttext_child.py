"""`import fasttext` where the pipeline is installed, and trainings that fail in one sentence."""

import hashlib
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from pipeline.training.fasttext_child import Job, TrainingError, train
from tests.runs import ROOT

LINES = ["__label__a+ rain sun", "__label__a- buy sale"] * 20


def job(folder: Path, **more: object) -> Job:
    (folder / "lines.txt").write_text("\n".join(LINES) + "\n", encoding="utf-8")
    said = {"dimensions": 4, "epochs": 2, "rate": 0.5, "fewest": 1, "pairs": 64}
    return Job.model_validate({"lines": str(folder / "lines.txt"), "model": str(folder / "model.ftz")} | said | more)


def test_fasttext_can_be_imported_where_only_the_lock_of_the_quickstart_is_installed() -> None:
    """The package is a plain dependency, in the lock that `make quickstart` installs, and nothing else has its name."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert f"fasttext-community=={version('fasttext-community')} " in lock
    subprocess.run([sys.executable, "-c", "import fasttext; fasttext.train_supervised"], check=True)


def test_two_trainings_give_the_same_bytes(tmp_path: Path) -> None:
    digests = set()
    for _ in range(2):
        train(job(tmp_path))
        digests.add(hashlib.sha256((tmp_path / "model.ftz").read_bytes()).hexdigest())
    assert len(digests) == 1


def test_a_training_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="fastText: "):
        train(job(tmp_path, lines=str(tmp_path / "absent.txt")))
