"""From signatures to survivors at 1x, 2x, 4x and 8x the documents: CPU time per document, bytes written, peak memory.

    python tests/benchmarks/dedup_growth.py [--documents 1250000] [--scales 1 2 4 8]

The signatures are synthetic (14 x 8 places), 250,000 to a shard: 35 % of the documents are copies (places equal with a
probability between 0.7 and 1) of one of a tenth as many originals, drawn so that the most copied one has a hundredth of
them all: hot buckets grow with the corpus. Each scale runs in a process of its own, one task after another, everything
between tasks going through files. Making the signatures is not counted. Peak memory is that of each step (Linux).
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dedup.candidates import (
    Records,
    candidate_edges,
    combine,
    merged,
    nodes_of,
    partition_of,
    partitioned,
    records_of,
    rows_of,
    shards_of,
)
from dedup.components import Components, components
from dedup.minhash import MinHashSettings, Signatures, band_keys, empty
from dedup.survivors import survivors
from dedup.verify import evidence, verified_edges

SETTINGS = MinHashSettings()
SHARD = 250_000
PARTITIONS_PER_MILLION = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=1_250_000)
    parser.add_argument("--scales", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--run", type=int, help="run one scale in this process and print JSON")
    options = parser.parse_args()
    if options.run:
        print(json.dumps(run(options.documents * options.run)))
        return
    print("| documents | " + " | ".join(STEPS) + " | all, µs/document | bytes/document | peak MB by step | kept |")
    print("|---" * (len(STEPS) + 5) + "|")
    for scale in options.scales:
        command = [sys.executable, __file__, "--documents", str(options.documents), "--run", str(scale)]
        result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        documents, steps = result["documents"], result["seconds"]
        each = [f"{steps[name] / documents * 1e6:.2f}" for name in STEPS]
        peaks = " · ".join(f"{result['peak'][name]:.0f}" for name in STEPS)
        total = sum(steps.values()) / documents * 1e6
        print(f"| {documents:,} | {' | '.join(each)} | {total:.2f} | {result['bytes'] / documents:.0f} | {peaks} "
              f"| {result['kept']:,} |")  # fmt: skip
        print(f"<!-- {result['report']} -->", flush=True)


STEPS = ("map", "candidates", "components", "fetch", "verify and choose")


def run(documents: int) -> dict[str, object]:
    shards = documents // SHARD
    partitions = max(1, documents * PARTITIONS_PER_MILLION // 1_000_000)
    warm_up()
    seconds, peak = dict.fromkeys(STEPS, 0.0), dict.fromkeys(STEPS, 0.0)
    meter = metered(seconds, peak)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for shard in range(shards):
            signed = signatures_of(shard, documents)
            with meter("map"):
                map_shard(folder, shard, signed, partitions)
        largest = 0
        for partition in range(partitions):
            with meter("candidates"):
                largest = max(largest, reduce_partition(folder, partition, shards))
        with meter("components"):
            sizes = join(folder, shards, partitions)
        for shard in range(shards):
            signed = signatures_of(shard, documents)
            with meter("fetch"):
                fetch(folder, shard, signed, partitions)
        found = np.zeros(5, np.int64)
        for partition in range(partitions):
            with meter("verify and choose"):
                found += choose(folder, partition, shards)
        written = sum(path.stat().st_size for path in folder.iterdir())
    return {
        "documents": documents, "seconds": seconds, "peak": peak, "bytes": written, "kept": documents - int(found[0]),
        "report": f"fullest bucket of a partition {largest:,}, largest candidate component {sizes:,}, candidates "
                  f"{found[1]:,}, verified edges {found[2]:,}, compared {found[3]:,}, given up {found[4]:,}",
    }  # fmt: skip


def metered(seconds: dict[str, float], peak: dict[str, float]) -> Callable[[str], object]:
    @contextmanager
    def meter(step: str) -> Iterator[None]:
        Path("/proc/self/clear_refs").write_text("5")
        start = time.process_time()
        yield
        seconds[step] += time.process_time() - start
        status = Path("/proc/self/status").read_text()
        peak[step] = max(peak[step], int(status.split("VmHWM:")[1].split()[0]) / 1024)

    return meter


def signatures_of(shard: int, documents: int) -> Signatures:
    """Return the signatures of a shard: of originals nobody copies, and of copies."""
    random = np.random.default_rng([shard, documents])
    signed = random.integers(0, 1 << 32, (SHARD, SETTINGS.permutations), dtype=np.uint32)
    copies = np.flatnonzero(random.random(SHARD) < 0.35)
    original = (documents / 10 * random.random(len(copies)) ** 3).astype(np.uint32)
    alike = random.uniform(0.7, 1, len(copies)).astype(np.float32)
    for first in range(0, len(copies), 20_000):
        part = slice(first, first + 20_000)
        value = original[part, None] * np.uint32(0x9E3779B1) + np.arange(SETTINGS.permutations, dtype=np.uint32)
        for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
            value = (value ^ value >> np.uint32(shift)) * np.uint32(factor)
        same = random.random(value.shape, dtype=np.float32) < alike[part, None]
        signed[copies[part]] = np.where(same, value, signed[copies[part]])
    return signed


def map_shard(folder: Path, shard: int, signed: Signatures, partitions: int) -> None:
    keys = band_keys(signed, SETTINGS.bands, SETTINGS.rows)
    records, local = combine(records_of(keys, nodes_of(shard, len(signed)), empty(signed)))
    parts = partitioned(records, partitions)
    np.save(folder / f"bounds-{shard}.npy", np.cumsum([0, *(len(part.keys) for part in parts)]))
    for name, column in records._asdict().items():
        np.save(folder / f"{name}-{shard}.npy", rows_of(column).astype(np.uint32) if name == "nodes" else column)
    np.save(folder / f"edges-{shard}.npy", local)


def reduce_partition(folder: Path, partition: int, shards: int) -> int:
    parts = []
    for shard in range(shards):
        first, last = np.load(folder / f"bounds-{shard}.npy")[partition : partition + 2]
        keys, rows, counts = (
            np.array(np.load(folder / f"{name}-{shard}.npy", mmap_mode="r")[first:last]) for name in Records._fields
        )
        parts.append(Records(keys, np.uint64(shard) << np.uint64(32) | rows.astype(np.uint64), counts))
    found = candidate_edges(merged(parts))
    np.save(folder / f"across-{partition}.npy", components(found.edges).edges)
    return found.largest


def join(folder: Path, shards: int, partitions: int) -> int:
    edges = [np.load(folder / f"edges-{shard}.npy") for shard in range(shards)]
    edges += [np.load(folder / f"across-{partition}.npy") for partition in range(partitions)]
    found = components(np.concatenate(edges))
    del edges
    sizes = np.unique(found.roots, return_counts=True)[1]
    place = place_of(found.roots, partitions)
    of_shard = np.searchsorted(found.nodes, np.arange(shards + 1, dtype=np.uint64) << np.uint64(32))
    for shard in range(shards):
        part = slice(of_shard[shard], of_shard[shard + 1])
        order = np.argsort(place[part], kind="stable")
        np.save(folder / f"candidates-{shard}.npy", np.stack([found.nodes[part][order], found.roots[part][order]]))
    return int(sizes.max(initial=0))


def place_of(roots: npt.NDArray[np.uint64], partitions: int) -> npt.NDArray[np.int64]:
    return partition_of(roots * np.uint64(0x9E3779B97F4A7C15), partitions)


def fetch(folder: Path, shard: int, signed: Signatures, partitions: int) -> None:
    nodes, roots = np.load(folder / f"candidates-{shard}.npy")
    np.save(folder / f"signatures-{shard}.npy", signed[rows_of(nodes)])
    bounds = np.searchsorted(place_of(roots, partitions), np.arange(partitions + 1))
    np.save(folder / f"places-{shard}.npy", bounds)


def choose(folder: Path, partition: int, shards: int) -> npt.NDArray[np.int64]:
    nodes, roots, signed = [], [], []
    for shard in range(shards):
        first, last = np.load(folder / f"places-{shard}.npy")[partition : partition + 2]
        both = np.load(folder / f"candidates-{shard}.npy", mmap_mode="r")[:, first:last]
        nodes.append(both[0])
        roots.append(both[1])
        signed.append(np.array(np.load(folder / f"signatures-{shard}.npy", mmap_mode="r")[first:last]))
    every = np.concatenate(nodes)
    order = np.argsort(every)
    candidate = Components(every[order], np.concatenate(roots)[order])
    proof = evidence(SETTINGS, np.concatenate(signed)[order])
    verified = verified_edges(candidate, proof)
    clusters = components(verified.edges, candidate.nodes)
    rank = np.argsort(np.argsort(clusters.nodes * np.uint64(0x9E3779B97F4A7C15)))
    standing = survivors(clusters, rank, proof)
    np.save(folder / f"survivors-{partition}.npy", standing.column("survivor").to_numpy())
    gone = int((standing.column("survivor").to_numpy() != clusters.nodes).sum())
    return np.array([gone, len(clusters.nodes), len(verified.edges), verified.compared, verified.given_up])


def warm_up() -> None:
    """Compile, or load what is compiled, before anything is timed."""
    signed = np.repeat(np.random.default_rng(0).integers(0, 1 << 32, (5, 112), dtype=np.uint32), 2, axis=0)
    records, edges = combine(records_of(band_keys(signed, 14, 8), nodes_of(0, 10), empty(signed)))
    candidate_edges(records)
    found, proof = components(edges), evidence(SETTINGS, signed)
    verified_edges(found, proof)
    survivors(found, np.arange(len(found.nodes)), proof)
    shards_of(found.nodes)


if __name__ == "__main__":
    main()
