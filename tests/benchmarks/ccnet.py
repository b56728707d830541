"""Perplexity of `ccnet` against KenLM: the same ARPA file read by both, and counted models of the same training text.

    python -m tests.benchmarks.ccnet ../shared/data

Needs `kenlm` (0.3.0 was measured; it asks models and makes none, so the ARPA file, trigrams with interpolated
Kneser-Ney discounting, is made here). English: every fourth text by digest trains, every fourth other is judged.
"""

import gzip
import math
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path

import kenlm
import numpy as np
import numpy.typing as npt

from filters.documents import Documents
from filters.models.arpa import BEGIN, END, UNKNOWN, read_arpa
from filters.models.kenlm import KenLM, KenLMModel
from filters.models.ngrams import thirds, trained
from tests.benchmarks.filter_texts import batch, timed_texts

DISCOUNT = 0.75
Numbers = npt.NDArray[np.float64]


def lines_of(documents: Documents) -> Iterator[list[list[str]]]:
    """Yield the lines of each document, as their words without capitals."""
    tokens, lines = documents.tokens, documents.lines
    places = np.append(np.searchsorted(tokens.starts, lines.starts), len(tokens.starts))
    text = documents.characters.points.tobytes().decode("utf-32-le")
    words = [text[a:b].lower().replace("’", "'") for a, b in zip(tokens.starts, tokens.ends, strict=True)]
    for document in range(len(documents)):
        here = range(lines.documents[document], lines.documents[document + 1])
        yield [words[places[line] : places[line + 1]] for line in here]


def write_arpa(path: Path, documents: Documents) -> None:
    """Write a trigram model of the documents."""
    sentences = [[BEGIN, *line, END] for lines in lines_of(documents) for line in lines]
    trigrams: Counter[tuple[str, ...]] = Counter(tuple(s[i : i + 3]) for s in sentences for i in range(len(s) - 2))
    bigrams: Counter[tuple[str, ...]] = Counter((BEGIN, s[1]) for s in sentences)
    for gram in trigrams:  # contexts but the first are counted by how many words precede them
        bigrams[gram[1:]] += 1
    unigrams = Counter(gram[1] for gram in bigrams)
    total, size = sum(unigrams.values()), len(unigrams) + 1
    floor = DISCOUNT * len(unigrams) / total / size
    single = {word: (count - DISCOUNT) / total + floor for word, count in unigrams.items()} | {UNKNOWN: floor}
    pairs, after_one = _interpolated(bigrams, lambda gram: single[gram[-1]])
    triples, after_two = _interpolated(trigrams, lambda gram: pairs[gram[1:]])
    sections: list[tuple[dict[tuple[str, ...], float], dict[tuple[str, ...], float]]] = [
        ({**{(word,): value for word, value in single.items()}, (BEGIN,): 1e-99}, after_one),
        (pairs, after_two),
        (triples, {}),
    ]
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("\\data\\\n" + "".join(f"ngram {n}={len(grams)}\n" for n, (grams, _) in enumerate(sections, 1)))
        for n, (grams, weights) in enumerate(sections, 1):
            file.write(f"\n\\{n}-grams:\n")
            for gram, value in grams.items():
                weight = f"\t{math.log10(weights[gram]):.6f}" if gram in weights else ""
                file.write(f"{math.log10(value):.6f}\t{' '.join(gram)}{weight}\n")
        file.write("\n\\end\\\n")


def _interpolated(
    counts: Counter[tuple[str, ...]], lower: Callable[[tuple[str, ...]], float]
) -> tuple[dict[tuple[str, ...], float], dict[tuple[str, ...], float]]:
    """Return the probability of each n-gram, and the weight of what its context leaves to shorter ones."""
    total: dict[tuple[str, ...], int] = defaultdict(int)
    types: dict[tuple[str, ...], int] = defaultdict(int)
    for gram, count in counts.items():
        total[gram[:-1]] += count
        types[gram[:-1]] += 1
    weights = {context: DISCOUNT * types[context] / total[context] for context in total}
    found = {
        gram: (count - DISCOUNT) / total[gram[:-1]] + weights[gram[:-1]] * lower(gram) for gram, count in counts.items()
    }
    return found, weights


def kenlm_perplexity(model: kenlm.Model, documents: list[list[str]]) -> Numbers:
    """Return what KenLM makes of documents whose words have spaces between them, as CCNet asks it."""
    found = []
    for lines in documents:
        log10 = sum(model.score(line) for line in lines)
        words = sum(line.count(" ") + 2 for line in lines)
        found.append(10.0 ** (-log10 / words) if words else math.nan)
    return np.array(found)


def ranks(values: Numbers) -> npt.NDArray[np.int64]:
    return np.argsort(np.argsort(values))


def timed(ask: Callable[[], Numbers], number: int) -> tuple[Numbers, float]:
    """Return the answer, and the documents per second of CPU time, the median of five."""
    found, seconds = ask(), []
    for _ in range(5):
        start = time.process_time()
        ask()
        seconds.append(time.process_time() - start)
    return found, number / statistics.median(seconds)


def main() -> None:
    texts = timed_texts(Path(sys.argv[1]), "eng_Latn", 10**6)
    training, judged = batch(texts[::4], "eng_Latn"), batch(texts[2::4], "eng_Latn")
    documents = Documents(judged)
    rows = np.arange(len(documents))
    spaced = [[" ".join(line) for line in lines] for lines in lines_of(documents)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.arpa.gz"
        write_arpa(path, Documents(training))
        reference = kenlm.Model(str(path))
        model = read_arpa(path)
        asking = KenLMModel(KenLM(model=path))
    models = {"the ARPA file": model} | {f"counted, order {n}": trained(Documents(training), n) for n in (3, 2, 1)}
    asked: dict[str, Callable[[], Numbers]] = {
        "KenLM, the ARPA file": lambda: kenlm_perplexity(reference, spaced),
        "`ccnet` asking KenLM": partial(asking.perplexity, documents, rows),
        **{name: partial(made.perplexity, documents, rows) for name, made in models.items()},
    }
    base, _ = timed(asked["KenLM, the ARPA file"], len(rows))
    base_bucket = np.searchsorted(thirds(base), base)
    print(f"kenlm {version('kenlm')}; {training.num_rows} English texts train, {len(rows)} are judged\n")
    print(
        "| model | rank correlation with KenLM | same third | largest difference | documents/s |\n|---|---|---|---|---|"
    )
    for name, ask in asked.items():
        found, speed = timed(ask, len(rows))
        correlation = float(np.corrcoef(ranks(base), ranks(found))[0, 1])
        same = float((np.searchsorted(thirds(found), found) == base_bucket).mean())
        print(f"| {name} | {correlation:.4f} | {same:.1%} | {np.abs(found / base - 1).max():.1g} | {speed:,.0f} |")


if __name__ == "__main__":
    main()
