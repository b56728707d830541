"""The floor under the quality of extraction: no change may lower it without saying why.

The model in the repository was fitted on these pages, so this is no claim about others; `train_blocks.py --folds` and
`extraction.py --models`, in `tests/benchmarks`, make that.
"""

import hashlib
import json
from pathlib import Path
from typing import Final

from pipeline.extract.extract import ENGINES
from pipeline.extract.page import Page
from pipeline.training.annotated_pages import samples
from tests.benchmarks.extraction import scores, summary

PINNED: Final = json.loads(Path(__file__).with_name("quality.json").read_text(encoding="utf-8"))


def test_extraction_gets_worse_on_no_set(data: Path) -> None:
    for name, digest in PINNED["sha256"].items():
        assert hashlib.sha256((data / "extraction" / name).read_bytes()).hexdigest() == digest
    pages = samples(data)
    for engine, pinned in PINNED["engines"].items():
        some = pages[:: pinned["every"]]
        found = summary(scores(some, (ENGINES[engine](Page(page.html)) for page in some)))
        worse = {name: found[name][1][0] for name, floor in pinned["floors"].items() if found[name][1][0] < floor}
        assert not worse, engine
