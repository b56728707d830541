"""Documents and their copies are taken out of a run and its release, and stay out."""

import hashlib
import random
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.answers.finished_run import FinishedRun, open_run
from pipeline.config import load
from pipeline.errors import QuestionError
from pipeline.run import Local, run
from pipeline.takedown import apply as applying
from pipeline.takedown.apply import apply
from pipeline.takedown.plan import Selector, Takedown, planned
from shards import files
from shards.release import manifest, validation
from shards.release.tombstones import read_tombstones
from shards.release.verifier import check_release
from tests.pipeline.stages.corpus import Corpus
from tests.runs import Silent

CHARACTERS = {
    "zho": [chr(code) for code in range(0x4E00, 0x4F00)],
    "jpn": [chr(code) for code in range(0x3042, 0x3090)],
    "arb": ["سد", "نهر", "ماء", "قديم", "جبل", "طريق", "بيت", "شجرة", "مطر", "ريح", "صباح", "مساء"],
    "eng": ["weir", "river", "hill", "barley", "mill", "stone", "bridge", "rain", "north", "barn", "field", "wall"],
    "tha": ["นก", "น้ำ", "ทุ่ง", "นา", "บ้าน", "ฝน", "ลม", "เขา", "ไม้", "หิน", "ทาง", "เรือ"],
}
TOKENS = 200


def text_of(script: str, seed: int) -> list[str]:
    chance = random.Random(f"{script}{seed}")
    return [f"{chance.choice(CHARACTERS[script])}{chance.randrange(10_000)}" for _ in range(TOKENS)]


def edited(tokens: list[str], similarity: float, seed: int) -> list[str]:
    """Return a text with this Jaccard similarity of its shingles, about: a run of tokens is another at its end."""
    other = round(TOKENS * (1 - similarity) / (1 + similarity))
    return [*tokens[:-other], *(f"other{seed}x{place}" for place in range(other))]


STAGES: tuple[dict[str, Any], ...] = (
    {"name": "dedup", "partitions": 3},
    {"name": "publish", "title": "Notes", "unlicensed": True, "shard_bytes": 4_000},
    {"name": "commit", "data_set": "example.org/notes"},
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    made = Corpus(tmp_path_factory.mktemp("takedown"), "url", "id")
    for place, script in enumerate(CHARACTERS):
        rows = [
            {"id": f"{script}{n}", "url": f"https://{script}.example/{n}", "text": " ".join(text_of(script, n))}
            for n in range(12)
        ]
        near = edited(text_of(script, 3), 0.88, place)
        control = edited(text_of(script, 3), 0.3, place + 50)
        made.write(script, *rows)
        made.write(
            f"other-{script}",
            {"id": f"near-{script}", "url": f"https://mirror.example/{script}", "text": " ".join(near)},
            {"id": f"control-{script}", "url": f"https://control.example/{script}", "text": " ".join(control)},
        )
    return made


@pytest.fixture
def made(corpus: Corpus, tmp_path: Path) -> FinishedRun:
    if not (corpus.folder / "out").exists():
        corpus.run([{"name": "normalize"}], *STAGES)
    shutil.copytree(corpus.folder / "out", tmp_path / "out", symlinks=True)
    return open_run(str(tmp_path / "out"))


def plan_of(run: FinishedRun, *urls: str) -> Takedown:
    return planned(run, Selector(urls=urls), "content", "copyright")


ASKED = tuple(f"http://www.{script}.example/3/" for script in ("zho", "arb", "eng"))


def release_of(run: FinishedRun) -> Path:
    return Path(run.stage("publish").folder) / "release"


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "receipts" not in path.parts
    }


def content_of(folder: Path) -> str:
    """Return all that any file of a run says, unpacked."""
    found = []
    for path in folder.rglob("*"):
        if path.suffix == ".arrow":
            found.append(str(pa.ipc.open_file(str(path)).read_all().to_pylist()))
        elif path.suffix == ".gz":
            with pa.CompressedInputStream(pa.OSFile(str(path)), "gzip") as stream:
                found.append(stream.read().decode())
        elif path.is_file():
            found.append(path.read_bytes().decode("utf-8", "replace"))
    return "\n".join(found)


def test_a_plan_has_every_copy_and_no_other_document(made: FinishedRun) -> None:
    plan = plan_of(made, *ASKED)
    addresses = {hit.address for hit in plan.hits}
    scripts = ("zho", "arb", "eng")
    expected = {f"https://{s}.example/3" for s in scripts} | {f"https://mirror.example/{s}" for s in scripts}
    assert addresses == expected
    assert Takedown.model_validate_json(plan.model_dump_json()) == plan
    with pytest.raises(QuestionError, match="no document of this run is asked for"):
        plan_of(made, "https://nobody.example/")


