"""A run into a bucket: few requests, the same bytes whatever the store lets fail, and all questions about it."""

import json
import os
import random
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from jobs.__main__ import app
from pipeline import lock, stopping
from pipeline.answers.finished_run import open_run
from pipeline.config import load
from pipeline.errors import BusyError
from pipeline.lock import locked
from pipeline.run import Local, run
from pipeline.stages.base import Stage, Task
from pipeline.takedown.apply import apply
from pipeline.takedown.finding import Selector
from pipeline.takedown.plan import planned
from pipeline.task import Failure
from shards import files, stores
from shards.receipts import Receipt
from shards.release import validation
from shards.release.place import release_at
from tests.object_store import Bucket, serving
from tests.pipeline.stages.corpus import Corpus, prose
from tests.runs import ROOT, UNREADABLE, SampleWeb, Silent

OUTPUT = "s3://bucket/運行/quick start #1, 100%"
ASKED_IN_ALL, ASKED_BY_TASK = 600, 12


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    with pytest.MonkeyPatch.context() as patch, serving(patch) as served:
        yield served


class Counting(Local):
    """Counts the requests of each task, without one for each task whose shards it reads."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket
        self.asked: dict[str, int] = {}

    def run(
        self, stage: Stage, tasks: Sequence[Task], folder: str, upstream: Mapping[str, str]
    ) -> Iterator[Receipt | Failure]:
        before = self.bucket.asked.total()
        for task, result in zip(tasks, super().run(stage, tasks, folder, upstream), strict=True):
            asked = self.bucket.asked.total() - before - len(set(task.reads))
            self.asked[stage.name] = max(asked, self.asked.get(stage.name, 0))
            yield result
            before = self.bucket.asked.total()


@pytest.fixture(scope="module")
def asked(bucket: Bucket, sample_web: SampleWeb) -> Counting:
    """Run quickstart into the bucket."""
    config = load(str(ROOT / "configs" / "quickstart.yaml")).model_dump(mode="json")
    config["stages"][0]["sources"][0]["paths"] = [str(sample_web.folder / "*.warc.gz")]
    path = sample_web.folder / "bucket.yaml"
    path.write_text(yaml.safe_dump({**config, "output": OUTPUT}, allow_unicode=True))
    counting = Counting(bucket)
    assert run(load(str(path)), counting, Silent()).failures == []
    return counting


def test_quickstart_asks_a_store_few_times(asked: Counting, bucket: Bucket) -> None:
    assert bucket.asked.total() <= ASKED_IN_ALL, bucket.asked
    assert {name: count for name, count in asked.asked.items() if count > ASKED_BY_TASK} == {}


def test_commands_answer_from_a_bucket_and_the_line_that_is_printed_loads_it(
    asked: Counting, sample_web: SampleWeb, tmp_path: Path
) -> None:
    def told(*arguments: str) -> str:
        result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
        assert result.exit_code in (0, UNREADABLE), result.output
        return result.output

    printed = told("run", str(sample_web.folder / "bucket.yaml"), "--local")
    assert "dedup: 50 documents in 1 task" in told("report", OUTPUT)
    kept = next(record for record, truth in sample_web.truth.items() if truth.get("language"))
    assert kept in told("inspect", OUTPUT, kept)
    assert "done" in told("status", OUTPUT)
    assert list(validation.problems(release_at(OUTPUT))) == []
    (lines,) = re.findall(r"^    from datasets import load_dataset\n.*?\n\n", printed, re.DOTALL | re.MULTILINE)
    script = "\n".join(line.strip() for line in lines.splitlines())
    for form in (script, script.replace(", streaming=True", "")):
        ended = subprocess.run(
            [sys.executable, "-c", f"from obstore.fsspec import register\nregister('s3')\n{form}"],
            env={**os.environ, "AWS_ALLOW_HTTP": "true", "HF_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
        )
        assert ended.returncode == 0, ended.stderr
        assert len(ended.stdout.strip()) > 10


# What fails


def small(folder: Path, output: str) -> Path:
    """Write a configuration of a few notes."""
    corpus = Corpus(folder, "id", "url")
    for name in "ab":
        corpus.write(
            name,
            *(
                {"text": prose(ord(name) * 10 + n), "id": f"{name}{n}", "url": f"https://a.example/{name}{n}"}
                for n in range(5)
            ),
        )
    corpus.configured(
        [{"name": "normalize"}],
        {"name": "dedup"},
        {"name": "publish", "title": "Notes", "unlicensed": True},
        {"name": "commit", "data_set": "example.org/notes"},
    )
    config = yaml.safe_load((folder / "config.yaml").read_text()) | {"output": output}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    return folder / "config.yaml"


TOLD = ("status.json", "metrics.prom")


def results(bucket: Bucket, output: str) -> dict[str, bytes]:
    """Return what a run has made, by its name: all but receipts and what tells the time."""
    found = {
        key.removeprefix(f"{output}/"): content for key, content in bucket.objects.items() if key.startswith(output)
    }
    return {key: content for key, content in found.items() if "/receipts/" not in key and key not in TOLD}


@pytest.fixture(scope="module")
def undisturbed(bucket: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = small(tmp_path_factory.mktemp("small") / "corpus", "s3://bucket/sound")
    assert run(load(str(path)), Local(), Silent()).failures == []
    return path


@pytest.mark.parametrize("rate", [0.01, 0.1])
def test_a_store_that_fails_changes_no_byte(
    bucket: Bucket, undisturbed: Path, rate: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "DELAYS", (0.05,) * 20)
    output = f"s3://bucket/failing-{rate}"
    bucket.rate, bucket.dice = rate, random.Random(7)
    try:
        ended = CliRunner().invoke(
            app, ["run", str(undisturbed), "--local", "--set", f"output={output}"], catch_exceptions=False
        )
    finally:
        bucket.rate = 0.0
    assert ended.exit_code == 0, ended.output
    assert bucket.failed.total() > (rate - 0.01) * 100
    sound, failing = (results(bucket, name) for name in ("sound", output.removeprefix("s3://bucket/")))
    assert {key for key, content in sound.items() if failing.get(key) != content} == {"run.json"}, (
        "which names the output"
    )
    assert sound.keys() == failing.keys()
    bucket.failed.clear()


def test_a_document_is_taken_down_in_a_bucket(undisturbed: Path, bucket: Bucket) -> None:
    output = "s3://bucket/sound"
    plan = planned([open_run(output)], Selector(urls=("https://a.example/a1",)), "content", "copyright")
    assert len(plan.ids) == 1
    apply(plan)
    assert all(prose(ord("a") * 10 + 1)[:40].encode() not in content for content in bucket.objects.values())
    assert list(validation.problems(release_at(output))) == []


# Two drivers


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let leases live for fractions of a second."""
    for name, seconds in (("BEAT", 0.05), ("STALE", 0.4), ("LOOK", 0.1)):
        monkeypatch.setattr(lock, name, seconds)
    yield
    stopping._asked.clear()


