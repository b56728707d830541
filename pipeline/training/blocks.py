"""Fit the block model, and for the benchmark five more, none of which has seen one fifth of the hosts.

    python -m pipeline.training.blocks [--data ../shared/data] [--folds FOLDER] [--model block_model.npz]

Needs the dependency group `training`. `python -m tests.benchmarks.extraction --models FOLDER` then judges
every page by the model that was fitted without its host. Sets whose annotations may not be used have no weight: they
are scored, never fitted. Two linear models weigh class and id names, and first words; boosted trees see their sums,
fitted without the page's own fifth, beside all other features.
"""

import argparse
import html
import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from pipeline.extract import block_model
from pipeline.extract.block_features import block_features
from pipeline.extract.block_text import BlockText, block_text, title_text
from pipeline.extract.element_features import Weights, weights_of
from pipeline.extract.markup import Outline, outline
from pipeline.extract.page import Page
from pipeline.extract.page_kinds import kinds_of
from pipeline.training.annotated_pages import FOLDS, AnnotatedPage, fold_of, samples, site, tokens
from shards.arrays import Floats

# GPL; no licence file; the only set in which people marked the text of articles by hand, and one of the smaller ones
WEIGHTS = {"docs-installguide": 0.0, "llmwebkit": 0.0, "aeb": 1.5}
TOKEN_HOSTS, WORD_HOSTS = 4, 8  # on which a name or a word has to occur to get a weight
TREES, LEAVES, DEPTH, RATE = 160, 20, 6, 0.08
FITS = 3  # of which the mean is taken: what one fit decides by chance moves single sets by half a point
NEGATIVES = 0.9  # of the blocks that are no main text, so many are used, with their weight made up for

logger = logging.getLogger(__name__)


@dataclass
class Labelled:
    """A page in blocks: the share of each that is main text, and how much it matters."""

    sample: AnnotatedPage
    markup: npt.NDArray[np.uint8]
    outline: Outline
    text: BlockText
    labels: Floats
    weights: Floats
    fold: int
    host: str


def labelled(sample: AnnotatedPage) -> Labelled:
    """Return a page with its blocks labelled by the ground truth."""
    markup = np.frombuffer(Page(sample.html).html.encode("utf-8", "replace"), np.uint8)
    outlined = outline(markup)
    texts = block_texts(markup, outlined)
    sizes = np.array([len(tokens(text)) for text in texts], dtype=np.float64)
    truth = sample.truth
    if truth["gt_kind"] == "snippets":
        labels, known = by_snippets(truth, texts)
        weights = known * np.minimum(sizes, 40)
        weights *= 0.5 / max(1e-9, weights.sum())
    else:
        labels = by_alignment(truth["text"], texts)
        weights = (sizes + 0.5) / max(30.0, float((sizes * labels).sum()))
        if truth["gt_kind"] == "prefix":  # what follows the truth is unknown
            weights[int(np.flatnonzero(labels > 0.5).max(initial=-1)) + 1 :] = 0
        wrong = weights[labels < 0.5].sum()
        weights[labels < 0.5] *= min(1.0, 3 / max(1e-9, wrong))
    weights *= WEIGHTS.get(truth["dataset"], 1.0)
    host = site(truth["url"])
    return Labelled(
        sample, markup, outlined, block_text(markup, outlined), labels, weights, fold_of(truth["url"]), host
    )


def block_texts(markup: npt.NDArray[np.uint8], page: Outline) -> list[str]:
    """Return the text of every block."""
    raw = markup.tobytes()
    spans = list(zip(page.run_start.tolist(), page.run_end.tolist(), strict=True))
    bounds = page.first_run.tolist()
    return [
        html.unescape(
            "".join(
                raw[start:end].decode("utf-8", "replace") if start >= 0 else "\n" for start, end in spans[first:last]
            )
        )
        for first, last in pairwise(bounds)
    ]


def trigrams(words: Sequence[str]) -> list[tuple[str, ...]]:
    return list(zip(words, words[1:], words[2:], strict=False))


