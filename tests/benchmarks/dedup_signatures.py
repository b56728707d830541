"""Text to MinHash signature, documents per second of one core: this project, a plain C loop, and its peers.

All candidates sign the same texts in one process, by turns, timed in CPU time; the ratios are medians over the rounds.
Each peer gets its shingles as its users make them: a list of words, and runs of five joined by spaces.

datatrove and text-dedup get the text, and cut it into words with what they bring: for Chinese, Japanese and Thai these
are whole sentences or dictionary words, so that they hash fewer shingles than the others.

    python -m tests.benchmarks.dedup_signatures [--rounds 5] [--data FOLDER]

needs `rensa`, `datatrove` (with `xxhash` before 4) and `text-dedup` 0.4 beside this project's own packages, and `gcc`
for the C loop. The loop knows no script: of Chinese, Japanese and Thai it takes each character for a token, as this
project does.
"""

import argparse
import ctypes
import gzip
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

import datasketch
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import rensa

from dedup.exact import exact_keys
from dedup.folding import utf8
from dedup.minhash import MinHashSettings, band_keys, permutations_of, signatures

Split: TypeAlias = Callable[[str], list[str]]  # the cheapest that the peers' users write

DATA = Path(os.environ.get("YULIAO_DATA", Path(__file__).parents[3] / "shared" / "data"))
TEXTS: dict[str, tuple[dict[str, str | None], int, Split]] = {  # files, with the languages taken of them
    "English": ({"extraction/gt.jsonl.gz": "en"}, 500, str.split),
    "Chinese": ({"zh/web_text_zh.jsonl.gz": None}, 300, list),
    "Japanese": ({"neardup/docs.jsonl.gz": "ja", "extraction/oracle_gt.jsonl.gz": "ja"}, 300, list),
    "Thai": ({"neardup/docs.jsonl.gz": "th", "lid/documents.jsonl.gz": "th"}, 300, list),
    "documentation in 21 languages": ({"extraction/oracle_gt.jsonl.gz": None}, 176, str.split),
}
PLACES = 112
Floor: TypeAlias = Callable[[pa.Array, bool], Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    names = ("datasketch", "rensa", "datatrove", "text_dedup", "numba", "numpy", "pyarrow")
    print(", ".join(f"{name} {version(name)}" for name in names), f"· {PLACES} permutations of 5-grams · CPU time\n")
    with tempfile.TemporaryDirectory() as folder:
        floor = c_loop(Path(folder))
        for title, (sources, limit, split) in TEXTS.items():
            texts = [text for file, language in sources.items() for text in texts_in(options.data / file, language)]
            report(title, texts[:limit], split, floor, options.rounds)


def texts_in(path: Path, language: str | None) -> list[str]:
    with gzip.open(path, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    return [row["text"] for row in rows if row["text"] and (row.get("lang") or "").startswith(language or "")]


def report(title: str, texts: list[str], split: Split, floor: Floor | None, rounds: int) -> None:
    array = pa.array(texts)
    wide = MinHashSettings(bits=64)
    candidates: dict[str, Callable[[], Any]] = {
        "ours, 32 bit": lambda: signatures(array, MinHashSettings()),
        "ours, 64 bit": lambda: signatures(array, wide),
        "ours, 32 bit, with exact keys and band keys": lambda: (
            exact_keys(array, MinHashSettings().fold),
            band_keys(signatures(array, MinHashSettings()), 14, 8),
        ),
        "datasketch, bulk": lambda: datasketch.MinHash.bulk(shingle_bytes(texts, split), num_perm=PLACES),
        "rensa R, digest matrix": lambda: rensa.RMinHash.digest_matrix_from_token_sets(
            shingle_lists(texts, split), PLACES, 42
        ),
        "shingle strings in Python, no signature": lambda: shingle_lists(texts, split),
    }
    candidates["datatrove"] = datatrove_signatures(texts)
    candidates["text-dedup"] = text_dedup_signatures(texts)
    if floor is not None:
        candidates["plain C loop"] = lambda: floor(array, split is list)
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    for run in candidates.values():
        run()
    for _ in range(rounds):
        for name, run in candidates.items():
            start = time.process_time()
            run()
            seconds[name].append(time.process_time() - start)
    size = array.nbytes / len(texts)
    print(f"**{title}**: {len(texts)} documents of {size:,.0f} bytes\n")
    print("| | µs/document | documents/s | MB/s | ours is faster by (range) |\n|---|---|---|---|---|")
    for name, times in sorted(seconds.items(), key=lambda item: statistics.median(item[1])):
        each = statistics.median(times) / len(texts)
        ratios = sorted(other / own for other, own in zip(times, seconds["ours, 32 bit"], strict=True))
        print(
            f"| {name} | {each * 1e6:,.1f} | {1 / each:,.0f} | {size / each / 1e6:,.1f} "
            f"| {statistics.median(ratios):.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f}) |"
        )
    print()


def shingle_lists(texts: list[str], split: Split) -> list[list[str]]:
    documents = []
    for text in texts:
        words = split(text.lower())
        documents.append([" ".join(words[at : at + 5]) for at in range(max(1, len(words) - 4))])
    return documents


def shingle_bytes(texts: list[str], split: Split) -> list[list[bytes]]:
    return [[shingle.encode() for shingle in shingles] for shingles in shingle_lists(texts, split)]


def datatrove_signatures(texts: list[str]) -> Callable[[], Any]:
    from datatrove.pipeline.dedup import MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.utils.hashing import HashConfig

    config = MinhashConfig(hash_config=HashConfig(precision=64))
    with tempfile.TemporaryDirectory() as folder:
        step = MinhashDedupSignature(folder, config)
    return lambda: [  # as its `run` does it: no signature without shingles
        step.get_signature(shingles) for shingles in map(step.get_shingles, texts) if shingles.size
    ]


def text_dedup_signatures(texts: list[str]) -> Callable[[], Any]:
    from text_dedup.minhash import embed_func
    from text_dedup.utils import xxh3_32hash

    random = np.random.RandomState(42)
    prime = np.uint64((1 << 61) - 1)
    permutations = (
        random.randint(1, prime, PLACES, dtype=np.uint64),
        random.randint(0, prime, PLACES, dtype=np.uint64),
    )
    settings = {
        "num_perm": PLACES,
        "ngram_size": 5,
        "min_length": 0,
        "hashranges": [(band * 8, band * 8 + 8) for band in range(14)],
        "permutations": permutations,
        "hash_func": xxh3_32hash,
        "dtype": np.uint64,
        "max_hash": np.uint64((1 << 32) - 1),
        "modulo_prime": prime,
    }
    return lambda: [embed_func(text, row, **settings) for row, text in enumerate(texts)]


def c_loop(folder: Path) -> Floor | None:
    compiler = shutil.which("gcc")
    if compiler is None:
        return None
    source, library = Path(__file__).parent / "dedup_floor" / "signatures.c", folder / "signatures.so"
    subprocess.run([compiler, "-O3", "-march=native", "-shared", "-fPIC", "-o", library, source], check=True)
    sign = ctypes.CDLL(str(library)).sign
    factors, summands = permutations_of(PLACES, 32)

    def run(texts: pa.Array, characters: bool) -> Any:
        data, offsets = utf8(texts)
        out = np.empty((len(texts), PLACES), np.uint32)
        arrays: list[npt.NDArray[Any]] = [data, offsets, factors, summands, out]
        data_at, offsets_at, factors_at, summands_at, out_at = (ctypes.c_void_p(array.ctypes.data) for array in arrays)
        size, ngram, places = (ctypes.c_size_t(number) for number in (len(texts), 5, PLACES))
        sign(ctypes.c_int(characters), data_at, offsets_at, size, ngram, places, factors_at, summands_at, out_at)
        return out

    return run


if __name__ == "__main__":
    main()
