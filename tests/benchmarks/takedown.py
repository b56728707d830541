"""What a take-down does to a large release, and what it costs.

    python -m tests.benchmarks.takedown FOLDER [--documents 100000]

Documents of 120 tokens in five scripts, from two suppliers, go through `documents`, `dedup`, `publish` and `commit`. In
three scripts five documents have a near copy at the other supplier (a Jaccard similarity of .85) and a control under
.5. Then, each in a copy of the run: one document is taken down; the fifteen clusters are, in one order and in the
other, and twice; and a take-down is killed at random writes, and completed. Every command is a process of its own.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import yaml

from tests.damage import dying
from tests.runs import ROOT

CHARACTERS = {
    "zho": [chr(code) for code in range(0x4E00, 0x4F00)],
    "jpn": [chr(code) for code in range(0x3042, 0x3090)],
    "arb": ["سد", "نهر", "ماء", "قديم", "جبل", "طريق", "بيت", "شجرة", "مطر", "ريح", "صباح", "مساء"],
    "eng": ["weir", "river", "hill", "barley", "mill", "stone", "bridge", "rain", "north", "barn", "field", "wall"],
    "tha": ["นก", "น้ำ", "ทุ่ง", "นา", "บ้าน", "ฝน", "ลม", "เขา", "ไม้", "หิน", "ทาง", "เรือ"],
}
SCRIPTS = tuple(CHARACTERS)
PLANTED = ("zho", "arb", "eng")
CLUSTERS = 5  # of a script
TOKENS = 120
FILES = 20
NEAR, CONTROL = 0.85, 0.45
GRAM = 13
TOLD = {"inputs.json", "run.json", ".lock", "status.json", "metrics.prom"}  # of a run, not of what it made
KILLS = 10


def text_of(script: str, number: int) -> list[str]:
    """Return the tokens of a document."""
    draw = np.random.default_rng([SCRIPTS.index(script), number])
    words = CHARACTERS[script]
    places = zip(draw.integers(len(words), size=TOKENS), draw.integers(10_000, size=TOKENS), strict=True)
    return [f"{words[word]}{mark}" for word, mark in places]


def edited(tokens: list[str], similarity: float, mark: str) -> list[str]:
    """Return a text with this Jaccard similarity of its shingles, about: a run of tokens is another at its end."""
    other = round(TOKENS * (1 - similarity) / (1 + similarity))
    return [*tokens[:-other], *(f"{mark}x{place}" for place in range(other))]


def planted() -> Iterator[tuple[str, int]]:
    """Yield the documents that have a near copy and a control."""
    yield from ((script, number) for script in PLANTED for number in range(CLUSTERS))


def address(script: str, number: int) -> str:
    return f"https://{script}.example/{number}"


def write_input(folder: Path, documents: int) -> None:
    """Write the collections of both suppliers, and the configuration."""
    each = documents // len(SCRIPTS)
    for part in range(FILES):
        supplier = folder / ("first", "second")[part % 2]
        supplier.mkdir(parents=True, exist_ok=True)
        with (supplier / f"{part:02}.jsonl").open("w", encoding="utf-8") as file:
            for number in range(part, each, FILES):
                for script in SCRIPTS:
                    _write(file, f"{script}{number}", address(script, number), text_of(script, number))
    for index, (script, number) in enumerate(planted()):  # at the supplier that does not have the document itself
        with (folder / ("second", "first")[number % 2] / "copies.jsonl").open("a", encoding="utf-8") as file:
            tokens = text_of(script, number)
            _write(file, f"near{index}", f"https://near.example/{index}", edited(tokens, NEAR, f"near{index}"))
            _write(file, f"control{index}", f"https://control.example/{index}", edited(tokens, CONTROL, f"of{index}"))


def _write(file: Any, name: str, url: str, tokens: list[str]) -> None:
    file.write(json.dumps({"id": name, "url": url, "text": " ".join(tokens)}, ensure_ascii=False) + "\n")


def configuration(folder: Path, output: Path, documents: int) -> Path:
    sources = [
        {
            "kind": "jsonl",
            "name": name,
            "paths": [str(folder / name)],
            "license": "CC-BY-4.0",
            "fields": {"text": "text", "url": "url", "id": "id"},
        }
        for name in ("first", "second")
    ]
    stages = [
        {"name": "documents", "sources": sources, "steps": [{"name": "normalize"}], "task_bytes": 8 << 20},
        {"name": "dedup", "partitions": 4},
        {"name": "publish", "title": "Notes", "unlicensed": True, "shard_bytes": 4 * documents},
        {"name": "commit", "data_set": "example.org/notes"},
    ]
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump({"name": "takedown", "output": str(output), "stages": stages}), encoding="utf-8")
    return path


class Ended:
    """A command that has ended, with what it took."""

    def __init__(self, *command: str, code: int = 0) -> None:
        began = time.monotonic()
        process = subprocess.Popen([sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE)
        self.said = process.stdout.read().decode() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.seconds, self.cpu = time.monotonic() - began, used.ru_utime + used.ru_stime
        self.megabytes = used.ru_maxrss / 1e3
        if process.returncode != code:
            raise RuntimeError(f"{command}: exit code {process.returncode}\n{self.said}")

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s, {self.cpu:.1f} CPU s, {self.megabytes:,.0f} MB"


def plan(output: Path, to: Path, urls: Sequence[str]) -> Ended:
    asked = [word for url in urls for word in ("--url", url)]
    return Ended("-m", "jobs", "takedown", "plan", str(output), *asked, "--basis", "copyright", "-o", str(to))


def moved(plan: Path, output: Path, to: Path) -> Path:
    """Write a plan for a copy of its run."""
    settings = json.loads(plan.read_bytes())
    text = plan.read_text(encoding="utf-8").replace(settings["runs"][0]["run"], str(output))
    to.write_text(text, encoding="utf-8")
    return to


def apply(plan: Path) -> Ended:
    return Ended("-m", "jobs", "takedown", "apply", str(plan), "-o", str(plan.with_suffix(".note")))


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of every file that is no receipt of a task, and tells neither time nor order."""
    return {
        place: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "receipts" not in path.parts
        for place in [path.relative_to(folder).as_posix()]
        if place not in TOLD and not place.startswith("takedowns/")
    }


