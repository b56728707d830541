"""Near duplicates found and missed against exact Jaccard similarity, per language group, and the measured S-curve.

    python -m tests.benchmarks.dedup_quality [--data FOLDER] [--only pairs|curve]

Truth is the Jaccard similarity of the sets of shingle strings, computed without any hash; `published` is the similarity
that the data's makers computed with their own tokeniser (theirs cuts Hindi at vowel signs). A pair counts as found if
its documents meet in a candidate component and pass verification. Nothing was tuned on these data.

Needs `resiliparse` beside this project's packages: the pairs of `rawwarc` were made from its extraction.
"""

import argparse
import gzip
import itertools
import json
import os
import random
from collections import defaultdict
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import datasketch
import numpy as np
import pyarrow as pa
from fastwarc.warc import ArchiveIterator, WarcRecordType
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.encoding import detect_encoding
from resiliparse.parse.html import HTMLTree

from dedup.candidates import candidate_edges
from dedup.components import Components, components
from dedup.minhash import MinHashSettings, band_keys, collision_probability, empty, signatures
from dedup.records import nodes_of, records_of
from dedup.shingles import shingle_sets, shingle_strings
from dedup.verify import Comparison, similarity_of, verified_edges

DATA = Path(os.environ.get("YULIAO_DATA", Path(__file__).parents[3] / "shared" / "data"))
THRESHOLD = 0.8
PAIRS, FAMILIES = 1500, 20  # of the S-curve
GROUPS = {
    "zh": "Chinese", "ja": "Japanese", "tha": "Thai", "ko": "Korean", "hin": "Hindi", "ru": "Cyrillic, Greek",
    "rus": "Cyrillic, Greek", "uk": "Cyrillic, Greek", "el": "Cyrillic, Greek", "ell": "Cyrillic, Greek",
    "ar": "Arabic", "ara": "Arabic", "amh": "Ethiopic", "tir": "Ethiopic", "unknown": "unlabelled",
}  # fmt: skip
Pair = tuple[int, int]


class Corpus(NamedTuple):
    name: str
    texts: list[str]
    groups: list[str]
    published: dict[Pair, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--only", choices=("pairs", "curve"))
    options = parser.parse_args()
    data = options.data
    names = ("datasketch", "resiliparse", "numpy", "numba", "opencc")
    print(", ".join(f"{name} {version(name)}" for name in names), f"· threshold {THRESHOLD}\n")
    for corpus in () if options.only == "curve" else (neardup(data / "neardup"), rawwarc(data / "rawwarc")):
        report(corpus)
    if options.only != "pairs":
        s_curve(data)


def neardup(folder: Path) -> Corpus:
    rows = list(json_lines(folder / "docs.jsonl.gz"))
    return Corpus(
        "neardup", [row["text"] for row in rows], [group(row["lang"]) for row in rows],
        published([row["id"] for row in rows], folder / "pairs.jsonl.gz"),
    )  # fmt: skip


def rawwarc(folder: Path) -> Corpus:
    labels = {row["id"]: row for row in json_lines(folder / "labels.jsonl.gz")}
    texts: dict[str, str] = {}
    for path in sorted(folder.glob("*.warc.gz")):
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, record_types=WarcRecordType.response):
                name = record.headers.get("WARC-X-Item-Id")
                if name and "html" in (record.http_content_type or ""):
                    page = record.reader.read()
                    encoding = labels.get(name, {}).get("charset_real") or detect_encoding(page) or "utf-8"
                    text = extract_plain_text(HTMLTree.parse_from_bytes(page, encoding), main_content=True)
                    if len(text) >= 300:
                        texts[name] = text
    names = sorted(texts)
    groups = [group(labels[name]["lang"] or "unknown") for name in names]
    return Corpus(
        "rawwarc", [texts[name] for name in names], groups, published(names, folder / "neardup_pairs.jsonl.gz")
    )


def json_lines(path: Path) -> Iterable[dict[str, Any]]:
    with gzip.open(path, "rt") as lines:
        yield from map(json.loads, lines)


def published(names: list[str], path: Path) -> dict[Pair, float]:
    places = {name: place for place, name in enumerate(names)}
    return {ordered(places[row["a"]], places[row["b"]]): row["j_w5"] for row in json_lines(path)}


def ordered(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)


def group(language: str) -> str:
    return GROUPS.get(language.split("_")[0].split("-")[0], "Latin")


