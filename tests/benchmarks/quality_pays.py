"""Whether `quality` pays: what small language models learn from pages that it keeps, that filters keep, and from any.

    python -m tests.benchmarks.quality_pays ../shared/data

Pages that the shipped weights were not trained on (WebOrganizer's in English, of HPLT's crawl in Chinese) are drawn for
each arm, with three seeds, up to the same number of bytes: from the third that `quality` scores highest, from those
that the filters of the language keep, from both, and from all. A model of trigrams, and in English a network of three
words of context too, reads them once; printed is its loss per token, in nats, on trusted texts.
"""

import gzip
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from filters.chain import judge
from filters.documents import Documents
from filters.models.ngrams import trained
from filters.quality import Quality
from pipeline.config import load_chain
from tests.benchmarks.domain_sets import cut, documents
from tests.benchmarks.filter_texts import batch

Weights = npt.NDArray[np.float32]
Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]
Loss = Callable[[Documents], float]  # per token, in nats
Learnt = Callable[[Documents, int], Loss]  # from documents, by a seed
SEEDS = (0, 1, 2)
BEST = 1 / 3  # of the pages, by score
DRAWN, MOST = 0.6, 1_000_000  # of the bytes of the smallest arm, so that draws differ; bytes
TRUSTED = 40_000  # tokens of each kind of trusted text
WORDS, CONTEXT, WIDTH, HIDDEN, ROWS, RATE = 2_000, 3, 32, 64, 128, 0.1  # of the network

POOLS = {"zho_Hans": "zh/web_text_zh.jsonl.gz", "eng_Latn": "judging/quality/weborganizer_en.jsonl.gz"}


def lines(data: Path, name: str) -> Iterator[dict[str, str]]:
    for line in gzip.decompress((data / name).read_bytes()).splitlines():
        yield json.loads(line)


def trusted(data: Path, language: str) -> dict[str, list[str]]:
    """Return trusted texts of a language by kind."""
    questions = [row["text"] for row in lines(data, "lid/documents.jsonl.gz") if _is(row, language, "xquad")]
    if language == "eng_Latn":
        books = [row["text"] for row in lines(data, "domain/docs.jsonl.gz") if "openstax" in row["source"]]
        return {"encyclopaedia": questions, "textbooks": books}
    judged = [row for row in lines(data, "judging/domain/docs.jsonl.gz") if row["lang"] == language]
    articles = [row["text"] for row in judged if "cmrc2018" in row["origin"]]
    abstracts = [row["text"] for row in judged if "ydli-ai/CSL" in row["origin"]]
    return {"encyclopaedia": questions + articles, "abstracts": abstracts}


def _is(row: Mapping[str, str], language: str, source: str) -> bool:
    return row["lang"] == language and row["source"] == source


def arms(texts: Sequence[str], language: str) -> dict[str, npt.NDArray[np.bool_]]:
    """Return by arm which texts it may draw."""
    score = np.nan_to_num(np.asarray(Quality().measure(documents(texts, language))["score"]))
    best = score >= np.quantile(score, 1 - BEST)
    chain = load_chain(f"configs/languages/{language}.yaml")
    assert chain is not None
    kept = np.array([not broken for broken in judge(chain.filters, batch(list(texts), language)).broken.to_pylist()])
    return {"any": np.ones(len(texts), np.bool_), "filters": kept, "quality": best, "both": best & kept}


def trigrams(read: Documents, _: int) -> Loss:
    """Return the loss of a model of trigrams."""
    model = trained(read)

    def loss(tried: Documents) -> float:
        perplexity = np.log(model.perplexity(tried, np.arange(len(tried))))
        return float(np.average(np.nan_to_num(perplexity), weights=tried.tokens.count))

    return loss


