"""How `quality` orders pages that were read: AUC of keeping, and rank correlation with their educational value.

    yuliao run configs/realdata.yaml
    python -m tests.benchmarks.quality_pages out/realdata [build/quality]

The judgements (`quality_pages.tsv`) were made in two passes over excerpts, the second in another order and of other
places of each text, without a look at any score. Pages on which both passes agree are counted.
"""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
from pydantic import BaseModel
from scipy.stats import spearmanr

from filters.documents import Documents
from filters.quality import Quality
from pipeline.answers.documents import documents_of
from pipeline.answers.finished_run import open_run
from pipeline.training.head_figures import auc
from shards import files
from shards.tables import rows


class Judged(BaseModel, frozen=True, extra="forbid"):
    digest: str  # of the record: the first 16 hexadecimal digits
    language: str
    keep_1: bool
    keep_2: bool
    education_1: int  # 0 to 5
    education_2: int


def main(run: str, models: Path | None) -> None:
    judged = {one.digest: one for one in rows(Path(__file__).with_suffix(".tsv"), Judged)}
    texts: dict[str, str] = {}
    for shard in documents_of(open_run(run)).shards:
        for row in files.read_table(shard.uri, ["text", "provenance"]).to_pylist():
            digest = row["provenance"]["digest"][:16]
            if digest in judged and row["text"]:
                texts[digest] = row["text"]
    found = [judged[digest] for digest in texts]
    batch = pa.record_batch({"text": list(texts.values()), "language": [one.language for one in found]})
    score = np.asarray(Quality(models=models).measure(Documents(batch))["score"])
    agreed = np.array([one.keep_1 == one.keep_2 for one in found])
    keep = np.array([one.keep_1 for one in found])
    length = np.array([len(text) for text in texts.values()], np.float64)
    education = [one.education_1 + one.education_2 for one in found]
    print(f"{len(found)} of {len(judged)} pages are in the run; both readings agree on {agreed.sum()}")
    own, alone = (auc(keep[agreed], values[agreed]) for values in (score, length))
    print(f"AUC of keeping {own:.3f}, of length alone {alone:.3f}")
    print(f"rank correlation with educational value {spearmanr(education, score)[0]:.3f}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else None)
