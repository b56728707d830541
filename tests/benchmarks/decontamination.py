"""Recall by edit and false positives of `decontamination` on judged pages: `shared/data/judging/decontam`.

    python -m tests.benchmarks.decontamination ../shared/data

The web sample that decides which wordings are common is disjoint from the clean pages.
"""

import gzip
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from filters.decontamination import FROM
from filters.models.benchmarks import BenchmarkIndex, matches
from filters.text.segment import characters
from pipeline.decontamination.index import Item, build

BATCH = 256
WEB = ("judging/quality/register", "judging/quality/weborganizer_en", "zh/web_text_zh")


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def overlaps(index: BenchmarkIndex, texts: list[str]) -> np.ndarray:
    """Return the greatest share of an item's weight in each text."""
    parts = [texts[first : first + BATCH] for first in range(0, len(texts), BATCH)]
    return np.concatenate([matches(index, characters(pa.array(part, pa.string()))).overlap for part in parts])


def main(data: Path) -> None:
    pages = list(rows(data / "judging/decontam/pages.jsonl.gz"))
    items = [
        Item(one["benchmark"], one["id"], one["question"], tuple(one["options"] or ()), one["answer"] or "")
        for one in rows(data / "judging/decontam/benchmarks.jsonl.gz")
    ]
    clean = {page["text"] for page in pages if page["contaminated"] == 0}
    web = [one["text"] for name in WEB for one in rows(data / f"{name}.jsonl.gz") if one["text"] not in clean]
    built = build(items, [web[first : first + BATCH] for first in range(0, len(web), BATCH)])
    texts = [page["text"] for page in pages]
    overlaps(built.index, texts[:BATCH])  # compiles
    start = time.process_time()
    found = overlaps(built.index, texts)
    speed = len(texts) / (time.process_time() - start)
    recall: dict[str, list[bool]] = defaultdict(list)
    for page, overlap in zip(pages, found, strict=True):
        if page["contaminated"] == 1:
            for name in ("all", page["edit"], page["lang"]):
                recall[name].append(bool(overlap > FROM))
    for name, hits in recall.items():
        print(f"{name:24} {np.mean(hits):.3f} of {len(hits)}")
    wrong = sum(bool(overlap > FROM) for page, overlap in zip(pages, found, strict=True) if page["contaminated"] == 0)
    print(f"false positives: {wrong} of {sum(page['contaminated'] == 0 for page in pages)}")
    print(f"{speed:,.0f} documents per CPU second, of {np.mean([len(text) for text in texts]):,.0f} characters")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