def texts_in(path: Path) -> Iterator[str]:
    """Yield all that a file says, unpacked."""
    if path.suffix == ".arrow":
        with pa.ipc.open_file(str(path)) as reader:
            for index in range(reader.num_record_batches):
                for column in reader.get_batch(index).columns:
                    yield from _strings(column)
    elif path.suffix == ".gz":
        with pa.CompressedInputStream(pa.OSFile(str(path)), "gzip") as stream:
            yield stream.read().decode("utf-8", "replace")
    else:
        yield path.read_bytes().decode("utf-8", "replace")


def _strings(column: pa.Array) -> Iterator[str]:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        yield from (text for text in column.to_pylist() if text)
    elif pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_dictionary(kind):
        yield str(column.to_pylist())


def remaining_grams(folder: Path, erased: Sequence[list[str]], kept: Sequence[list[str]]) -> list[str]:
    """Return the files that still hold a run of tokens which only erased texts have."""
    grams = {gram for tokens in erased for gram in _grams(tokens)} - {g for tokens in kept for g in _grams(tokens)}
    starts = {gram[:2] for gram in grams}
    found = set()
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        for text in texts_in(path):
            tokens = text.replace('"', " ").replace("'", " ").replace("\\n", " ").split()
            for place, pair in enumerate(pairwise(tokens)):
                if pair in starts and tuple(tokens[place : place + GRAM]) in grams:
                    found.add(path.relative_to(folder).as_posix())
    return sorted(found)


