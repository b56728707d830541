"""Documents and their copies are taken out of a run and its release, and stay out."""

import hashlib
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.answers.finished_run import FinishedRun, open_run
from pipeline.answers.proving import prove
from pipeline.errors import ConfigError, QuestionError
from pipeline.lock import locked
from pipeline.run import Local, run
from pipeline.takedown.apply import apply
from pipeline.takedown.finding import Selector
from pipeline.takedown.notes import read_notes
from pipeline.takedown.plan import Takedown, planned, summary
from shards import files
from shards.release import manifest, validation
from shards.release.proofs import Absence, check_proof, read_proof
from shards.release.signing import Log, new_signers, sign_release
from shards.release.tombstones import read_tombstones
from shards.release.verifier import check_release
from tests.damage import dying
from tests.pipeline.stages.corpus import Corpus, rows
from tests.runs import ROOT, Silent

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


STEPS = [{"name": "normalize"}]
STAGES: tuple[dict[str, Any], ...] = (
    {"name": "dedup", "partitions": 2},
    {"name": "publish", "title": "Notes", "unlicensed": True, "shard_bytes": 4_000},
    {"name": "commit", "data_set": "example.org/notes"},
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    made = Corpus(tmp_path_factory.mktemp("takedown"), "url", "id")
    for place, script in enumerate(CHARACTERS):
        rows = [
            {"id": f"{script}{n}", "url": f"https://{script}.example/{n}", "text": " ".join(text_of(script, n))}
            for n in range(8)
        ]
        near = edited(text_of(script, 3), 0.88, place)
        control = edited(text_of(script, 3), 0.3, place + 50)
        made.write(
            script,
            *rows,
            {"id": f"near-{script}", "url": f"https://mirror.example/{script}", "text": " ".join(near)},
            {"id": f"control-{script}", "url": f"https://control.example/{script}", "text": " ".join(control)},
        )
    return made


@pytest.fixture
def made(corpus: Corpus, tmp_path: Path) -> FinishedRun:
    if not (corpus.folder / "out").exists():
        corpus.run(STEPS, *STAGES)
    shutil.copytree(corpus.folder / "out", tmp_path / "out", symlinks=True)
    return open_run(str(tmp_path / "out"))


def plan_of(run: FinishedRun, *urls: str) -> Takedown:
    return planned([run], Selector(urls=urls), "content", "copyright")


def in_folder(plan: Takedown, output: Path) -> Takedown:
    (reach,) = plan.runs
    return plan.model_copy(update={"runs": (reach.model_copy(update={"run": str(output)}),)})


ASKED = tuple(f"http://www.{script}.example/3/" for script in ("zho", "arb", "eng"))


def release_of(run: FinishedRun) -> Path:
    return Path(run.stage("publish").folder) / "release"


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "receipts" not in path.parts
    }


TOLD = {"inputs.json", "run.json", ".lock", "status.json", "metrics.prom"}  # of a run, not of what it made


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
    (reach,) = plan.runs
    addresses = {hit.address for hit in reach.hits}
    scripts = ("zho", "arb", "eng")
    expected = {f"https://{s}.example/3" for s in scripts} | {f"https://mirror.example/{s}" for s in scripts}
    assert addresses == expected
    assert Takedown.model_validate_json(plan.model_dump_json()) == plan
    assert [path.rpartition("/")[2] for path in reach.inputs] == ["arb.jsonl", "eng.jsonl", "zho.jsonl"]
    assert "not erased: 3 input files" in summary(plan)
    assert reach.removed == ()
    documents = Path(made.stage("documents").folder)
    (documents / "receipts" / "0123456789abcdef.json").write_text("")
    shutil.copytree(documents, Path(made.output) / "01-documents-01234567")
    (Path(made.output) / "report.html").write_text(f"<p>{reach.hits[0].id}</p>")
    (Path(made.output) / "other.html").write_text("<p>of other documents</p>")
    left = plan_of(made, *ASKED)
    gone = {"01-documents-01234567", f"{documents.name}/receipts/0123456789abcdef.json", "report.html"}
    assert set(left.runs[0].removed) == gone
    assert "to delete: 3 files or folders beside the run" in summary(left)
    receipt = apply(left)
    assert set(receipt.runs[0].removed) == gone
    assert not any((Path(made.output) / path).exists() for path in gone)
    assert (Path(made.output) / "other.html").exists()
    with pytest.raises(QuestionError, match="no document of this run is asked for"):
        plan_of(made, "https://nobody.example/")