def test_nothing_of_it_is_left_and_all_else_is_as_it_was(made: FinishedRun) -> None:
    release, output = release_of(made), Path(made.output)
    before = {shard.path: shard.sha256 for shard in manifest.read(str(release)).shards}
    receipt = apply(plan_of(made, *ASKED))
    said = content_of(output)
    for script in ("zho", "arb", "eng"):
        tokens = text_of(script, 3)
        kept = " ".join(edited(tokens, 0.3, 0))  # the control has the beginning
        for first in range(TOKENS - 13):
            gram = " ".join(tokens[first : first + 13])
            assert gram in kept or gram not in said
    assert "mirror.example/zho" not in said.replace("mirror.example/zho_", "")
    after = {shard.path: shard.sha256 for shard in manifest.read(str(release)).shards}
    assert after.keys() == before.keys()
    assert 0 < sum(after[path] != digest for path, digest in before.items()) == receipt.shards_changed <= 6
    assert list(validation.problems(str(release))) == []
    assert check_release(release).wrong == []
    assert [stone.id for stone in read_tombstones(str(release))] == list(receipt.documents)
    told = {each.path: each.after for each in receipt.files}
    assert all(told[path] == digest for path, digest in digests(output).items() if path in told)


def test_the_same_run_then_finds_nothing_to_do(corpus: Corpus, made: FinishedRun) -> None:
    apply(plan_of(made, *ASKED))
    before = digests(Path(made.output))
    settings = load(str(corpus.folder / "config.yaml")).model_copy(update={"output": made.output})
    started: list[str] = []

    class Watching(Local):
        def run(self, stage: Any, tasks: Any, folder: str, upstream: Any) -> Any:
            started.append(stage.name)
            return super().run(stage, tasks, folder, upstream)

    assert run(settings, Watching(), Silent()).failures == []
    assert started == []
    after = digests(Path(made.output))
    assert {path for path in before if after.get(path) != before[path]} <= {"inputs.json", "run.json", ".lock"}


def test_take_downs_commute_and_twice_is_once(made: FinishedRun, tmp_path: Path) -> None:
    one, two = plan_of(made, ASKED[0]), plan_of(made, ASKED[1])
    shutil.copytree(made.output, tmp_path / "other", symlinks=True)
    other = [plan.model_copy(update={"run": str(tmp_path / "other")}) for plan in (two, one, one)]
    apply(one)
    apply(two)
    for plan in other:
        apply(plan)
    first, second = (data_of(Path(folder)) for folder in (made.output, str(tmp_path / "other")))
    assert first == second


def data_of(output: Path) -> dict[str, str]:
    """Return the digests of all files but those that name the revision before."""
    return {
        path: digest
        for path, digest in digests(output).items()
        if not path.endswith((".json", "tombstones.arrow", "SHA256SUMS")) and "takedowns" not in path
    }


@pytest.mark.parametrize("step", ["write_tombstones", "_withdraw", "_remade", "write_receipt"])
def test_killed_at_any_step_the_same_command_completes_it(
    made: FinishedRun, tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(made.output, tmp_path / "other", symlinks=True)
    plan = plan_of(made, *ASKED)
    apply(plan.model_copy(update={"run": str(tmp_path / "other")}))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(applying, step, killed)
        with pytest.raises(KeyboardInterrupt):
            apply(plan)
    apply(plan)
    assert digests(Path(made.output)) == digests(tmp_path / "other")


def test_what_was_taken_down_is_rejected_when_it_is_read_again(corpus: Corpus, made: FinishedRun) -> None:
    apply(plan_of(made, *ASKED))
    lists = [files.join(made.output, "suppressed.arrow")]
    again = corpus.run(
        [{"name": "normalize"}, {"name": "suppressed", "lists": lists}],
        *STAGES,
        output=f"again-{Path(made.output).parent.name}",
    )
    stage = again.stage("documents")
    gone = [row for key in stage.keys for row in files.read_table(stage.uri(key, "rejected")).to_pylist()]
    assert {row["rejected_by"] for row in gone} == {"suppressed.taken_down"}
    scripts = ("zho", "arb", "eng")
    expected = {f"https://{s}.example/3" for s in scripts} | {f"https://mirror.example/{s}" for s in scripts}
    assert {row["url"] for row in gone} == expected