def _grams(tokens: list[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(tokens[place : place + GRAM]) for place in range(len(tokens) - GRAM + 1))


def release_shards(output: Path) -> dict[str, str]:
    release = (output / "release").resolve()
    if release.is_file():
        release = output / release.read_text(encoding="utf-8").strip()
    listed = json.loads((release / "manifest.json").read_bytes())["shards"]
    return {shard["path"]: shard["sha256"] for shard in listed}


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=100_000)
    given = parser.parse_args(arguments)
    folder = given.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    base = folder / "base"
    if not (folder / "config.yaml").exists():
        write_input(folder, given.documents)
    ran = Ended("-m", "jobs", "run", str(configuration(folder, base, given.documents)), "--local")
    shards = release_shards(base)
    size = sum(path.stat().st_size for path in base.rglob("*") if path.is_file() and not path.is_symlink())
    print(f"run: {ran}; {len(shards)} shards, {size / 1e6:,.0f} MB in the output folder", flush=True)

    alone = _copied(base, folder / "alone")
    planned_one = plan(alone, folder / "one.json", [address("tha", 17)])
    applied_one = apply(folder / "one.json")
    after = release_shards(alone)
    same = sum(after.get(path) == digest for path, digest in shards.items())
    print(f"one document: plan {planned_one}; apply {applied_one}", flush=True)
    print(f"one document: {same} of {len(shards)} shards keep their digest", flush=True)
    left = remaining_grams(alone, [text_of("tha", 17)], [])
    print(f"one document: {len(left)} files with a 13-gram of it {left[:3]}", flush=True)
    shutil.rmtree(alone)

    both = list(planted())
    halves = both[::2], both[1::2]
    first, second = _copied(base, folder / "first_order"), _copied(base, folder / "second_order")
    for name, half in zip("ab", halves, strict=True):
        told = plan(first, folder / f"{name}.json", [address(*each) for each in half])
        print(f"{len(half)} clusters: plan {told}", flush=True)
        hits = json.loads((folder / f"{name}.json").read_bytes())["runs"][0]["hits"]
        found = {hit["address"] for hit in hits}
        wanted = {address(*each) for each in half} | {f"https://near.example/{both.index(each)}" for each in half}
        print(
            f"{len(half)} clusters: {len(wanted & found)} of {len(wanted)} planted are found, "
            f"{sum('control' in url for url in found)} controls, {len(found - wanted)} others in all",
            flush=True,
        )
        moved(folder / f"{name}.json", second, folder / f"{name}2.json")
    for name in ("a.json", "b.json"):
        print(f"apply {name}: {apply(folder / name)}", flush=True)
    for name in ("b2.json", "a2.json", "a2.json"):
        apply(folder / name)
    one, two = digests(first), digests(second)
    differ = sorted(path for path in {*one, *two} if one.get(path) != two.get(path))
    print(f"two orders, and once more: {len(differ)} of {len(one)} files differ {differ[:3]}", flush=True)
    erased = [text_of(*each) for each in both]
    erased += [edited(text_of(*each), NEAR, f"near{index}") for index, each in enumerate(both)]
    kept = [edited(text_of(*each), CONTROL, f"of{index}") for index, each in enumerate(both)]
    left = remaining_grams(first, erased, kept)
    print(f"{len(both)} clusters: {len(left)} files with a 13-gram that only they have {left[:3]}", flush=True)
    there = {text for path in (first / "release").resolve().rglob("*.arrow") for text in texts_in(path)}
    print(f"{sum(' '.join(tokens) in there for tokens in kept)} of {len(kept)} controls are in the release", flush=True)
    verified = Ended("-m", "jobs", "verify", str(first / "release"))
    print(f"verify: {verified}", flush=True)
    shutil.rmtree(second)

    draw = random.Random(22)
    killed = _copied(base, folder / "killed")
    whole = _copied(base, folder / "whole")
    moved(folder / "a.json", killed, folder / "k.json")
    moved(folder / "a.json", whole, folder / "w.json")
    counted = Ended(*dying(0, "takedown", "apply", str(folder / "w.json"), "-o", str(folder / "w.note")))
    writes = int(counted.said.split("writes")[1])
    moments = [draw.randrange(1, writes) for _ in range(KILLS)]
    died = 0
    for moment in moments:
        command = dying(moment, "takedown", "apply", str(folder / "k.json"), "-o", str(folder / "k.note"))
        process = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True)
        died += process.returncode == -signal.SIGKILL
    apply(folder / "k.json")
    one, two = digests(whole), digests(killed)
    differ = sorted(path for path in {*one, *two} if one.get(path) != two.get(path))
    print(f"killed {died} times, of {writes} writes: {len(differ)} of {len(one)} files differ {differ[:3]}", flush=True)
    again = Ended("-m", "jobs", "run", str(configuration(folder, killed, given.documents)), "--local")
    print(f"the same run after it: {again}", flush=True)


def _copied(base: Path, to: Path) -> Path:
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(base, to, symlinks=True)
    return to


if __name__ == "__main__":
    main(sys.argv[1:])
