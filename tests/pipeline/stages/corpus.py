"""Small collections of JSON Lines, and runs over them."""

import json
from pathlib import Path
from typing import Any

import yaml

from pipeline.answers.finished_run import FinishedRun, open_run
from pipeline.config import PipelineConfig, load
from pipeline.run import Local, run
from shards import files
from tests.runs import Silent

WORDS = ("rain", "north", "hills", "rivers", "with", "people", "who", "live", "there", "that", "have", "long", "been")


def prose(seed: int, words: int = 120) -> str:
    """Return distinct plain prose: the same words in an order of its own, with numbers that no other has."""
    return " ".join(
        f"{WORDS[(i * (seed % 7 + 1) + seed) % len(WORDS)]}{f' {seed * 31 + i}' if i % 3 else ''}" for i in range(words)
    )


class Corpus:
    """A folder of JSON Lines and runs over it."""

    def __init__(self, folder: Path, *columns: str) -> None:
        self.folder, self.columns = folder, columns
        (folder / "in").mkdir(parents=True)

    def write(self, name: str, *rows: dict[str, Any]) -> None:
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (self.folder / "in" / f"{name}.jsonl").write_text(lines, encoding="utf-8")

    def configured(
        self, steps: list[Any], *stages: dict[str, Any], output: str = "out", **documents: Any
    ) -> PipelineConfig:
        source: dict[str, Any] = {
            "kind": "jsonl",
            "name": "notes",
            "paths": [str(self.folder / "in")],
            "license": "CC-BY-4.0",
        }
        source |= {"fields": {"text": "text", **{name: name for name in self.columns}}}
        first = {"name": "documents", "sources": [source], "steps": steps, "task_bytes": 1, **documents}
        path = self.folder / "config.yaml"
        path.write_text(
            yaml.safe_dump({"name": "test", "output": str(self.folder / output), "stages": [first, *stages]})
        )
        return load(str(path))

    def run(self, steps: list[Any], *stages: dict[str, Any], output: str = "out", **documents: Any) -> FinishedRun:
        result = run(self.configured(steps, *stages, output=output, **documents), Local(), Silent())
        assert result.failures == [], result.failures[0].error
        return open_run(str(self.folder / output))


def rows(found: FinishedRun, stage: str, role: str) -> list[dict[str, Any]]:
    of = found.stage(stage)
    return [row for task in of.tasks for row in files.read_table(of.uri(task.key, role)).to_pylist()]