def by_alignment(truth: str, texts: Sequence[str]) -> Floats:
    """Return the share of each block's words that lie in a trigram of the truth.

    Of a text that stands in more blocks than in the truth, the copies with less main text around them are none. A
    block of up to three words is main text if it is a line of the truth, or occurs in it, with main text around it.
    """
    expected = tokens(truth)
    known = Counter(trigrams(expected))
    lines = {tuple(tokens(line)) for line in truth.split("\n")}
    whole = f" {' '.join(expected)} "
    blocks = [tokens(text) for text in texts]
    labels = np.zeros(len(blocks))
    copies = defaultdict(list)
    for number, words in enumerate(blocks):
        if len(words) > 3:
            covered = np.zeros(len(words), dtype=bool)
            for start, trigram in enumerate(trigrams(words)):
                if trigram in known:
                    covered[start : start + 3] = True
            labels[number] = covered.mean()
            if labels[number] > 0.5:
                copies[tuple(words)].append(number)
    raw = labels.copy()
    for copied, places in copies.items():
        surplus = len(places) - max(1, whole.count(f" {' '.join(copied)} "))
        around = [np.r_[raw[max(0, at - 4) : at], raw[at + 1 : at + 5]] for at in places]
        context = [float(values.mean()) if len(values) else 0.0 for values in around]
        for index in np.argsort(context, kind="stable")[: max(0, surplus)]:
            labels[places[index]] = 0
    for number, words in enumerate(blocks):
        if 0 < len(words) <= 3 and f" {' '.join(words)} " in whole:
            before = [labels[at] for at in range(max(0, number - 6), number) if len(blocks[at]) > 3][-2:]
            after = [labels[at] for at in range(number + 1, min(len(blocks), number + 7)) if len(blocks[at]) > 3][:2]
            around_it = float(np.mean(before + after)) if before or after else 0.0
            labels[number] = around_it >= (0.25 if tuple(words) in lines else 0.75)
    return labels


def by_snippets(truth: dict[str, Any], texts: Sequence[str]) -> tuple[Floats, Floats]:
    """Return labels, and which are known: blocks that hold, or lie in, a string that must or must not be found."""
    wanted = [" ".join(text.split()).lower() for text in [*(truth["must"] or ()), *(truth["ingredients"] or ())]]
    unwanted = [" ".join(text.split()).lower() for text in truth["mustnot"] or ()]
    labels, known = np.zeros(len(texts)), np.zeros(len(texts))
    for number, text in enumerate(texts):
        folded = " ".join(text.split()).lower()
        if folded:
            good, bad = (
                any(string in folded or (len(folded) >= 12 and folded in string) for string in strings)
                for strings in (wanted, unwanted)
            )
            labels[number], known[number] = good, good != bad
    return labels, known


def path_tokens(page: Outline) -> list[list[int]]:
    """Return, per block, the class and id tokens of its element and of all elements around it."""
    of_element: list[list[int]] = [[]]
    bounds, hashes, parents = page.first_token.tolist(), page.tokens.tolist(), page.parent.tolist()
    for element in range(1, len(page.tag)):
        of_element.append(of_element[parents[element]] + hashes[bounds[element] : bounds[element + 1]])
    return [of_element[element] for element in page.block_element.tolist()]


def first_words(text: BlockText) -> list[list[int]]:
    bounds, hashes = text.first_word.tolist(), text.words.tolist()
    return [hashes[start:end] for start, end in pairwise(bounds)]


def vocabulary(pages: Iterable[Labelled], least: int, *, words: bool) -> list[int]:
    """Return the hashes that occur on at least so many hosts, sorted."""
    hosts = defaultdict(set)
    for page in pages:
        if page.weights.any():
            for value in set((page.text.words if words else page.outline.tokens).tolist()):
                hosts[value].add(page.host)
    return sorted(value for value, found in hosts.items() if len(found) >= least)


def occurrences(lists: Iterable[list[int]], vocabulary: Sequence[int]) -> csr_matrix:
    index = {value: number for number, value in enumerate(vocabulary)}
    columns, bounds = [], [0]
    for values in lists:
        columns += [index[value] for value in values if value in index]
        bounds.append(len(columns))
    return csr_matrix(
        (np.ones(len(columns), np.float32), np.array(columns), np.array(bounds)), shape=(len(bounds) - 1, len(index))
    )


def linear(rows: csr_matrix, labels: Floats, weights: Floats, strength: float) -> npt.NDArray[np.float32]:
    used = weights > 0
    model = LogisticRegression(C=strength, max_iter=60)
    model.fit(rows[used], labels[used] > 0.5, sample_weight=weights[used])
    return model.coef_[0].astype(np.float32)  # type: ignore[no-any-return]


