"""Fit the classifier of running titles on documents whose truth is known: `python -m pipeline.training.running_titles`.

The data are those of the development pack: PDFs rendered from SIB-200 (CC-BY-SA-4.0) and papers of the Journal of Open
Source Education (CC-BY-4.0). What is learned is geometry and shape: no word of them is in the model. Each page is shown
within its document and alone, so that the model knows documents of one page. A line is a running title if its text is
among those that the truth names, body if its words are in the truth, and else not shown; bare numbers at the head or
foot that are not in the truth count as page numbers.
"""

import argparse
import gzip
import json
import logging
import re
import unicodedata
from pathlib import Path
from typing import Any, NamedTuple

import lightgbm
import numpy as np
import numpy.typing as npt

from filters.text.characters import properties
from pipeline.pdf import running
from pipeline.pdf.document import opened
from pipeline.pdf.edge_features import Floats, edges
from pipeline.pdf.lines import Lines, together
from pipeline.pdf.pages import edges as heights
from pipeline.pdf.pages import read_pages
from pipeline.pdf.text import line_texts
from pipeline.training.blocks import flattened

TREES, LEAVES = 150, 14


logger = logging.getLogger(__name__)


class Sample(NamedTuple):
    """The lines at the edges of a document's pages."""

    name: str
    features: Floats
    labels: npt.NDArray[np.int8]  # 1 a running title, 0 body, -1 unknown


def plain(text: str) -> str:
    """Return what is compared of a text: its letters and digits."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def label(text: str, titles: set[str], truth: str) -> int:
    """Return whether a line is a running title, body, or unknown."""
    shape = plain(text)
    if shape in titles or any(
        len(title) > 5 and (shape.startswith(title) or shape.endswith(title)) for title in titles
    ):
        return 1
    if shape.isdigit() and len(shape) < 4:
        return 1
    return 0 if shape and shape in truth else -1


def samples(item: dict[str, Any], folder: Path) -> list[Sample]:
    """Return a document, and each of its pages as a document."""
    with opened((folder / item["file"]).read_bytes()) as document:
        pages = read_pages(document.raw)
    bottoms, tops = heights(pages.bottoms), heights(pages.tops)
    titles = {plain(title) for title in item["furniture"]}
    truth = plain(json.dumps(item["blocks"], ensure_ascii=False))
    groups = [pages.lines, *([page] for page in pages.lines)] if len(pages.lines) > 1 else [pages.lines]
    return [_sample(item["id"], together(group), bottoms, tops, titles, truth) for group in groups]


def _sample(name: str, lines: Lines, bottoms: Floats, tops: Floats, titles: set[str], truth: str) -> Sample:
    texts = line_texts(lines)
    at_edges = edges(lines, texts, bottoms, tops)
    labels = [label(texts[line], titles, truth) for line in at_edges.lines]
    return Sample(name, at_edges.features, np.array(labels, np.int8))


def fitted(some: list[Sample]) -> lightgbm.Booster:
    """Return a classifier of the lines whose label is known."""
    features = np.concatenate([sample.features for sample in some])
    labels = np.concatenate([sample.labels for sample in some])
    settings = {
        "objective": "binary",
        "num_leaves": LEAVES,
        "max_depth": 5,
        "learning_rate": 0.08,
        "min_data_in_leaf": 12,
        "feature_fraction": 0.8,
        "seed": 1,
        "deterministic": True,
        "num_threads": 1,
        "verbose": -1,
    }
    return lightgbm.train(settings, lightgbm.Dataset(features[labels >= 0], labels[labels >= 0]), TREES)


def report(booster: lightgbm.Booster, some: list[Sample]) -> str:
    """Return the recall of running titles, and the share of body lines that are lost."""
    features = np.concatenate([sample.features for sample in some])
    labels = np.concatenate([sample.labels for sample in some])
    sure = np.asarray(booster.predict(features)) >= running.SURE
    running_ones, body = labels == 1, labels == 0
    recall, lost = sure[running_ones].mean(), sure[body].mean()
    return f"recall {recall:.3f} of {sum(running_ones)}, lost {lost:.4f} of {sum(body)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the pack, with its files unpacked")
    parser.add_argument(
        "--half", type=int, choices=(0, 1), help="fit on this half of the documents, report on the other"
    )
    parser.add_argument("--model", type=Path, default=running.MODEL)
    logging.basicConfig(level=logging.INFO)
    arguments = parser.parse_args()
    properties()
    items = [
        json.loads(line)
        for name in ("rendered", "order")
        for line in gzip.decompress((arguments.data / f"{name}.jsonl.gz").read_bytes()).decode().splitlines()
    ]
    found = [(number % 2, sample) for number, item in enumerate(items) for sample in samples(item, arguments.data)]
    fit = [sample for half, sample in found if arguments.half is None or half == arguments.half]
    booster = fitted(fit)
    held = [sample for half, sample in found if arguments.half is not None and half != arguments.half]
    logger.info("%s", report(booster, held or fit))
    np.savez_compressed(arguments.model, allow_pickle=False, **flattened([booster]))


if __name__ == "__main__":
    main()