def exact_pairs(texts: list[str], lowest: float) -> dict[Pair, float]:
    """Return every pair of at least this similarity, by counting shared shingle strings."""
    sets = [set(shingles) for shingles in shingle_strings(pa.array(texts), 5, MinHashSettings().fold)]
    holders: dict[bytes, list[int]] = defaultdict(list)
    shared: dict[Pair, int] = defaultdict(int)
    for place, shingles in enumerate(sets):
        for shingle in shingles:
            holders[shingle].append(place)
    for places in holders.values():
        for pair in itertools.combinations(places, 2):
            shared[pair] += 1
    similar = {(a, b): count / (len(sets[a]) + len(sets[b]) - count) for (a, b), count in shared.items()}
    return {pair: similarity for pair, similarity in similar.items() if similarity >= lowest}


def found_pairs(texts: list[str], settings: MinHashSettings) -> tuple[set[Pair], set[Pair], Components]:
    """Return the pairs that share a band, the pairs that pass verification in their component, and the clusters."""
    array = pa.array(texts)
    signed = signatures(array, settings)
    nodes = nodes_of(0, len(texts))
    keys = band_keys(signed, settings.bands, settings.rows)
    candidate = components(candidate_edges(records_of(keys, nodes, empty(signed))).edges, nodes)
    sets = shingle_sets(array, settings.ngram, settings.fold) if settings.exact else None
    comparison = Comparison.of(settings, signed, sets)
    clusters = components(verified_edges(candidate, comparison).edges, nodes)
    members = defaultdict(list)
    for node, root in zip(*(column.tolist() for column in candidate), strict=True):
        members[root].append(node)
    pairs = [pair for each in members.values() for pair in itertools.combinations(each, 2)]
    met = {pair for pair in pairs if (keys[pair[0]] == keys[pair[1]]).any()}
    verified = {pair for pair in pairs if similarity_of(*pair, comparison) >= 0}
    return met, verified, clusters


def datasketch_pairs(texts: list[str]) -> set[Pair]:
    index = datasketch.MinHashLSH(threshold=THRESHOLD, num_perm=128)
    pairs = set()
    for place, shingles in enumerate(shingle_strings(pa.array(texts), 5, MinHashSettings().fold)):
        sketch = datasketch.MinHash(num_perm=128)
        sketch.update_batch(shingles)
        pairs |= {(other, place) for other in index.query(sketch)}
        index.insert(place, sketch)
    return pairs


def together(clusters: Components) -> set[Pair]:
    members = defaultdict(list)
    for node, root in zip(*(column.tolist() for column in clusters), strict=True):
        members[root].append(node)
    return {pair for each in members.values() for pair in itertools.combinations(each, 2)}


def scores(found: set[Pair], truth: set[Pair]) -> str:
    right = len(found & truth)
    precision, recall = right / len(found) if found else 1.0, right / len(truth) if truth else 1.0
    return f"{precision:.3f} | {recall:.3f} | {2 * precision * recall / (precision + recall or 1):.3f}"


def report(corpus: Corpus) -> None:
    similar = exact_pairs(corpus.texts, 0.3)
    truth = {pair for pair, similarity in similar.items() if similarity >= THRESHOLD}
    theirs = {pair for pair, similarity in corpus.published.items() if similarity >= THRESHOLD}
    edges = np.array(sorted(truth), np.uint64).reshape(-1, 2)
    true_clusters = together(components(edges, nodes_of(0, len(corpus.texts))))
    print(f"**{corpus.name}**: {len(corpus.texts)} documents, {len(truth)} pairs (published: {len(theirs)})\n")
    print("| | pairs: P | R | F1 | P (published) | R | F1 | clusters: P | R | F1 |\n" + "|---" * 10 + "|")
    print(f"| datasketch LSH, 128 | {scores(found := datasketch_pairs(corpus.texts), truth)} "
          f"| {scores(found, theirs)} | | | |")  # fmt: skip
    best, grouped = set[Pair](), set[Pair]()
    for bands, rows in ((14, 8), (9, 13), (16, 7), (20, 6), (28, 4)):
        for exact in (False, True):
            settings = MinHashSettings(bands=bands, rows=rows, exact=exact, threshold=THRESHOLD)
            met, verified, clusters = found_pairs(corpus.texts, settings)
            if not exact:
                print(f"| {bands}x{rows}, candidates | {scores(met, truth)} | {scores(met, theirs)} | | | |")
            how = "exact" if exact else "estimated"
            print(f"| {bands}x{rows}, verified ({how}) | {scores(verified, truth)} | {scores(verified, theirs)} "
                  f"| {scores(together(clusters), true_clusters)} |")  # fmt: skip
            if exact and bands == 14:
                best, grouped = verified, together(clusters)
    print("\n| 14x8, verified (exact), by group | pairs | P | R | F1 | R of candidates in theory | clusters: pairs "
          "| P | R | F1 |\n" + "|---" * 10 + "|")  # fmt: skip
    for name in sorted(set(corpus.groups)):
        inside = {pair for pair in truth if corpus.groups[pair[0]] == name}
        if inside:
            theory = np.mean([collision_probability(similar[pair], 14, 8) for pair in inside])
            own, joined, rightly = (
                {pair for pair in pairs if corpus.groups[pair[0]] == name} for pairs in (best, grouped, true_clusters)
            )
            print(f"| {name} | {len(inside)} | {scores(own, inside)} | {theory:.3f} | {len(rightly)} "
                  f"| {scores(joined, rightly)} |")  # fmt: skip
    print()


