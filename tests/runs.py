"""Runs of the pipeline over the sample web, for the tests of the pipeline and of the command line."""

import hashlib
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pipeline import code, plugins
from pipeline.answers.finished_run import FinishedRun, open_run
from pipeline.catalogue import catalogues
from pipeline.config import load
from pipeline.module_code import read_module
from pipeline.plan import PlannedStage, Work
from pipeline.run import Executor, Local, Run, run
from pipeline.stages.base import Stage, Task
from pipeline.task import Failure
from shards import files
from shards.receipts import Receipt
from shards.schema import DOCUMENT

ROOT = Path(__file__).parents[1]
UNREADABLE = 3  # how a run ends of which a file breaks off, as one of the sample web does


class Silent:
    """Shows nothing."""

    def begin(self, stage: PlannedStage, work: Work) -> None: ...

    def advance(self, task: Task, result: Receipt | Failure) -> None: ...

    def end(self, stage: PlannedStage) -> None: ...


class Shuffled(Local):
    """Runs tasks in an order of its own."""

    def run(
        self, stage: Stage, tasks: Sequence[Task], folder: str, upstream: Mapping[str, str]
    ) -> Iterator[Receipt | Failure]:
        yield from super().run(stage, random.Random(7).sample(tasks, len(tasks)), folder, upstream)


@dataclass(frozen=True)
class SampleWeb:
    """The sample web as WARC files in a folder, and runs of the quickstart configuration over them."""

    folder: Path
    truth: Mapping[str, dict[str, Any]] = field(default_factory=dict)  # by WARC-Record-ID

    def config(
        self,
        name: str,
        *,
        warc: str = "*",
        mount: Path | None = None,
        dedup: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> Path:
        """Write the quickstart configuration with its output in `name` and its input cut into several tasks."""
        pages = str((mount or self.folder) / f"{warc}.warc.gz")
        settings = load(str(ROOT / "configs" / "quickstart.yaml")).model_dump(mode="json")
        documents, *_ = settings["stages"]
        documents["sources"][0] |= {"paths": [pages], "bytes_per_task": 50_000}
        documents["task_bytes"] = 1
        next(stage for stage in settings["stages"] if stage["name"] == "dedup").update(dedup or {})
        settings |= {"output": str(self.folder / name), **changes}
        path = self.folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(settings, allow_unicode=True))
        return path

    def run(self, name: str, executor: Executor, **changes: Any) -> Run:
        """Run the quickstart configuration in this process, with its output in `name`."""
        return run(load(str(self.config(name, **changes))), executor, Silent())

    def open(self, name: str) -> FinishedRun:
        """Return the finished run in `name`."""
        return open_run(str(self.folder / name))

    def release(self, name: str) -> Path:
        """Return the folder of the release of a run."""
        return Path(self.open(name).stage("publish").folder) / "release"

    def digests(self, name: str) -> dict[str, str]:
        """Return the digest of every file that is a result: all but receipts, which tell the time."""
        output = self.folder / name
        paths = [path for path in sorted(output.glob("*-*/**/*")) if path.is_file() and path.parent.name != "receipts"]
        return {str(path.relative_to(output)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def yuliao(*arguments: str, log: Path) -> subprocess.Popen[bytes]:
    """Start the command line as a user would, with what it prints going to a file."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "jobs", *arguments], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )


def documents(run: FinishedRun) -> dict[str, dict[str, Any]]:
    """Return every document of a run by its source id, as the judges leave it, with what dedup found under `dedup`."""
    stage = run.stage("documents")
    found: dict[str, dict[str, Any]] = {}
    for index, task in enumerate(stage.tasks):
        kept = files.read_table(stage.uri(task.key, "kept")).to_pylist()
        for judge in (each for each in run.stages if each.judges):
            verdicts = files.read_table(judge.uri(judge.tasks[index].key, "verdicts")).to_pylist()
            for row, verdict in zip(kept, verdicts, strict=True):
                decided = {name: value for name, value in verdict.items() if name in DOCUMENT.names}
                row |= {**decided, "rejected_by": row["rejected_by"] or verdict["rejected_by"]}
                row |= {"dedup": verdict} if judge.name == "dedup" else {}
        rejected = files.read_table(stage.uri(task.key, "rejected")).to_pylist()
        found |= {row["source_id"]: {"dedup": None, **row} for row in [*kept, *rejected]}
    return found


def written(output: Path, stage: str = "*") -> dict[Path, int]:
    """Return the receipts of a run, or of one of its stages, with the time at which each was written."""
    return {path: path.stat().st_mtime_ns for path in output.glob(f"*-{stage}-*/receipts/*.json")}


def wait_for_receipts(output: Path, wanted: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None and len(written(output)) < wanted:
        time.sleep(0.02)


def forget_plugins() -> None:
    """Unload every filter, source and step of a file, and what is known of their code."""
    for name in [name for name in sys.modules if name.startswith(plugins.PREFIX)]:
        del sys.modules[name]
    plugins._loaded.clear()
    for catalogue in catalogues():
        catalogue._added.clear()
    for cached in (code._closure, code._find, read_module):
        cached.cache_clear()
