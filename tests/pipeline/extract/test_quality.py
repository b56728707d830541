"""The floor under the quality of extraction: no change may lower it without saying why.

The model was fitted on these pages, so this is no claim about others; `tests/benchmarks/train_blocks.py` makes that.
"""

import hashlib
import os
from collections import Counter
from pathlib import Path
from statistics import mean

import pytest

from pipeline.extract.extract import ENGINES
from pipeline.extract.page import Page
from tests.benchmarks.extraction import f1, samples, tokens

DATA = Path(os.environ.get("YULIAO_DATA", Path(__file__).parents[4] / "shared/data"))
DIGESTS = {
    "gt.jsonl.gz": "8a0386f3e40be7c353f050c5aaa51e6c45b9b066e9c5346994619858772df5b9",
    "pages.warc.gz": "5b0abb5b3a0d23e16ec59b7dc000e864448a7a6adc16640e91815db76ac233c7",
    "oracle_pages.warc.gz": "3874e3653851cb9e7dc97f3847b964c297db595ff55196d68fb2f98d09f41c70",
    "oracle_gt.jsonl.gz": "c4af540b0ed93bd37a02f5276c3dafd612d7704006cb9ddafa6e1035408fb56f",
}


@pytest.mark.parametrize(("engine", "floor"), [("blocks", 0.93), ("trafilatura", 0.84)])
def test_extraction_does_not_get_worse(engine: str, floor: float) -> None:
    if not DATA.exists():
        pytest.skip(f"{DATA} is not here")
    for name, digest in DIGESTS.items():
        assert hashlib.sha256((DATA / "extraction" / name).read_bytes()).hexdigest() == digest
    pages = [page for page in samples(DATA) if page.truth["gt_kind"].startswith(("full", "template"))][::25]
    found = [
        f1(Counter(tokens(page.truth["text"])), Counter(tokens(ENGINES[engine](Page(page.html)))))[0] for page in pages
    ]
    assert len(pages) == 39
    assert mean(found) >= floor
