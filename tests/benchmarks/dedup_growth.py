"""From signatures to verdicts through the stages themselves: CPU time per document, bytes written, peak memory.

    python -m tests.benchmarks.dedup_growth [--documents 1250000 2500000 5000000 10000000] [--rounds 2] [--shard 250000]

Synthetic signatures (14 x 8 places) take the place of the signing kernel: 250,000 documents to a shard, of which 35 %
are copies (places equal with a probability between 0.7 and 1) of one of a tenth as many originals, drawn so that the
most copied one has a hundredth of them all: hot buckets grow with the corpus. Everything else is what a run does: the
tasks of all stages, partitions and groups as they are by default, with shards and receipts between them. Making the
signatures and the documents (without text) is not counted.

All sizes are done in one process, stage by stage, their tasks by turns, so that a machine that is slower for a minute
is so for all of them; and all that again in every round.

`signatures` has no texts to sign here: documents read, ranks, the shard of signatures. *To components* is `keys`,
`candidates` and `components` in one task, with reading, compression and checksums of all that passes between them.
Where edges are more than one task is given (`--edges` lowers how many that are), both ways are taken, and `rounds` is
what the rounds and the components after them take in its place. Peak memory is that of each stage's largest task
(Linux), signatures of its shard included.
"""

import argparse
import json
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.minhash import MinHashSettings, Signatures
from pipeline.inputs import Inputs
from pipeline.stages.base import Finished, Known, Outcome, Stage, Task, Workspace
from pipeline.stages.dedup import Dedup, rounds
from pipeline.stages.dedup import signatures as signing
from pipeline.stages.dedup.candidates import CandidatesFacts
from pipeline.stages.dedup.components import ComponentsFacts, ComponentsStage
from pipeline.stages.dedup.survivors import SurvivorsFacts
from shards.receipts import Receipt
from shards.schema import DOCUMENT

SETTINGS = MinHashSettings(exact=False)
KEPT = "signatures"  # the role that is kept as the index; the bytes of all others are exchanged
TO_COMPONENTS = ("keys", "candidates", "components")
STEPS = ("signatures", *TO_COMPONENTS, "members", "survivors", "copies", "dedup")
ROLES = ("records", "edges", "components")  # what is exchanged up to the components
ROUNDS = "rounds"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, nargs="+", default=[1_250_000, 2_500_000, 5_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=2, help="of the whole")
    parser.add_argument("--edges", type=int, default=rounds.AT_ONCE, help="above which they are joined in rounds")
    parser.add_argument("--shard", type=int, default=250_000, help="documents in one")
    parser.add_argument("--folder", help="where the runs write")
    options = parser.parse_args()
    rounds.AT_ONCE, rounds.PER_TASK = options.edges, min(options.edges, rounds.PER_TASK)
    dedup = Dedup(exact=False, payload=False, minhash=SETTINGS, index=False)
    found: list[list[Bench]] = []
    for sizes in [[40_000], *[options.documents] * options.rounds]:  # at first to compile, or load what is compiled
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            found.append([Bench(Path(folder) / str(size), size, options.shard) for size in sizes])
            by_turns(dedup, found[-1])
        if len(found) > 1:
            report([list(each) for each in zip(*found[1:], strict=True)])


def by_turns(dedup: Dedup, benches: list["Bench"]) -> None:
    """Run every stage over all sizes, which are through with it at about the same time."""
    for stage in dedup.parts(()):
        sizes = [(bench, bench.begin(stage)) for bench in benches]
        turns = [((turn + 0.5) / size, bench, turn) for bench, size in sizes for turn in range(size)]
        for _, bench, turn in sorted(turns, key=lambda each: each[0]):
            bench.turn(turn)
        for bench in benches:
            bench.end()


def report(found: list[list["Bench"]]) -> None:
    """Print a row for each size, from the rounds that there are."""
    columns = [*STEPS, "to components", "documents per CPU-second", "bytes", "all", "documents per CPU-second"]
    columns += ["bytes exchanged", "kept", "largest task, MB", "dropped", "rounds", "bytes", "largest task, MB"]
    print(f"\n{len(found[0])} rounds: µs per document, median (range)\n")
    print("| documents | " + " | ".join(columns) + " |\n" + "|---" * (len(columns) + 1) + "|")
    for benches in found:
        size = benches[0].documents
        taken = {name: [bench.steps[name].seconds / size * 1e6 for bench in benches] for name in (*STEPS, ROUNDS)}
        sums = {
            name: [sum(each) for each in zip(*(taken[step] for step in steps), strict=True)]
            for name, steps in (("first", TO_COMPONENTS), ("all", STEPS))
        }
        sizes = {role: written / size for role, written in benches[0].bytes.items()}
        in_rounds = sizes.pop(ROUNDS, 0.0)
        peaks = {name: max(bench.steps[name].peak for bench in benches) for name in (*STEPS, ROUNDS)}
        cells = [*(spread(taken[name]) for name in STEPS)]
        cells += [spread(sums["first"]), f"{1e6 / median(sums['first']):,.0f}"]
        cells += [f"{sum(sizes[role] for role in ROLES):.0f}", spread(sums["all"]), f"{1e6 / median(sums['all']):,.0f}"]
        cells += [f"{sum(sizes.values()) - sizes[KEPT]:.0f}", f"{sizes[KEPT]:.0f}"]
        cells += [f"{max(peaks[name] for name in STEPS):,.0f}", f"{benches[0].dropped:,}"]
        cells += [spread(taken[ROUNDS]), f"{in_rounds:.1f}", f"{peaks[ROUNDS]:,.0f}"] if in_rounds else ["", "", ""]
        print(f"| {size:,} | " + " | ".join(cells) + " |")
        facts = {**benches[0].facts, "MB": {name: round(peak) for name, peak in peaks.items()}}
        print(f"<!-- {json.dumps(facts | {'bytes': {role: round(each, 1) for role, each in sizes.items()}})} -->")
    print(flush=True)


