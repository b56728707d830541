"""CPU of what is asked of a run of a million documents: what-if, a histogram, the pages of the explorer.

    python -m tests.benchmarks.explore FOLDER [DOCUMENTS]

The run is made up: as many documents as asked for in tasks of 10,000, in forty languages, with every signal of the
quickstart's configuration, and reasons that agree with no bound.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from jobs.explorer.explorer import Explorer
from jobs.explorer.server import fields_of
from pipeline.answers.documents import documents_of
from pipeline.answers.finished_run import open_run
from pipeline.answers.moves import moves_of
from pipeline.answers.settings import documents_stage, settings_of
from pipeline.answers.what_if import what_if
from pipeline.config import load
from pipeline.record import RunRecord, StageRecord, record_of
from pipeline.stages.base import Task
from pipeline.stages.documents import DocumentsFacts
from pipeline.stages.reading import DocumentsPart
from shards import files
from shards.receipts import Receipt, ShardFile, write_receipt
from shards.schema import DOCUMENT
from tests.runs import ROOT

TASK = 10_000  # documents
FATES = [None, "gopher_quality.words", "license.verdict", "language.share", "gopher_repetition.top_2_gram"]
SHARES = [0.5, 0.15, 0.2, 0.05, 0.1]
REPEATS = 3
PAGES = [
    "overview",
    "documents",
    "documents?fate=gopher_quality.words",
    "documents?fate=kept&language=zzz_Latn&quality=0.9..",
    "documents?host=host3.example",
    "documents?phrase=no+such+words",
    "document?at=180-77",
    "signals",
    "signal?name=gopher_quality.words",
    "signal?name=gopher_quality.words&from=100&to=200",
    "what-if",
]


def make(folder: Path, size: int) -> None:
    """Write the run."""
    config = load(str(ROOT / "configs" / "quickstart.yaml"))
    stage = documents_stage(config)
    tags = [*sorted(stage.languages)[:40], "zzz_Latn"]
    schema = stage.signals_schema()
    source = stage.sources[0].model_dump(mode="json", exclude={"paths"})
    tasks = []
    for number in range(size // TASK):
        random = np.random.default_rng(number)
        part = DocumentsPart(source=source, code=f"{number}", libraries={}, splits=())
        task = Task.of([f"{number}"], part)
        receipt = _write(str(folder / "01-documents-0"), task, random, schema, tags, number)
        write_receipt(str(folder / "01-documents-0"), receipt)
        tasks.append(task)
    record = StageRecord(name="documents", folder="01-documents-0", judges=False, tasks=tuple(tasks))
    written = RunRecord(config=config.model_dump(mode="json"), stages=(record,))
    files.write_bytes(record_of(str(folder)), written.model_dump_json().encode())


def _write(
    folder: str, task: Task, random: np.random.Generator, schema: pa.Schema, tags: list[str], number: int
) -> Receipt:
    ids = pa.array([random.bytes(16).hex() for _ in range(TASK)])
    fates = [FATES[i] for i in random.choice(len(FATES), TASK, p=SHARES)]
    languages = [
        None if fate == "license.verdict" else tags[i]
        for fate, i in zip(fates, random.integers(0, 41, TASK), strict=True)
    ]
    numbers = random.integers(0, 5_000, TASK)
    rows = {
        "id": ids,
        "text": pa.array([f"A text with some words, {number} and {i}.\n" * 12 for i in numbers]),
        "title": pa.array([f"Title {i}" for i in numbers]),
        "url": pa.array([f"https://host{i % 700}.example/{number}/{i}" for i in numbers]),
        "source": pa.array(["sample_web"] * TASK),
        "source_id": ids,
        "license": pa.array(["CC-BY-4.0" if i % 2 else "CC0-1.0" for i in numbers]),
        "language": pa.array(languages, pa.string()),
        "quality_score": pa.array(random.random(TASK), pa.float32()),
        "rejected_by": pa.array(fates, pa.string()),
    }
    columns = [rows.get(field.name, pa.nulls(TASK)).cast(field.type) for field in DOCUMENT]
    every = pa.Table.from_arrays(columns, schema=DOCUMENT)
    kept = pa.array([fate is None for fate in fates])
    measured = {
        field.name: _signal(field, random) for field in schema if field.name not in ("id", "rejected_by", "broken")
    }
    signals = pa.Table.from_pydict({"id": ids, "rejected_by": rows["rejected_by"], **measured}, schema=schema)
    written = {
        role: _shard(folder, f"{role}/{task.key}.arrow", table)
        for role, table in (
            ("kept", every.filter(kept).sort_by([("language", "ascending")])),
            ("rejected", every.filter(pa.compute.invert(kept))),
            ("signals", signals),
        )
    }
    counts: dict[str | None, Counter[str]] = {}
    for fate, tag in zip(fates, languages, strict=True):
        counts.setdefault(fate, Counter())[tag or "und"] += 1
    kept_counts = dict(counts.pop(None, Counter()))
    rejected = {str(reason): dict(found) for reason, found in counts.items()}
    return Receipt(
        stage="documents",
        task=task.key,
        reads=task.reads,
        rows=TASK,
        kept=kept_counts,
        rejected=rejected,
        files=written,
        facts=DocumentsFacts(partitions=(), skipped={}).model_dump(mode="json"),
    )


def _signal(field: pa.Field, random: np.random.Generator) -> pa.Array:
    if pa.types.is_string(field.type):
        return pa.array(random.choice(["open", "unknown", "allowed"], TASK).tolist())
    values = random.gamma(2.0, 100.0, TASK) if field.name == "gopher_quality.words" else random.random(TASK)
    return pa.array(values).cast(field.type, safe=False)


def _shard(folder: str, path: str, table: pa.Table) -> ShardFile:
    written = files.write_shard(files.join(folder, path), table.to_batches(), table.schema)
    return ShardFile(path=path, rows=table.num_rows, bytes=written.bytes, sha256=written.sha256)


def timed(name: str, ask: Callable[[], object]) -> None:
    """Print the least CPU seconds of a question."""
    found = []
    for _ in range(REPEATS):
        start = time.process_time()
        ask()
        found.append(time.process_time() - start)
    print(f"{name:<60} {min(found):7.3f} s CPU at least, {max(found):.3f} at most of {REPEATS}")


def main(folder: Path, size: int) -> None:
    if not (folder / "run.json").exists():
        make(folder, size)
    run = open_run(str(folder))
    stage = documents_stage(settings_of(run))
    timed("open the run", lambda: open_run(str(folder)))
    explorer = Explorer(documents_of(run), "en", str(folder / "labels.jsonl"), "li")
    for address in PAGES:
        path, _, query = address.partition("?")
        timed(f"the page {address}", partial(explorer.get, f"en/{path}", fields_of(query)))
    for moves in (
        ["gopher_quality.words.min=60"],
        ["deu_Latn.gopher_quality.words.min=10"],
        ["license.verdict=null"],
        ["gopher_quality.words.min=null", "afr_Latn.gopher_quality.words.min=null", "language.share.min=null"],
    ):
        timed(f"what-if {' '.join(moves)}", partial(what_if, run, stage, moves_of(stage, moves)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000)