def boosted(rows: npt.NDArray[np.float32], labels: Floats, weights: Floats, seed: int) -> lightgbm.Booster:
    """Return trees fitted to the rows that have a weight, and to a fixed part of the negatives."""
    negative = labels <= 0.3
    drawn = np.random.default_rng(seed).random(len(labels)) < NEGATIVES
    used = (weights > 0) & (~negative | drawn)
    weights = np.where(negative, weights / NEGATIVES, weights)[used]
    settings = {
        "objective": "cross_entropy", "learning_rate": RATE, "num_leaves": LEAVES, "max_depth": DEPTH,
        "min_data_in_leaf": 40, "min_sum_hessian_in_leaf": 5, "feature_fraction": 0.5, "bagging_fraction": 0.8,
        "bagging_freq": 1, "lambda_l2": 5, "num_threads": 1, "deterministic": True, "force_row_wise": True,
        "seed": seed, "max_bin": 63, "verbose": -1,
    }  # fmt: skip
    data = lightgbm.Dataset(rows[used], labels[used], weight=weights * (used.sum() / weights.sum()), params=settings)
    return lightgbm.train(settings, data, TREES)


def flattened(boosters: Sequence[lightgbm.Booster]) -> dict[str, npt.NDArray[Any]]:
    """Return the trees of all as `block_model.trees_of` reads them, so that their sum is the mean of the boosters'."""
    nodes: list[list[Any]] = []  # feature, threshold, right
    first, values = [0], []

    def add(node: dict[str, Any], leaves: list[float]) -> None:
        """Write a node and all below it, and the values of its leaves from the left."""
        if "split_feature" not in node:
            leaves.append(node["leaf_value"] / len(boosters))
            return
        question = [node["split_feature"], node["threshold"], 0]
        nodes.append(question)
        before = len(leaves)
        add(node["left_child"], leaves)
        question[2] = 0xFFFFFFFF ^ ((1 << len(leaves)) - (1 << before))
        add(node["right_child"], leaves)

    for tree in (tree for booster in boosters for tree in booster.dump_model()["tree_info"]):
        leaves: list[float] = []
        add(tree["tree_structure"], leaves)
        first.append(len(nodes))
        values.append(leaves + [0.0] * (block_model.LEAVES - len(leaves)))
    feature, threshold, right = zip(*nodes, strict=True)
    return {
        "first": np.array(first, np.uint32),
        "feature": np.array(feature, np.uint16),
        "threshold": np.array(threshold, np.float32),
        "right": np.array(right, np.uint32),
        "value": np.array(values, np.float32),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared/data")
    parser.add_argument("--model", type=Path, default=block_model.PATH)
    parser.add_argument("--folds", type=Path, help="where the models that have not seen a fold are written")
    logging.basicConfig(level=logging.INFO)
    arguments = parser.parse_args()
    pages = [labelled(sample) for sample in samples(arguments.data)]
    labels, weights = (np.concatenate([getattr(page, name) for page in pages]) for name in ("labels", "weights"))
    folds = np.concatenate([np.full(len(page.labels), page.fold) for page in pages])
    names, words = vocabulary(pages, TOKEN_HOSTS, words=False), vocabulary(pages, WORD_HOSTS, words=True)
    by_name = occurrences((values for page in pages for values in path_tokens(page.outline)), names)
    by_word = occurrences((values for page in pages for values in first_words(page.text)), words)
    learned = []
    for fold in (*range(FOLDS), None):
        seen = np.where(folds == fold, 0, weights)
        coefficients = linear(by_name, labels, seen, 0.3), linear(by_word, labels, seen, 0.1)
        learned.append((np.array(names, np.uint32), coefficients[0], np.array(words, np.uint32), coefficients[1]))
        logger.info("linear models without fold %s", fold)
    rows = np.concatenate(
        [
            block_features(
                page.outline,
                page.text,
                title_text(page.markup, page.outline),
                kinds_of(page.markup),
                weights_of(*learned[page.fold]),
            )
            for page in pages
        ]
    )
    models: list[tuple[Path, int | None]] = [(arguments.model, None)]
    if arguments.folds:
        arguments.folds.mkdir(parents=True, exist_ok=True)
        models += [(arguments.folds / f"without-{fold}.npz", fold) for fold in range(FOLDS)]
    for path, fold in models:
        seen = np.where(folds == fold, 0, weights)
        trees = flattened([boosted(rows, labels, seen, seed) for seed in range(1, FITS + 1)])
        words_and_names = learned[-1 if fold is None else fold]
        arrays: dict[str, Any] = {**dict(zip(Weights._fields, words_and_names, strict=True)), **trees}
        np.savez_compressed(path, **arrays)
        logger.info("wrote %s", path)


if __name__ == "__main__":
    main()
