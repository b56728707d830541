"""From signatures to verdicts through the stages themselves: CPU time per document, bytes written, peak memory.

    python -m tests.benchmarks.dedup_growth [--documents 1250000] [--scales 1 2 4 8] [--rounds 6] [--shard 250000]

Synthetic signatures (14 x 8 places) take the place of the signing kernel: 250,000 documents to a shard, of which 35 %
are copies (places equal with a probability between 0.7 and 1) of one of a tenth as many originals, drawn so that the
most copied one has a hundredth of them all: hot buckets grow with the corpus. Everything else is what a run does: the
tasks of `signatures`, `keys`, `candidates`, the rounds, `components`, `members`, `survivors`, `copies` and `dedup`, one
after another in one process per scale, with shards and receipts between them. Making the signatures and the documents
(without text) is not counted.

`index` is what the stage of signatures does: documents read, ranks, the shard of signatures. `keys` reads those and
writes records and edges. *To components* is `keys`, `candidates` and `components` in one task,
with reading, compression and checksums of all that passes between them; with `--rounds` both ways are taken, and
`rounds` is what the rounds and the components after them take in its place. Peak memory is that of each stage's largest
task (Linux), signatures of its shard included.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from dedup.minhash import MinHashSettings, Signatures
from pipeline.inputs import Inputs
from pipeline.stages.base import Finished, Known, Outcome, Stage, Task, Workspace
from pipeline.stages.dedup import Dedup
from pipeline.stages.dedup import signatures as signing
from pipeline.stages.dedup.components import ComponentsStage
from shards.receipts import Receipt
from shards.schema import DOCUMENT

SETTINGS = MinHashSettings(exact=False)
KEPT = "signatures"  # the role that is kept as the index; the bytes of all others are exchanged


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=1_250_000)
    parser.add_argument("--scales", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--shard", type=int, default=250_000, help="documents in one; a partition for each")
    parser.add_argument("--folder", help="where the runs write")
    parser.add_argument("--run", type=int, help="run one scale in this process and print JSON")
    options = parser.parse_args()
    if options.run:
        print(json.dumps(run(options.documents * options.run, options.shard, options.rounds, options.folder)))
        return
    for number, scale in enumerate(options.scales):
        command = [
            sys.executable,
            "-m",
            "tests.benchmarks.dedup_growth",
            "--documents",
            str(options.documents),
            "--run",
            str(scale),
        ]
        command += ["--rounds", str(options.rounds), "--shard", str(options.shard)]
        command += [*(["--folder", options.folder] if options.folder else [])]
        found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        report(found, heading=number == 0)


TO_COMPONENTS = ("keys", "candidates", "components")
STEPS = (*TO_COMPONENTS, "index", "members", "survivors", "copies", "dedup")
ROLES = ("records", "edges", "components")  # what is exchanged up to the components


def report(found: dict[str, Any], heading: bool) -> None:
    steps, documents = found["steps"], found["documents"]
    taken = {name: step["seconds"] / documents * 1e6 for name, step in steps.items()}
    sizes = {role: size / documents for role, size in found["bytes"].items()}
    in_rounds, sent = taken.pop("rounds", 0.0), sizes.pop("rounds", 0.0)
    if heading:
        print("| documents | " + " | ".join(STEPS) + " | to components: µs/document | documents per CPU-second "
              "| bytes/document | all: µs/document | documents per CPU-second | bytes/document exchanged | kept "
              "| largest task, MB | dropped | rounds: µs/document | bytes/document | to components: documents per "
              "CPU-second | largest task, MB |\n" + "|---" * (len(STEPS) + 14) + "|")  # fmt: skip
    first = sum(taken[name] for name in TO_COMPONENTS)
    every = sum(taken.values())
    joined = first - taken["components"] + in_rounds
    print(f"| {documents:,} | " + " | ".join(f"{taken[name]:.2f}" for name in STEPS)
          + f" | {first:.2f} | {1e6 / first:,.0f} | {sum(sizes[role] for role in ROLES):.0f} "
          f"| {every:.2f} | {1e6 / every:,.0f} | {sum(sizes.values()) - sizes[KEPT]:.0f} | {sizes[KEPT]:.0f} "
          f"| {max(step['peak'] for name, step in steps.items() if name != 'rounds'):.0f} | {found['dropped']:,} "
          f"| {in_rounds:.2f} | {sent:.1f} | {1e6 / joined:,.0f} | {steps.get('rounds', {}).get('peak', 0):.0f} "
          "|")  # fmt: skip
    peaks = {name: round(step["peak"]) for name, step in steps.items()}
    facts = {**found["facts"], "MB": peaks, "bytes": {role: round(size, 1) for role, size in sizes.items()}}
    print(f"<!-- {json.dumps(facts)} -->", flush=True)


def run(documents: int, shard: int, rounds: int, folder: str | None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=folder) as name:
        for warm in (True, False):  # compile, or load what is compiled, before anything is timed
            bench = Bench(Path(name) / str(warm), min(40_000, documents) if warm else documents, shard)
            bench.run(Dedup(exact=False, payload=False, minhash=SETTINGS, rounds=rounds, index=False))
        return bench.found()


class Bench:
    """Runs stages task by task, and keeps what each took."""

    def __init__(self, folder: Path, documents: int, shard: int = 250_000) -> None:
        self.folder, self.documents, self.shard = folder, documents, shard
        self.shards = -(-documents // shard)
        self.steps: dict[str, dict[str, float]] = defaultdict(lambda: {"seconds": 0.0, "peak": 0.0})
        self.facts: dict[str, Any] = defaultdict(int)
        self.bytes: dict[str, int] = defaultdict(int)
        self.known: dict[str, Finished] = {"documents": self.written()}

    def run(self, dedup: Dedup) -> None:
        for stage in dedup.parts(()):
            if stage.name == "stars-1":
                one = ComponentsStage(minhash=dedup.minhash, partitions=dedup.partitions)
                for task in one.tasks(Known(self.known, Inputs(str(self.folder / "inputs.json")))):
                    self._done(one, task, folder="components-in-one-task")
            tasks = stage.tasks(Known(self.known, Inputs(str(self.folder / "inputs.json"))))
            receipts = {}
            for number, task in enumerate(tasks):
                self.prepare(stage, number)
                receipts[task.key] = self._done(stage, task)
            self.known[stage.name] = Finished(stage.name, str(self.folder / stage.name), tasks, receipts, stage.judges)

    def prepare(self, stage: Stage, number: int) -> None:
        """Do what is not to be counted before a task: put the synthetic signatures in the place of the kernel."""
        if stage.name == "signatures":
            signed = signatures_of(number, self.documents, self.shard)
            signing.signatures = lambda texts, _: signed[: len(texts)]  # type: ignore[assignment]

    def found(self) -> dict[str, Any]:
        verdicts = self.known["dedup"].receipts.values()
        return {
            "documents": self.documents,
            "steps": self.steps,
            "bytes": self.bytes,
            "dropped": sum(
                count for receipt in verdicts for each in receipt.rejected.values() for count in each.values()
            ),
            "facts": self.facts,
        }

    def _done(self, stage: Stage, task: Task, folder: str = "") -> Receipt:
        upstream = {name: finished.folder for name, finished in self.known.items()}
        workspace = Workspace(stage.name, task, str(self.folder / (folder or stage.name)), upstream)
        Path("/proc/self/clear_refs").write_text("5")
        start = time.process_time()
        outcome = stage.process(workspace)
        seconds = time.process_time() - start
        peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
        name = {"stars": "rounds", "forests": "rounds", "signatures": "index"}.get(stage.name.split("-")[0], stage.name)
        if name == "components" and "forests-1" in self.known:
            name = "rounds"
        self.steps[name]["seconds"] += seconds
        self.steps[name]["peak"] = max(self.steps[name]["peak"], peak)
        for fact in ("compared", "given_up", "pairs"):
            self.facts[fact] += outcome.facts.get(fact, 0)
        if "largest" in outcome.facts:
            self.facts[f"largest of {name}"] = max(self.facts[f"largest of {name}"], outcome.facts["largest"])
        if outcome.facts.get("changed"):
            self.facts["rounds"] = max(self.facts["rounds"], getattr(stage, "number", 0))
        receipt = workspace.receipt(outcome)
        for role, file in receipt.files.items():
            self.bytes["rounds" if name == "rounds" else role] += file.bytes
        return receipt

    def written(self) -> Finished:
        """Write the documents."""
        receipts, tasks = {}, []
        for shard in range(self.shards):
            size = min(self.shard, self.documents - shard * self.shard)
            task = Task(reads=(str(shard),), part={"shard": shard})
            workspace = Workspace("documents", task, str(self.folder / "documents"), {})
            columns = {"id": pa.array([f"{shard:08x}{row:024x}" for row in range(size)]), "text": pa.array([""] * size)}
            columns |= {"license": pa.array(["CC-BY-4.0"] * size), "language": pa.array(["eng_Latn"] * size)}
            rows = [columns.get(field.name, pa.nulls(size)).cast(field.type) for field in DOCUMENT]
            schema = pa.schema([field.with_nullable(True) for field in DOCUMENT])
            workspace.write("kept", pa.Table.from_arrays(rows, schema=schema).to_batches(), schema)
            receipts[task.key] = workspace.receipt(Outcome(size, kept={"eng_Latn": size}))
            tasks.append(task)
        return Finished("documents", str(self.folder / "documents"), tasks, receipts)


def signatures_of(shard: int, documents: int, size: int) -> Signatures:
    """Return the signatures of a shard: of originals nobody copies, and of copies."""
    random = np.random.default_rng([shard, documents])
    signed = random.integers(0, 1 << 32, (size, SETTINGS.permutations), dtype=np.uint32)
    copies = np.flatnonzero(random.random(size) < 0.35)
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


if __name__ == "__main__":
    main()
