"""What a commitment costs, how large proofs are, and whether every changed byte of a release is reported.

    python -m tests.benchmarks.proofs cost [--documents 1000000]     CPU per document to commit and to verify; proofs
    python -m tests.benchmarks.proofs flips RELEASE [--flips 10000]  each at the layer that owns the file, 100 with all

`cost` generates documents of some 300 bytes in five scripts, in shards of 50,000, and takes the tasks of the stages of
`commit` one after the other in this process, with receipts and checksums between them, and what puts the release
together. `flips` needs a signed release; it works on a copy.
"""

import argparse
import hashlib
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from pipeline.answers.proving import prove
from pipeline.inputs import Inputs
from pipeline.stages.base import FinishedStage, RunState, Task
from pipeline.stages.commit import Commit
from pipeline.task import execute
from shards import files
from shards.receipts import Receipt, ShardFile
from shards.release import manifest
from shards.release.lineage import write_lineage
from shards.release.verifier import check_release, read_sums
from shards.schema import PUBLISHED, batch_of, document_id

WORDS = ("今天的河水很高，", "Das Wehr wurde gebaut. ", "นกในทุ่งนา ", "سد النهر القديم ", "The mill stands still. ")
LANGUAGES = ("zho_Hans", "deu_Latn", "tha_Thai", "arb_Arab", "eng_Latn")
ROWS = 50_000
EVIDENCE = {"kind": "link_rel", "value": "https://creativecommons.org/licenses/by/4.0/", "where": "footer"}


def rows(first: int, count: int) -> Iterator[pa.RecordBatch]:
    """Yield documents in batches."""
    for start in range(first, first + count, 1000):
        yield batch_of([row(number) for number in range(start, min(start + 1000, first + count))], PUBLISHED)


def row(number: int) -> dict[str, object]:
    kind = number // ROWS % 5
    text = WORDS[kind] * 8 + str(number)
    said = {"license": "CC-BY-4.0", "license_class": "permissive", "evidence": [EVIDENCE], "language": LANGUAGES[kind]}
    name = {"id": document_id("notes", str(number)), "source": "notes", "source_id": str(number)}
    url = f"https://host{number % 997}.example/articles/{number}/about-the-river.html"
    return {**name, **said, "text": text, "url": url, "characters": len(text), "bytes": len(text.encode())}


def published(folder: str, documents: int) -> FinishedStage:
    """Write a release, and return the stage that published it."""
    release, tasks, receipts, shards = files.join(folder, "release"), [], {}, []
    for number, first in enumerate(range(0, documents, ROWS)):
        count = min(ROWS, documents - first)
        path = f"data/{LANGUAGES[first // ROWS % 5]}/permissive-{number:05}.arrow"
        written = files.write_shard(files.join(release, path), rows(first, count), PUBLISHED)
        task = Task(reads=(str(number),), part={})
        file = {"bytes": written.bytes, "sha256": written.sha256, "rows": count}
        tasks.append(task)
        receipts[task.key] = Receipt(
            stage="publish",
            task=task.key,
            reads=task.reads,
            rows=count,
            kept={"und": count},
            rejected={},
            files={"shard": ShardFile.model_validate({"path": f"release/{path}", **file})},
        )
        named = files.write_bytes(files.join(release, f"attribution/{number}"), b"")
        beside = {"path": f"attribution/{number}", "bytes": named.bytes, "sha256": named.sha256}
        about = {"language": "und", "license_class": "permissive", "split": "train", "licenses": {"CC-BY-4.0": count}}
        shards.append(manifest.Shard.model_validate({"path": path, **file, **about, "attribution": beside}))
    card = files.write_bytes(files.join(release, "README.md"), b"generated\n")
    lineage = write_lineage(release, {"config": {}, "stages": [], "unreadable": []})
    of = {"title": "Generated", "shards": shards, "stages": (), "lineage": lineage}
    if "card" in manifest.Manifest.model_fields:
        of["card"] = manifest.File(path="README.md", bytes=card.bytes, sha256=card.sha256)
    manifest.write(release, manifest.Manifest.model_validate(of))
    return FinishedStage("publish", folder, tasks, receipts)


def committed(publish: FinishedStage, folder: str) -> None:
    """Commit to a release, as a run does."""
    finished, upstream = {"publish": publish}, {"publish": publish.folder}
    for stage in Commit(data_set="example.org/generated").expanded([]):
        place = files.join(folder, stage.name)
        tasks = stage.tasks(RunState(finished, Inputs(files.join(folder, "inputs.json"))))
        receipts = {task.key: execute(stage, task, place, upstream) for task in tasks}
        finished[stage.name] = FinishedStage(stage.name, place, tasks, receipts)
        upstream[stage.name] = place
        stage.conclude(place, finished, dict)


def cost(documents: int) -> None:
    """Print what a commitment costs."""
    with tempfile.TemporaryDirectory() as folder:
        publish = published(files.join(folder, "publish"), documents)
        before = time.process_time()
        committed(publish, folder)
        commit = time.process_time() - before
        release = Path(publish.folder, "release")
        before = time.process_time()
        found = check_release(release)
        verify = time.process_time() - before
        added = sum(
            p.stat().st_size for d in ("commitments", "leaves", "tile") for p in (release / d).rglob("*") if p.is_file()
        )
        print(f"{documents:,} documents: commit {commit / documents * 1e6:.1f} µs of CPU each, verify {verify:.1f} s")
        print(f"{added / documents:.1f} bytes a document; {found.wrong or 'ok'}")
        one = str(row(documents // 2)["url"])
        for name, address in (("inclusion", one), ("absence", "https://nobody.example/")):
            print(f"{name}: {len(str(prove(address, str(release)).proof)):,} bytes, unsigned")


def flips(release: Path, count: int) -> None:
    """Print how many changed bits are reported, and by which layers."""
    chance, layers = random.Random(7), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(release, Path(folder, "release")))
        paths, sums = sorted(path for path in copy.rglob("*") if path.is_file()), read_sums(copy)
        paths = [path for path in paths if path.stat().st_size]
        assert not check_release(copy).wrong
        for number in range(count + 100):
            path = chance.choice(paths)
            content = path.read_bytes()
            changed = bytearray(content)
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
            name = path.relative_to(copy).as_posix()
            if name in sums and number < count:
                layers["checksums" if hashlib.sha256(changed).hexdigest() != sums[name] else "nothing"] += 1
                continue
            path.write_bytes(changed)
            wrong = check_release(copy).wrong
            layers[wrong[0].partition(":")[0] if wrong else "nothing"] += 1
            path.write_bytes(content)
    print(f"{count} changed bits at the layer that owns the file, 100 with the whole verifier: {dict(layers)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("cost", "flips"))
    parser.add_argument("release", nargs="?", type=Path)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--flips", type=int, default=10_000)
    given = parser.parse_args()
    if given.what == "cost":
        cost(given.documents)
    else:
        flips(given.release.resolve(), given.flips)


if __name__ == "__main__":
    main()
