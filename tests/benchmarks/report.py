"""The report of a large run: CPU, memory and the size of the page, over receipts multiplied from a small run.

    python -m tests.benchmarks.report FOLDER [--tasks 10000]

A small run has twenty sources of 1,000 documents, each in a language of its own. Every task of its stages is then named
again, many times over, with a receipt of its own that leads to the same shards, and so are the shards of its release:
as much is read as of a run of that size, and the disk holds little. A folder that is there already is measured again.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from pipeline.answers.finished_run import open_run
from pipeline.config import load
from pipeline.record import RunRecord, StageRecord, record_of
from pipeline.run import Local, run
from pipeline.stages.base import FinishedStage, Task
from shards.receipts import Receipt, write_receipt
from shards.release import manifest
from shards.release.place import release_at
from tests.reports import LINES
from tests.runs import Silent

FILES, DOCUMENTS = 8, 1_000
REASONS, MANY = 30, 12  # that are made up: languages of each
LANGUAGES = (
    *LINES,
    *(f"{code}_Latn" for code in ("fra", "deu", "spa", "ita", "por", "nld", "pol", "ces", "swe", "fin", "tur", "vie")),
)


def small_run(folder: Path) -> str:
    """Run the templates, and return their output folder."""
    draw = random.Random(1)
    sources = []
    for number in range(FILES):
        path = folder / f"{number}.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for row in range(DOCUMENTS):
                words = LINES[draw.choice([*LINES])].split()
                lines = [" ".join(draw.choices(words, k=12)) for _ in range(draw.randrange(1, 40))]
                text = "\n".join(f"{line} {draw.randrange(10**6)}" for line in lines)
                told = {
                    "key": f"{number} {row}",
                    "text": text,
                    "url": f"https://host{draw.randrange(5000)}.example/{row}",
                }
                file.write(json.dumps(told, ensure_ascii=False) + "\n")
    for place, language in enumerate(LANGUAGES):
        fields = {"id": "key", "text": "text", "url": "url"}
        paths = [str(folder / f"{number}.jsonl") for number in range(FILES) if number == place % FILES]
        sources.append(
            {
                "kind": "jsonl",
                "name": f"source {place}",
                "paths": paths,
                "fields": fields,
                "language": language,
                "license": "CC-BY-4.0",
            }
        )
    steps = [
        {"name": "hidden_text"},
        {"name": "pii"},
        {"name": "gopher_quality", "words": {"min": 150}, "stop_words": {"min": 0}, "mean_word_length": {"max": 12}},
        {"name": "gopher_repetition"},
        {"name": "fineweb", "terminated_lines": {"min": 0}},
    ]
    stages = [
        {"name": "documents", "sources": sources, "steps": steps, "task_bytes": 1},
        {"name": "dedup"},
        {"name": "publish", "title": "Large", "unlicensed": True},
    ]
    config = folder / "large.yaml"
    config.write_text(json.dumps({"name": "large", "output": str(folder / "run"), "stages": stages}), encoding="utf-8")
    ended = run(load(str(config)), Local(), Silent())
    assert not ended.failures
    return str(folder / "run")


def multiply(output: str, tasks: int) -> None:
    """Write a run of so many tasks over the shards of a small one."""
    found = open_run(output)
    documents = found.stage("documents")
    times = tasks // len(documents.tasks)
    stages = []
    for stage in found.stages:
        named = stage.tasks
        if len(stage.tasks) == len(documents.tasks):
            named = tuple(copied for copy in range(times) for copied in _copies(stage, copy))
        folder = stage.folder.rpartition("/")[2]
        stages.append(StageRecord(name=stage.name, folder=folder, judges=stage.judges, tasks=tuple(named)))
    release = release_at(found.stage("publish").folder)
    described = manifest.read(release)
    manifest.write(release, described.model_copy(update={"shards": described.shards * times}))
    record = RunRecord(config=dict(found.config), stages=tuple(stages))
    Path(record_of(output)).write_text(record.model_dump_json(), encoding="utf-8")


def _copies(stage: FinishedStage, copy: int) -> list[Task]:
    copies = []
    for task in stage.tasks:
        named = Task(reads=(*task.reads, str(copy)), part=task.part, weight=task.weight) if copy else task
        receipt: Receipt = stage.receipts[task.key].model_copy(update={"task": named.key})
        if stage.name == "documents":
            receipt = receipt.model_copy(update={"rejected": _spread(receipt.rejected)})
        write_receipt(stage.folder, receipt)
        copies.append(named)
    return copies


def _spread(rejected: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """Return the same number of documents, with as many reasons and languages as the receipts of a web crawl have."""
    found = {reason: dict(languages) for reason, languages in rejected.items()}
    for number, languages in enumerate(list(found.values())):
        for language, count in list(languages.items()):
            moved = min(count // 2, REASONS * MANY)
            languages[language] -= moved
            for place in range(moved):
                reason = found.setdefault(f"made_{number}.up_{place % REASONS}", {})
                other = LANGUAGES[place // REASONS % MANY]
                reason[other] = reason.get(other, 0) + 1
    return found


def measure(output: str, *options: str) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "jobs", "report", output, *options], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"report {' '.join(options)}: {cpu:.1f} CPU s, {after.ru_maxrss / 2**10:,.0f} MiB at most so far")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tasks", type=int, default=10_000)
    arguments = parser.parse_args()
    output = str(arguments.folder / "run")
    if not Path(record_of(output)).exists():
        arguments.folder.mkdir(parents=True, exist_ok=True)
        multiply(small_run(arguments.folder), arguments.tasks)
    page = arguments.folder / "report.html"
    measure(output, "--html", str(page))
    print(f"{page.stat().st_size:,} bytes")
    measure(output)


if __name__ == "__main__":
    main()
