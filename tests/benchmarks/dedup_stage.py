"""Texts to verdicts: this project's stages, verifying exactly, beside datatrove's four, text-dedup and Data-Juicer's.

    python -m tests.benchmarks.dedup_stage [--originals 400] [--rounds 3] [--only NAME …] [--peer NAME PYTHON …]

The same texts for all, 14 x 8 permutations of 5-grams: web pages (after the first 1,102, mostly English, those of 30
languages), each with four copies of which up to 6 % of the words, or of the characters where words are not spaced, are
exchanged. A peer that is installed in an environment of its own is named by that environment's interpreter. Every
run is a process of its own, by turns, and printed as it ends; CPU time is counted from after the imports to the end
(reading and writing JSON Lines is part of it for the peers, reading and writing shards for this project). Peak memory
is the process's (Linux). Data-Juicer's Ray operator is counted with all processes of its cluster, from after `ray.init`
on; its workers import their libraries in that time: `--originals 20` shows how long they take.
"""

import argparse
import contextlib
import functools
import gzip
import itertools
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

# Of a file of texts and a folder: something to be timed, which returns a version and how many documents were dropped.
Child: TypeAlias = Callable[[Path, Path], Callable[[], tuple[str, int]]]

DATA = Path(os.environ.get("YULIAO_DATA", Path(__file__).parents[3] / "shared" / "data"))
SHARDS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--originals", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument(
        "--only", nargs="+", help="of this project's variants; `ours` is always run", default=list(OURS)
    )
    parser.add_argument("--peer", nargs=2, action="append", default=[], metavar=("NAME", "PYTHON"))
    parser.add_argument("--child", nargs=2, metavar=("NAME", "FOLDER"))
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measured(CHILDREN[options.child[0]], Path(options.child[1]))))
        return
    with tempfile.TemporaryDirectory() as name:
        size, documents = write_texts(Path(name), options.data, options.originals), options.originals * 5
        print(f"{documents:,} documents, {size / documents:,.0f} bytes each\n")
        print("| | documents/s | CPU s: ours takes less by | GB per CPU-hour | peak MB | bytes written/document "
              "| dropped |\n" + "|---" * 7 + "|", flush=True)  # fmt: skip
        candidates = [(own, sys.executable) for own in OURS if own == "ours" or own in options.only]
        found: dict[str, list[dict[str, Any]]] = {}
        for _ in range(options.rounds):
            for child, python in [*candidates, *options.peer]:
                command = [python, "-m", "tests.benchmarks.dedup_stage"] if child in OURS else [python, __file__]
                done = subprocess.run([*command, "--child", child, name], stdout=subprocess.PIPE, check=True, text=True)
                found.setdefault(child, []).append(json.loads(done.stdout.splitlines()[-1]))
                print(row(child, [found[child][-1]], found["ours"][-1:], documents, size), flush=True)
        print("\nAll rounds, medians; of ratios, the range too:\n")
        for child, runs in found.items():
            print(row(child, runs, found["ours"], documents, size))


def row(name: str, runs: list[dict[str, Any]], ours: list[dict[str, Any]], documents: int, size: int) -> str:
    seconds = statistics.median(run["seconds"] for run in runs)
    ratios = sorted(run["seconds"] / own["seconds"] for run, own in zip(runs, ours, strict=True))
    peak = statistics.median(run["peak"] for run in runs)
    spread = f" ({ratios[0]:.1f}-{ratios[-1]:.1f})" if len(ratios) > 1 else ""
    return (
        f"| {name} {runs[-1]['version']} | {documents / seconds:,.0f} | {seconds:.2f}: {statistics.median(ratios):.1f}"
        f"{spread} | {size / 1e9 / seconds * 3600:.1f} | {peak:.0f} | {runs[-1]['bytes'] / documents:,.0f} "
        f"| {' '.join(sorted({format(run['dropped'], ',') for run in runs}))} |"
    )


