"""What the driver of a run on Ray can do: tasks that do nothing, with a receipt or without, a second; its memory.

python -m tests.benchmarks.driver 100000 FOLDER              without receipts
python -m tests.benchmarks.driver 100000 FOLDER --receipts   planned, run, and planned again from the receipts
"""

import resource
import sys
import time
from collections.abc import Sequence

from pydantic import JsonValue

from pipeline import task
from pipeline.config import RaySettings
from pipeline.inputs import Inputs
from pipeline.plan import planned, work
from pipeline.runner import OnRay
from pipeline.stages.base import Facts, Outcome, Part, RunState, Stage, Task, Workspace
from shards.receipts import Receipt, Receipts

COUNTS = {f"{language}_Latn": 7 for language in map("{:03}".format, range(60))}  # as those of a large web archive


class Number(Part):
    number: int


class Found(Facts):
    partitions: tuple[tuple[str, str, int], ...] = tuple((language, "open", 7) for language in COUNTS)


class Nothing(Stage):
    """Does nothing, and says much about it."""

    name: str = "nothing"
    count: int
    receipts: bool

    def settings(self) -> dict[str, JsonValue]:
        return {}

    def tasks(self, state: RunState) -> list[Task]:
        return [Task.of([f"xxh3:{number:032x}"], Number(number=number)) for number in range(self.count)]

    def process(self, workspace: Workspace) -> Outcome:
        if not self.receipts:
            task.write_receipt = lambda *_: None  # type: ignore[attr-defined]
            return Outcome()
        rows = sum(COUNTS.values())
        return Outcome(rows=2 * rows, kept=COUNTS, rejected={"a.reason": COUNTS}, facts=Found())


def main(arguments: Sequence[str]) -> None:
    count, folder, receipts = int(arguments[0]), arguments[1], "--receipts" in arguments
    stage = Nothing(count=count, receipts=receipts)
    state = RunState({}, Inputs(f"{folder}/inputs.json"))
    plan = planned(stage, 1, folder, [], state)
    began, cpu = time.perf_counter(), time.process_time()
    tasks = work(plan, state, begun=False).remaining
    _told("planned", len(tasks), began, cpu)
    with OnRay(RaySettings(num_cpus=2)) as executor:
        list(executor.run(stage, tasks[:8], plan.folder, {}))  # until workers have loaded what they need
        began, cpu = time.perf_counter(), time.process_time()
        kept = Receipts()
        for result in executor.run(stage, tasks, plan.folder, {}):
            assert isinstance(result, Receipt), result
            kept.add(result)
        _told("run", len(kept), began, cpu)
    del kept
    if not receipts:
        return
    began, cpu = time.perf_counter(), time.process_time()
    again = work(plan, state)
    _told("resumed", len(again.receipts), began, cpu)
    assert not again.remaining


def _told(what: str, tasks: int, began: float, cpu: float) -> None:
    wall, spent = time.perf_counter() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(
        f"{what}: {tasks:,} tasks, {tasks / wall:,.0f}/s, {spent:.1f} CPU s in the driver, {peak:,.0f} MB", flush=True
    )


if __name__ == "__main__":
    from tests.benchmarks.driver import main as imported  # a worker finds the stage by the name of its module

    imported(sys.argv[1:])