def s_curve(data: Path) -> None:
    """Print how often edited copies of real texts share a band, beside what theory says for the similarity of each.

    One set of permutations is one draw for all pairs of a text, so that the error of a group of few texts is larger
    than the number of pairs lets expect: FAMILIES of them are drawn, and their spread gives the interval.
    """
    bases: dict[str, list[str]] = defaultdict(list)
    for path in (
        "zh/web_text_zh.jsonl.gz",
        "neardup/docs.jsonl.gz",
        "lid/documents.jsonl.gz",
        "extraction/gt.jsonl.gz",
    ):
        for row in json_lines(data / path):
            language = "zh" if path.startswith("zh/") else (row.get("lang") or "unknown")
            if len(row["text"] or "") > 200:
                bases[group(language)].append(row["text"][:4000])
    bins = [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 1.0]
    print(f"Pairs that share a band of 14x8, %: the mean of {FAMILIES} sets of permutations (theory), {PAIRS} pairs of "
          "each group; the last columns in points, with 95 % intervals\n")  # fmt: skip
    print("| | texts | " + " | ".join(f"{a}-{b}" for a, b in itertools.pairwise(bins))
          + " | .8-.85: measured − theory | from .8 | shipped set, from .8 |")  # fmt: skip
    print("|---" * (len(bins) + 4) + "|")
    for name in ("Chinese", "Japanese", "Thai", "Korean", "Hindi", "Arabic", "Cyrillic, Greek", "Ethiopic", "Latin"):
        choose = random.Random(name)
        pairs = [(text, edited(text, choose)) for text in choose.choices(bases[name], k=PAIRS)]
        columns = [pa.array(column) for column in zip(*pairs, strict=True)]
        fold = MinHashSettings().fold
        sets = [[set(each) for each in shingle_strings(column, 5, fold)] for column in columns]
        similarity = np.array([len(a & b) / max(1, len(a | b)) for a, b in zip(*sets, strict=True)])
        theory = np.array([collision_probability(value, 14, 8) for value in similarity])
        met, shipped = shared(columns, FAMILIES), shared(columns, 1)
        cells = []
        for low, high in itertools.pairwise(bins):
            inside = (similarity >= low) & (similarity < high)
            cells.append(f"{met[inside].mean():.1%} ({theory[inside].mean():.1%})" if inside.any() else "")
        for low, high, each in ((0.8, 0.85, met), (0.8, 1.0, met), (0.8, 1.0, shipped)):
            inside = (similarity >= low) & (similarity < high)
            off = (each[inside] - theory[inside, None]).mean(axis=0) * 100
            error = 1.96 * off.std(ddof=1) / np.sqrt(len(off)) if len(off) > 1 else None
            cells.append(f"{off.mean():+.2f}" + (f" ± {error:.2f}" if error is not None else ""))
        print(f"| {name} | {len(set(bases[name]))} | {' | '.join(cells)} |", flush=True)


def shared(columns: list[pa.Array], families: int) -> np.ndarray[Any, Any]:
    """Return [pairs, families]: whether a pair shares a band under each set of 112 permutations."""
    settings = MinHashSettings(bands=14 * families)
    keys = [band_keys(signatures(column, settings), settings.bands, settings.rows) for column in columns]
    return (keys[0] == keys[1]).reshape(-1, families, 14).any(axis=2)


def edited(text: str, choose: random.Random) -> str:
    """Return the text with some of its words, or characters where there are no spaces, replaced by its own others."""
    spaced = text.count(" ") > len(text) / 20
    tokens = text.split(" ") if spaced else list(text)
    for _ in range(choose.randrange(1, max(2, len(tokens) // 12))):
        tokens[choose.randrange(len(tokens))] = choose.choice(tokens)
    return (" " if spaced else "").join(tokens)


if __name__ == "__main__":
    main()