def spread(values: list[float]) -> str:
    return f"{median(values):.2f}" + (f" ({min(values):.2f}-{max(values):.2f})" if len(values) > 1 else "")


class Step:
    """What a stage took: CPU seconds, and MB of its largest task."""

    seconds = 0.0
    peak = 0.0


class Bench:
    """Runs stages over one size, task by task, and keeps what each took."""

    def __init__(self, folder: Path, documents: int, shard: int) -> None:
        self.folder, self.documents, self.shard = folder, documents, shard
        self.shards = -(-documents // shard)
        self.steps: dict[str, Step] = defaultdict(Step)
        self.facts: dict[str, Any] = defaultdict(int)
        self.bytes: dict[str, int] = defaultdict(int)
        self.known: dict[str, Finished] = {"documents": self.written()}

    def begin(self, stage: Stage) -> int:
        """Return how many tasks a stage has; it is the one whose turns are taken from now on."""
        known = Known(self.known, Inputs(str(self.folder / "inputs.json")))
        self.stage, self.tasks = stage, stage.tasks(known)
        self.receipts: dict[str, Receipt] = {}
        if stage.name == "stars-1" and self.tasks:
            one = ComponentsStage(minhash=SETTINGS, rounds=0)
            for task in one.tasks(known):
                self._done(one, task, folder="components-in-one-task")
        return len(self.tasks)

    def turn(self, number: int) -> None:
        """Do one task."""
        self.prepare(number)
        self.receipts[self.tasks[number].key] = self._done(self.stage, self.tasks[number])

    def prepare(self, number: int) -> None:
        """Do what is not to be counted before a task: put the synthetic signatures in the place of the kernel."""
        if self.stage.name == "signatures":
            signed = signatures_of(number, self.documents, self.shard)
            signing.__dict__["signatures"] = lambda texts, _: signed[: len(texts)]

    def end(self) -> None:
        """Let later stages know of this one."""
        stage = self.stage
        if self.tasks or not stage.optional:
            folder = str(self.folder / stage.name)
            self.known[stage.name] = Finished(stage.name, folder, self.tasks, self.receipts, stage.judges)

    @property
    def dropped(self) -> int:
        """How many documents were."""
        verdicts = self.known["dedup"].receipts.values()
        return sum(count for receipt in verdicts for each in receipt.rejected.values() for count in each.values())

    def _done(self, stage: Stage, task: Task, folder: str = "") -> Receipt:
        upstream = {name: finished.folder for name, finished in self.known.items()}
        workspace = Workspace(stage.name, task, str(self.folder / (folder or stage.name)), upstream)
        Path("/proc/self/clear_refs").write_text("5")
        start = time.process_time()
        outcome = stage.process(workspace)
        seconds = time.process_time() - start
        peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
        joined = stage.name == "components" and "forests-1" in self.known
        name = ROUNDS if joined or stage.name.startswith(("stars-", "forests-")) else stage.name
        self.steps[name].seconds += seconds
        self.steps[name].peak = max(self.steps[name].peak, peak)
        facts = outcome.facts
        if isinstance(facts, SurvivorsFacts):
            self.facts["compared"] += facts.compared
            self.facts["given_up"] += facts.given_up
            self.facts["pairs"] += facts.pairs
        if isinstance(facts, SurvivorsFacts | CandidatesFacts | ComponentsFacts):
            self.facts[f"largest of {name}"] = max(self.facts[f"largest of {name}"], facts.largest)
        if isinstance(stage, rounds.StarsStage) and isinstance(facts, rounds.StarsFacts) and facts.changed:
            self.facts["rounds"] = max(self.facts["rounds"], stage.number)
        receipt = workspace.receipt(outcome)
        for role, file in receipt.files.items():
            self.bytes[ROUNDS if name == ROUNDS else role] += file.bytes
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
        value: npt.NDArray[Any] = original[part, None] * np.uint32(0x9E3779B1)
        value = value + np.arange(SETTINGS.permutations, dtype=np.uint32)
        for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
            value = (value ^ value >> np.uint32(shift)) * np.uint32(factor)
        same = random.random(value.shape, dtype=np.float32) < alike[part, None]
        signed[copies[part]] = np.where(same, value, signed[copies[part]])
    return signed


if __name__ == "__main__":
    main()