def test_a_bucket_is_held_by_one_and_free_when_it_has_ended(bucket: Bucket, hasty: None) -> None:
    with locked("s3://bucket/held"):
        with pytest.raises(BusyError, match="another run is writing to s3://bucket/held"), locked("s3://bucket/held"):
            pass
        assert not stopping.asked()
    assert "held/lease.json" not in bucket.objects
    with locked("s3://bucket/held"):
        pass


def test_a_lease_that_nobody_renews_is_taken_over(bucket: Bucket, hasty: None) -> None:
    for host in ("elsewhere", socket.gethostname()):
        bucket.objects["left/lease.json"] = json.dumps(
            {"owner": "x", "host": host, "process": 2**22 + 1, "beat": 7}
        ).encode()
        with locked("s3://bucket/left"):
            assert json.loads(bucket.objects["left/lease.json"])["owner"] != "x"


def test_whoever_loses_the_lease_stops(bucket: Bucket, hasty: None) -> None:
    with locked("s3://bucket/lost"):
        bucket.objects["lost/lease.json"] = b"{}"
        waiting = threading.Event()
        for _ in range(100):
            if stopping.asked() or waiting.wait(0.05):
                break
        assert stopping.asked()
    assert files.exists("s3://bucket/lost/lease.json"), "it is another's"