def write_texts(folder: Path, data: Path, originals: int) -> int:
    """Write the texts, SHARDS files of JSON Lines; return their size in bytes."""
    choose, texts = random.Random(0), []
    for text in itertools.islice(pages(data), originals):
        space = " " if text.count(" ") > len(text) / 20 else ""
        words = text.split(" ") if space else list(text)
        texts.append(text)
        for copy in range(4):
            edited = list(words)
            for _ in range(int(len(words) * 0.02 * copy)):
                edited[choose.randrange(len(words))] = choose.choice(words)
            texts.append(space.join(edited))
    choose.shuffle(texts)
    for shard in range(SHARDS):
        rows = [{"id": f"{number:032x}", "text": text} for number, text in enumerate(texts) if number % SHARDS == shard]
        (folder / f"{shard:05}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return sum(len(text.encode()) for text in texts)


def pages(data: Path) -> Iterator[str]:
    for name in ("extraction/gt.jsonl.gz", "neardup/docs.jsonl.gz"):
        with gzip.open(data / name, "rt") as lines:
            yield from filter(None, (json.loads(line)["text"] for line in lines))


def measured(child: Callable[[Path, Path], Callable[[], tuple[str, int]]], texts: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        work = child(texts, Path(name))
        start = cpu_seconds()
        version, dropped = work()
        seconds = cpu_seconds() - start
        written = sum(path.stat().st_size for path in Path(name).rglob("*") if path.is_file())
    peak = max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, *TREE.peaks)
    return {"seconds": seconds, "peak": peak, "bytes": written, "version": version, "dropped": dropped}


class Tree:
    """The processes of a cluster below this one: their time, and the most memory they held together when looked at."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.before = self.seconds = 0.0
        self.peaks = [0.0]
        self.last: dict[int, float] = {}

    def watch(self) -> None:
        """Look at them from now on until `end`."""
        for _ in range(3):  # children may come before their parents
            self.look()
        self.before = sum(self.last.values())
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while not self.ended.wait(0.5):
            self.look()

    def look(self) -> None:
        memory = 0.0
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, ValueError):
                fields = (process / "stat").read_text().rpartition(")")[2].split()
                own = int(process.name) == os.getpid()
                if own or self._below(int(process.name), int(fields[1])):
                    memory += sum(
                        int(line.split()[1]) / 1024
                        for line in (process / "smaps_rollup").read_text().splitlines()
                        if line.startswith("Pss:")
                    )
                    if not own:
                        self.last[int(process.name)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        self.peaks.append(memory)

    def _below(self, process: int, parent: int) -> bool:
        return parent == os.getpid() or parent in self.last or process in self.last

    def end(self) -> None:
        self.look()
        self.ended.set()
        self.seconds = sum(self.last.values()) - self.before


TREE = Tree()


def cpu_seconds() -> float:
    """Return the time of this process and of those that it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system + TREE.seconds


def ours(texts: Path, folder: Path, *, exact: bool = True, index: bool = True) -> Callable[[], tuple[str, int]]:
    import pyarrow as pa

    from dedup.minhash import MinHashSettings
    from pipeline.stages.base import Finished, Outcome, Task, Workspace
    from pipeline.stages.dedup import Dedup
    from shards.schema import DOCUMENT
    from tests.benchmarks.dedup_growth import Bench, by_turns

    class Texts(Bench):
        texts: ClassVar[Path]

        def prepare(self, number: int) -> None:
            pass

        def written(self) -> Finished:
            receipts, tasks = {}, []
            for path in sorted(self.texts.glob("*.jsonl")):
                rows = [json.loads(line) for line in path.read_text().splitlines()]
                task = Task(reads=(path.name,), part={})
                workspace = Workspace("documents", task, str(self.folder / "documents"), {})
                columns = {name: pa.array([row[name] for row in rows]) for name in ("id", "text")}
                columns["language"] = pa.array(["eng_Latn"] * len(rows))
                arrays = [columns.get(field.name, pa.nulls(len(rows))).cast(field.type) for field in DOCUMENT]
                schema = pa.schema([field.with_nullable(True) for field in DOCUMENT])
                workspace.write("kept", pa.Table.from_arrays(arrays, schema=schema).to_batches(), schema)
                receipts[task.key] = workspace.receipt(Outcome(len(rows), kept={"eng_Latn": len(rows)}))
                tasks.append(task)
            return Finished("documents", str(self.folder / "documents"), tasks, receipts)

    def dedup(source: Path, target: Path) -> int:
        Texts.texts = source
        bench = Texts(target, 1, 1)
        by_turns(Dedup(payload=False, minhash=MinHashSettings(exact=exact), partitions=SHARDS, index=index), [bench])
        return bench.dropped

    with tempfile.TemporaryDirectory() as warm:  # compile, or load what is compiled, before anything is timed
        dedup(texts, Path(warm))
    return lambda: ("", dedup(texts, folder))


def datatrove(texts: Path, folder: Path) -> Callable[[], tuple[str, int]]:
    from importlib.metadata import version

    from datatrove.pipeline.dedup import (
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
    )
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter
    from datatrove.utils.hashing import HashConfig

    config = MinhashConfig(hash_config=HashConfig(precision=64))
    places = {name: str(folder / name) for name in ("signatures", "buckets", "remove")}

    def run() -> tuple[str, int]:
        for rank in range(SHARDS):
            data = JsonlReader(str(texts), glob_pattern="*.jsonl").run(None, rank, SHARDS)
            MinhashDedupSignature(places["signatures"], config).run(data, rank, SHARDS)
        for bucket in range(config.num_buckets):
            MinhashDedupBuckets(places["signatures"], places["buckets"], config=config).run(None, bucket, 14)
        MinhashDedupCluster(places["buckets"], places["remove"], config=config).run(None, 0, 1)
        kept = 0
        for rank in range(SHARDS):
            data = JsonlReader(str(texts), glob_pattern="*.jsonl").run(None, rank, SHARDS)
            kept += sum(1 for _ in JsonlWriter(str(folder / "kept"), compression=None).run(
                MinhashDedupFilter(places["remove"]).run(data, rank, SHARDS), rank, SHARDS))  # fmt: skip
        return version("datatrove"), documents_in(texts) - kept

    return run


def text_dedup(texts: Path, folder: Path) -> Callable[[], tuple[str, int]]:
    from importlib.metadata import version

    from datasets import disable_progress_bars, load_from_disk
    from text_dedup.minhash import main as minhash

    disable_progress_bars()
    settings = {"path": "json", "data_dir": str(texts), "split": "train", "cache_dir": str(folder / "cache")}
    settings |= {"output": str(folder / "kept"), "column": "text", "num_perm": "112", "b": "14", "r": "8"}
    settings |= {"ngram": "5", "num_proc": "1", "min_length": "0", "hash_func": "xxh3"}

    def run() -> tuple[str, int]:
        minhash.main([f"--{name}={value}" for name, value in settings.items()], standalone_mode=False)
        return version("text-dedup"), documents_in(texts) - len(load_from_disk(str(folder / "kept")))

    return run


def data_juicer(texts: Path, folder: Path, *, ray: bool = False) -> Callable[[], tuple[str, int]]:
    from importlib.metadata import version

    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    operator = "ray_bts_minhash_deduplicator" if ray else "document_minhash_deduplicator"
    settings = {"tokenization": "space", "window_size": 5, "num_permutations": 112}
    settings |= {"num_bands": 14, "num_rows_per_band": 8}
    places = {"dataset_path": str(texts), "export_path": str(folder / "kept" / "all.jsonl"), "work_dir": str(folder)}
    config = {"project_name": "stage", **places, "np": 1, "use_cache": False, "process": [{operator: settings}]}
    config |= {"executor_type": "ray", "ray_address": "local"} if ray else {}
    (folder / "config.yaml").write_text(json.dumps(config))  # JSON is YAML
    with contextlib.redirect_stdout(sys.stderr):
        from data_juicer.config import init_configs

        parsed = init_configs(["--config", str(folder / "config.yaml")])
        if ray:
            from data_juicer.core.executor.ray_executor import RayExecutor as Executor
        else:
            from data_juicer.core.executor import DefaultExecutor as Executor
        executor = Executor(parsed)

    def run() -> tuple[str, int]:
        if ray:
            TREE.watch()
        with contextlib.redirect_stdout(sys.stderr):
            executor.run()
        if ray:
            TREE.end()
        kept = [path for path in (folder / "kept").rglob("*.json*") if path.is_file()]
        left = sum(len(path.read_text().splitlines()) for path in kept)
        return version("py-data-juicer"), documents_in(texts) - left

    return run


def documents_in(texts: Path) -> int:
    return sum(len(path.read_text().splitlines()) for path in texts.glob("*.jsonl"))


OURS: dict[str, Child] = {
    "ours": ours,
    "ours, `index: false`": functools.partial(ours, index=False),
    "ours, `exact: false`": functools.partial(ours, exact=False),
    "ours, both false": functools.partial(ours, exact=False, index=False),
}
CHILDREN: dict[str, Child] = {**OURS, "datatrove": datatrove, "text-dedup": text_dedup}
CHILDREN |= {"Data-Juicer": data_juicer, "Data-Juicer on Ray": functools.partial(data_juicer, ray=True)}

if __name__ == "__main__":
    main()