def test_a_copy_that_only_another_run_can_name_goes_from_both(
    corpus: Corpus, made: FinishedRun, tmp_path: Path
) -> None:
    later = Corpus(tmp_path / "later", "url", "id")
    later.write("one", {"id": "a", "url": "https://later.example/", "text": " ".join(text_of("tha", 5))})
    run_of = later.run(STEPS, *STAGES, output="out")
    selector = Selector(urls=("https://tha.example/5",))
    with pytest.raises(QuestionError, match="no document of this run"):
        planned([run_of], selector, "content", "court")
    both = planned([run_of, made], selector, "content", "court")
    assert [[hit.address for hit in reach.hits] for reach in both.runs] == [
        ["https://later.example/"],
        ["https://tha.example/5"],
    ]
    apply(both)
    gram = " ".join(text_of("tha", 5)[:13])
    assert not [run.output for run in (run_of, made) if gram in content_of(Path(run.output))]
    assert [run.output for run in (run_of, made) if check_release(release_of(run)).wrong] == []


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
    assert 0 < sum(after[path] != digest for path, digest in before.items()) == receipt.runs[0].shards_changed <= 6
    assert list(validation.problems(str(release))) == []
    assert check_release(release).wrong == []
    assert [stone.id for stone in read_tombstones(str(release))] == list(receipt.documents)
    told = {each.path: each.after for each in receipt.runs[0].files}
    assert all(told[path] == digest for path, digest in digests(output).items() if path in told)


def test_the_same_run_then_finds_nothing_to_do(corpus: Corpus, made: FinishedRun) -> None:
    apply(plan_of(made, *ASKED))
    before = digests(Path(made.output))
    settings = corpus.configured(STEPS, *STAGES, output=made.output)
    started: list[str] = []

    class Watching(Local):
        def run(self, stage: Any, tasks: Any, folder: str, upstream: Any) -> Any:
            started.append(stage.name)
            return super().run(stage, tasks, folder, upstream)

    assert run(settings, Watching(), Silent()).failures == []
    assert started == []
    after = digests(Path(made.output))
    assert {path for path in before if after.get(path) != before[path]} <= TOLD


def test_take_downs_commute_and_twice_is_once(made: FinishedRun, tmp_path: Path) -> None:
    one, two = plan_of(made, ASKED[0]), plan_of(made, ASKED[1])
    shutil.copytree(made.output, tmp_path / "other", symlinks=True)
    other = [in_folder(plan, tmp_path / "other") for plan in (two, one, one)]
    apply(one)
    apply(two)
    for plan in other:
        apply(plan)
    first, second = (
        {path: digest for path, digest in digests(Path(folder)).items() if not path.startswith("takedowns/")}
        for folder in (made.output, str(tmp_path / "other"))
    )
    assert first == second
    assert any(path.endswith("SHA256SUMS") for path in first)


def test_a_take_down_and_a_run_wait_for_neither(made: FinishedRun) -> None:
    with locked(made.output), pytest.raises(ConfigError, match="another run is writing"):
        apply(plan_of(made, *ASKED))