def network(common: Hashes) -> Learnt:
    """Return how a network learns that knows some words, by their hashes, and takes all others for one."""

    def numbers(of: Documents) -> tuple[Numbers, Numbers]:
        """Return the contexts and the words that follow them."""
        place = np.minimum(np.searchsorted(common, of.tokens.hashes), len(common) - 1)
        word = np.where(common[place] == of.tokens.hashes, place, len(common))
        windows = np.lib.stride_tricks.sliding_window_view(word, CONTEXT + 1)
        return windows[:, :-1], windows[:, -1]

    def learnt(read: Documents, seed: int) -> Loss:
        chance = np.random.default_rng(seed)
        sizes = ((len(common) + 1, WIDTH), (CONTEXT * WIDTH, HIDDEN), (HIDDEN, len(common) + 1))
        weights = [chance.normal(0, min(0.1, size[0] ** -0.5), size).astype(np.float32) for size in sizes]
        squares = [np.full_like(weight, 1e-4) for weight in weights]
        contexts, following = numbers(read)
        order = chance.permutation(len(following))
        for first in range(0, len(order), ROWS):
            rows = order[first : first + ROWS]
            slopes = _slopes(weights, contexts[rows], following[rows])
            for weight, square, slope in zip(weights, squares, slopes, strict=True):
                square += slope**2  # Adagrad
                weight -= RATE * slope / np.sqrt(square)

        def loss(tried: Documents) -> float:
            contexts, following = numbers(tried)
            total = 0.0
            for first in range(0, len(following), 4096):
                here = slice(first, first + 4096)
                probable = _probable(weights, contexts[here])[0][np.arange(len(following[here])), following[here]]
                total -= float(np.log(np.maximum(probable, 1e-12)).sum())
            return total / len(following)

        return loss

    return learnt


def _probable(weights: Sequence[Weights], contexts: Numbers) -> tuple[Weights, Weights, Weights]:
    embedded = weights[0][contexts].reshape(len(contexts), -1)
    hidden = np.tanh(embedded @ weights[1])
    scores = hidden @ weights[2]
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True), hidden, embedded


def _slopes(weights: Sequence[Weights], contexts: Numbers, following: Numbers) -> list[Weights]:
    off, hidden, embedded = _probable(weights, contexts)
    off[np.arange(len(following)), following] -= 1
    off /= len(following)
    back = (off @ weights[2].T) * (1 - hidden**2)
    words = np.zeros_like(weights[0])
    np.add.at(words, contexts, (back @ weights[1].T).reshape(*contexts.shape, WIDTH))
    return [words, embedded.T @ back, hidden.T @ off]


def common_words(texts: Sequence[str], language: str) -> Hashes:
    """Return the hashes of the commonest tokens of all pages, ascending."""
    different, counts = np.unique(documents(texts, language).tokens.hashes, return_counts=True)
    return np.sort(different[np.argsort(-counts, kind="stable")[:WORDS]])


def drawn(texts: Sequence[str], of: npt.NDArray[np.bool_], most: int, seed: int) -> list[str]:
    """Return texts of an arm, in an order by the seed, of at most so many bytes."""
    found, total = [], 0
    for i in np.random.default_rng(seed).permutation(np.flatnonzero(of)).tolist():
        total += len(texts[i].encode())
        if total > most:
            break
        found.append(texts[i])
    return found


def main() -> None:
    data = Path(sys.argv[1])
    for language, pool in POOLS.items():
        texts = [row["text"] for row in lines(data, pool) if row["text"].strip()]
        of_arm = arms(texts, language)
        size = np.array([len(text.encode()) for text in texts])
        most = min(MOST, int(DRAWN * min(int(size[of].sum()) for of in of_arm.values())))
        print(f"{language}: {len(texts)} pages; {most:,} bytes of each arm")
        tried = {kind: documents(cut(of, language, TRUSTED), language) for kind, of in trusted(data, language).items()}
        models: dict[str, Learnt] = {"trigrams": trigrams}
        if language == "eng_Latn":
            models["network"] = network(common_words(texts, language))
        for model, learns in models.items():
            for arm, of in of_arm.items():
                learnt = [learns(documents(drawn(texts, of, most, seed), language), seed) for seed in SEEDS]
                for kind, of_kind in tried.items():
                    losses = [loss(of_kind) for loss in learnt]
                    spread = f"{np.mean(losses):.3f} ± {np.std(losses, ddof=1):.3f}"
                    print(f"    {model:9} {arm:8} of {of.sum():4} pages: {kind:14} {spread}", flush=True)


if __name__ == "__main__":
    main()
