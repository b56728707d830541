"""A training of fastText in a process of its own: one thread, fresh memory, the same rows give the same bytes.

    python -m pipeline.training.fasttext_child < settings.json

The library fills its input matrix by thread, and what it does not fill is as it was in memory in some builds: hence the
process, and the check that every number of the model is one. Autotuning stops by the clock, and is not offered.
"""

import json
import math
import subprocess
import sys
from pathlib import Path

from pydantic import BaseModel

from pipeline.errors import PipelineError

SEED = 0


class TrainingError(PipelineError):
    """A training that gave no model worth having."""


class Job(BaseModel, frozen=True, extra="forbid"):
    """Lines to train on, and the file of the model: `.ftz` with `rows`, the heaviest that are kept, else `.bin`."""

    lines: str
    model: str
    dimensions: int
    epochs: int
    rate: float
    fewest: int
    pairs: int
    rows: int | None = None


def train(job: Job) -> None:
    """Train in a process of its own.

    Raises
    ------
    TrainingError
        with what the library said.
    """
    ended = subprocess.run(
        [sys.executable, "-m", "pipeline.training.fasttext_child"],
        input=job.model_dump_json(),
        text=True,
        capture_output=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    if ended.returncode:
        said = ended.stderr.strip().splitlines()
        raise TrainingError(f"fastText: {said[-1] if said else f'ended with {ended.returncode}'}")


def _train(job: Job) -> None:
    import fasttext  # here, in the child alone

    model = fasttext.train_supervised(
        job.lines,
        lr=job.rate,
        dim=job.dimensions,
        epoch=job.epochs,
        minCount=job.fewest,
        wordNgrams=2 if job.pairs else 1,
        bucket=job.pairs,
        minn=0,
        maxn=0,
        loss="ova",
        thread=1,
        seed=SEED,
        verbose=0,
    )
    for matrix in (model.get_input_matrix(), model.get_output_matrix()):
        if not math.isfinite(float(matrix.sum())):
            raise ValueError("the model has numbers that are none: a smaller rate may help")
    if job.rows is not None:
        model.quantize(cutoff=job.rows, qnorm=True, thread=1, verbose=0)
    model.save_model(job.model)


if __name__ == "__main__":
    _train(Job.model_validate(json.load(sys.stdin)))