@pytest.mark.processes
def test_killed_at_any_moment_the_same_command_completes_it_and_no_run_begins_before(
    corpus: Corpus, made: FinishedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(made.output, tmp_path / "other/out", symlinks=True)
    plan = plan_of(made, *ASKED)
    plan_file, note = tmp_path / "plan.json", tmp_path / "erasure.note"
    plan_file.write_text(plan.model_dump_json())
    writes: list[str] = []

    def counting(write: Callable[..., Any]) -> Callable[..., Any]:
        def written(uri: str, *rest: Any, **named: Any) -> Any:
            writes.append(uri)
            return write(uri, *rest, **named)

        return written

    with monkeypatch.context() as patched:
        for name in ("write_shard", "write_bytes", "remove"):
            patched.setattr(files, name, counting(getattr(files, name)))
        apply(in_folder(plan, tmp_path / "other/out"))
    settings = corpus.configured(STEPS, *STAGES, output=made.output)
    chance = random.Random(22)
    for moment in (1, *sorted(chance.sample(range(2, len(writes) // 2), 2))):
        command = [sys.executable, *dying(moment + 1, "takedown", "apply", str(plan_file), "-o", str(note))]
        assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
        with pytest.raises(ConfigError, match="has begun and not ended"):
            run(settings, Local(), Silent())
    apply(plan)
    assert digests(Path(made.output)) == digests(tmp_path / "other/out")
    assert run(settings, Local(), Silent()).failures == []


def test_killed_again_and_again_near_its_end_it_is_completed(
    made: FinishedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(made.output, tmp_path / "other/out", symlinks=True)
    plan = plan_of(made, *ASKED)
    apply(in_folder(plan, tmp_path / "other/out"))
    stages = ("/tile/", "publish", "leaves", "commitments", "checkpoint", "SHA256SUMS", "run.json")

    class Dies(BaseException):
        pass

    died = []
    for part in (*stages, *reversed(stages)):

        def dying(write: Callable[..., Any], part: str = part) -> Callable[..., Any]:
            def written(uri: str, *rest: Any, **named: Any) -> Any:
                if part in (rest[0] if write.__name__ == "duplicate" else uri):
                    died.append(part)
                    raise Dies
                return write(uri, *rest, **named)

            return written

        with monkeypatch.context() as patched, suppress(Dies):
            for name in ("write_shard", "write_bytes", "remove", "duplicate"):
                patched.setattr(files, name, dying(getattr(files, name)))
            apply(plan)
    assert {*died} == {*stages}
    apply(plan)
    assert digests(Path(made.output)) == digests(tmp_path / "other/out")


def test_a_rebuild_with_the_take_downs_is_the_same_revision_byte_for_byte(
    corpus: Corpus, made: FinishedRun, tmp_path: Path
) -> None:
    for url in ASKED:
        apply(plan_of(made, url))
    again = tmp_path / "again"
    shutil.copytree(Path(made.output) / "takedowns", again / "takedowns")
    shutil.copy(Path(made.output) / "suppressed.arrow", again)
    rebuilt = corpus.run(STEPS, *STAGES, output=str(again))
    assert digests(release_of(rebuilt)) == digests(release_of(made))
    same = [
        {path: digest for path, digest in digests(Path(each.output)).items() if "/" in path} for each in (rebuilt, made)
    ]
    assert same[0] == same[1]


def test_a_task_that_is_done_again_brings_nothing_back(corpus: Corpus, made: FinishedRun) -> None:
    plan = plan_of(made, *ASKED)
    apply(plan)
    before = digests(Path(made.output))
    run_of = open_run(made.output)
    for stage in (run_of.stage("documents"), run_of.stage("publish")):
        for receipt in stage.receipts.values():
            (Path(stage.folder) / next(iter(receipt.files.values())).path).unlink()
    assert run(corpus.configured(STEPS, *STAGES, output=made.output), Local(), Silent()).failures == []
    after = digests(Path(made.output))
    assert {path for path in before if after[path] != before[path]} <= TOLD


TRADITIONAL = str.maketrans(
    "东两为书亚亲亿仅从仓众优会传伤伟乐习乡买乱争于云产", "東兩為書亞親億僅從倉眾優會傳傷偉樂習鄉買亂爭於雲產"
)


def test_copies_in_new_inputs_are_rejected_without_a_word_in_the_configuration(
    corpus: Corpus, made: FinishedRun, tmp_path: Path
) -> None:
    apply(plan_of(made, *ASKED))
    more = Corpus(tmp_path / "more", "url", "id")
    shutil.copytree(corpus.folder / "in", more.folder / "in", dirs_exist_ok=True)
    text = " ".join(text_of("zho", 3))
    assert text.translate(TRADITIONAL) != text
    quoted = " ".join([*text_of("eng", 3), *text_of("eng", 99)])
    more.write(
        "new",
        {"id": "a", "url": "https://zho.example/3", "text": "another text at the same address " * 9},
        {"id": "b", "url": "https://new.example/traditional", "text": text.translate(TRADITIONAL)},
        {"id": "c", "url": "https://new.example/quoted", "text": quoted},
        {"id": "d", "url": "https://new.example/other", "text": " ".join(text_of("zho", 98))},
    )
    found = more.run(STEPS, *STAGES, output=made.output)
    gone = rows(found, "documents", "rejected")
    assert [row["rejected_by"] for row in gone] == ["suppressed.taken_down"] * 3
    assert {row["text"] for row in gone} == {""}
    said = content_of(release_of(found))
    assert "new.example/other" in said
    assert "new.example/traditional" not in said
    assert "new.example/quoted" not in said
    assert check_release(release_of(found)).wrong == []
    known = {stone.id for stone in read_tombstones(str(release_of(made)))}
    assert {stone.id for stone in read_tombstones(str(release_of(found)))} == known
    apply(plan_of(found, "https://new.example/other"))  # which has seen the new task: it is judged as it was
    before = digests(Path(found.output))
    stage = found.stage("documents")
    for key in stage.keys:
        Path(stage.uri(key, "kept")).unlink()
    more.run(STEPS, *STAGES, output=made.output)
    after = digests(Path(found.output))
    assert {path for path in before if after.get(path) != before[path]} <= TOLD


def test_a_damaged_note_is_named(made: FinishedRun) -> None:
    apply(plan_of(made, *ASKED))
    (note,) = (path for path in (Path(made.output) / "takedowns").glob("*.json") if ".done" not in path.name)
    note.write_text("{")
    with pytest.raises(ConfigError, match="no note of a take-down"):
        read_notes(made.output)


def test_checkpoints_proofs_and_log_entries_of_before_still_verify(made: FinishedRun, tmp_path: Path) -> None:
    signers, log = new_signers("example.org"), Log(str(tmp_path / "log"))
    keys = [signer.key for signer in signers]
    sign_release(str(release_of(made)), log, signers, {"day": "2026-11-30"})
    proofs = [str(prove(url, made.output).proof) for url in ("https://zho.example/3", "https://nobody.example/")]
    before = list(log.hashes)
    apply(plan_of(made, *ASKED))
    sign_release(str(release_of(made)), log, signers, {"day": "2026-12-01"})
    for proof in proofs:
        check_proof(read_proof(proof), keys)
    assert Log(str(tmp_path / "log")).hashes[: len(before)] == before
    assert check_release(release_of(made), keys).wrong == []
    now = prove("https://zho.example/3", made.output).proof
    assert isinstance(now, Absence)
    check_proof(now, keys)


def test_what_was_taken_down_is_rejected_when_it_is_read_again(corpus: Corpus, made: FinishedRun) -> None:
    plan = plan_of(made, *ASKED)
    apply(plan)
    lists = [files.join(made.output, "suppressed.arrow")]
    again = corpus.run(
        [*STEPS, {"name": "suppressed", "lists": lists}],
        *STAGES,
        output=f"again-{Path(made.output).parent.name}",
    )
    stage = again.stage("documents")
    gone = [row for key in stage.keys for row in files.read_table(stage.uri(key, "rejected")).to_pylist()]
    assert {row["rejected_by"] for row in gone} == {"suppressed.taken_down"}
    assert {row["id"] for row in gone} == plan.ids
    assert {(row["text"], row["url"]) for row in gone} == {("", None)}
