"""A release is committed to: the same tree however it was made, and each changed byte is named with its layer."""

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.answers.finished_run import FinishedRun
from pipeline.answers.proving import prove
from pipeline.config import load
from pipeline.errors import QuestionError
from pipeline.run import Local, run
from shards import files
from shards.addresses import canonical
from shards.release import validation
from shards.release.proofs import Absence, Inclusion, check_proof, read_proof
from shards.release.signing import Log, Signer, new_signers, sign_release
from shards.release.verifier import check_file, check_release
from tests.pipeline.stages.corpus import Corpus, prose
from tests.runs import Shuffled, Silent

STAGES = (
    {"name": "publish", "title": "Notes", "unlicensed": True, "shard_bytes": 4_000},
    {"name": "commit", "data_set": "example.org/notes"},
)
TEXTS = ("今天的河水很高。", "Das Wehr wurde 1893 gebaut.", "นกในทุ่งนา", "سد النهر القديم", "The mill stands still.")


def rows_of(name: str, count: int) -> list[dict[str, str]]:
    return [
        {"text": f"{TEXTS[number % 5]} {prose(number, 40)}", "url": f"http://Example.org:80/{name}/{number}"}
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    made = Corpus(tmp_path_factory.mktemp("corpus"), "url")
    for name in "abc":
        made.write(name, *rows_of(name, 20))
    made.write("d", {"text": prose(4)}, {"text": prose(5)}, {"text": prose(6), "url": "http://example.org/a/3"})
    return made


@pytest.fixture(scope="module")
def made(corpus: Corpus) -> FinishedRun:
    return corpus.run([{"name": "normalize"}], *STAGES)


@pytest.fixture(scope="module")
def signers() -> list[Signer]:
    return new_signers("example.org/alliance")


@pytest.fixture
def release(made: FinishedRun, tmp_path: Path) -> Path:
    return Path(shutil.copytree(f"{made.stage('publish').folder}/release", tmp_path / "release"))


@pytest.fixture
def signed(release: Path, signers: list[Signer]) -> Path:
    sign_release(str(release), Log(str(release.parent / "log")), signers, {"day": "2026-11-30"})
    return release


def test_a_committed_release_is_what_it_says(release: Path) -> None:
    found = check_release(release, canonical=canonical)
    assert found.wrong == []
    assert list(validation.problems(str(release))) == []
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=release, check=True)


def test_its_bytes_depend_on_no_order_of_work(corpus: Corpus, made: FinishedRun, tmp_path: Path) -> None:
    settings = load(str(corpus.folder / "config.yaml")).model_copy(update={"output": str(tmp_path / "again")})
    assert run(settings, Shuffled(), Silent()).failures == []
    (again,) = (tmp_path / "again").glob("*-publish-*/release")
    first = Path(made.stage("publish").folder) / "release"
    assert {p.relative_to(first): p.read_bytes() for p in first.rglob("*") if p.is_file()} == {
        p.relative_to(again): p.read_bytes() for p in again.rglob("*") if p.is_file()
    }


def test_a_run_that_is_repeated_keeps_signatures(corpus: Corpus, made: FinishedRun, signers: list[Signer]) -> None:
    release = Path(made.stage("publish").folder) / "release"
    try:
        sign_release(str(release), Log(str(corpus.folder / "out/log")), signers, {"day": "2026-11-30"})
        before = {path: path.read_bytes() for path in release.rglob("*") if path.is_file()}
        (release / "verify.py").unlink()
        assert run(load(str(corpus.folder / "config.yaml")), Local(), Silent()).failures == []
        assert {path: path.read_bytes() for path in release.rglob("*") if path.is_file()} == before
    finally:
        for name in ("keys.vkey", "log.tlog-proof", "checkpoint"):
            (release / name).unlink(missing_ok=True)
        run(load(str(corpus.folder / "config.yaml")), Local(), Silent())


def test_salts_come_from_the_secret(corpus: Corpus, made: FinishedRun, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"of this release")
    other = corpus.run(
        [{"name": "normalize"}], STAGES[0], {**STAGES[1], "secret": str(tmp_path / "secret")}, output="secret"
    )
    one, two = (sorted(Path(run.stage("commitments").folder).glob("commitments/*/*.arrow")) for run in (made, other))
    salts = [files.read_table(str(path))["salt"].to_pylist() for path in (one[0], two[0])]
    assert not set(salts[0]) & set(salts[1])
    assert check_release(Path(other.stage("publish").folder) / "release").wrong == []


def test_signing_leaves_the_sums_and_the_release_valid(signed: Path, signers: list[Signer]) -> None:
    sums = (signed / "SHA256SUMS").read_bytes()
    again = sign_release(str(signed), Log(str(signed.parent / "log")), signers, {"day": "2026-12-01"})
    assert again == 0, "the same release is one entry"
    assert (signed / "SHA256SUMS").read_bytes() == sums
    assert list(validation.problems(str(signed))) == []
    for trusted in ([], [signer.key for signer in signers], [signers[1].key]):
        assert check_release(signed, trusted).wrong == []
    assert any("integrity only" in line for line in check_release(signed).holds)
    partners = new_signers("example.org/partner")
    assert sign_release(str(signed), Log(str(signed.parent / "log")), partners, {"day": "2026-12-01"}) == 0
    for trusted in ([], [signers[0].key], [partners[0].key]):
        assert check_release(signed, trusted).wrong == []
    stranger = new_signers("example.org/stranger")[0]
    assert check_release(signed, [stranger.key]).wrong[0].startswith("signature: ")


def layer_of(path: str) -> str:
    unsummed = {"checkpoint": "root|signature", "keys.vkey": "signature", "log.tlog-proof": "log"}
    return unsummed.get(path, "checksums")


@pytest.mark.parametrize("kind", ["checkpoint", "keys.vkey", "log.tlog-proof", "SHA256SUMS", "data", "leaves", ""])
def test_a_changed_byte_is_named_with_its_layer(signed: Path, kind: str) -> None:
    paths = sorted(path for path in signed.rglob("*") if path.is_file())
    chosen = [path for path in paths if path.relative_to(signed).as_posix().startswith(kind)]
    chance = random.Random(kind)
    for _ in range(8):
        path = chance.choice(chosen)
        content = path.read_bytes()
        changed = bytearray(content)
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        wrong = check_release(signed).wrong
        assert wrong, path
        assert wrong[0].partition(":")[0] in layer_of(path.relative_to(signed).as_posix()), wrong
        path.write_bytes(content)


def resummed(release: Path) -> None:
    """Make SHA256SUMS true again, as a forger would."""
    sums = "".join(f"{files.sha256(str(release / line[66:]))}  {line[66:]}\n" for line in lines(release))
    (release / "SHA256SUMS").write_text(sums)


def lines(release: Path) -> list[str]:
    return (release / "SHA256SUMS").read_text().splitlines()


def test_a_forged_row_is_no_record_even_if_the_sums_are_made_to_fit(signed: Path) -> None:
    shard = next((signed / "data").rglob("*.arrow"))
    table = files.read_table(str(shard))
    place = table.schema.get_field_index("license")
    forged = table.set_column(place, table.schema.field(place), [["CC0-1.0"] * table.num_rows])
    files.write_shard(str(shard), forged.to_batches(), table.schema)
    resummed(signed)
    assert check_release(signed).wrong[0].startswith("record: data/")


def test_leaves_out_of_order_and_a_forged_root_are_named(release: Path) -> None:
    leaves = release / "leaves/00000.arrow"
    table = files.read_table(str(leaves))
    files.write_shard(str(leaves), table.take(list(range(len(table)))[::-1]).to_batches(), table.schema)
    resummed(release)
    assert check_release(release).wrong[0].startswith("order: ")
    tree = json.loads((release / "commitments/tree.json").read_text())
    (release / "commitments/tree.json").write_text(json.dumps(tree | {"size": 1}))
    resummed(release)
    assert any(line.startswith("root: ") for line in check_release(release).wrong)


def test_a_file_more_or_less_is_named(release: Path) -> None:
    (release / "data/zho_Hans").mkdir(exist_ok=True)
    (release / "data/zho_Hans/extra.arrow").write_bytes(b"")
    (release / "README.md").unlink()
    assert [line.split(": ")[1] for line in check_release(release).wrong] == ["README.md", "data/zho_Hans/extra.arrow"]


def test_every_document_can_be_proved_and_every_other_address_refused(signed: Path, signers: list[Signer]) -> None:
    trusted = [signer.key for signer in signers]
    for number in range(20):
        proved = prove(f"http://EXAMPLE.org/b/{number}", str(signed))
        assert check_proof(read_proof(str(proved.proof)), trusted)["address"] == f"http://example.org/b/{number}"
        assert isinstance(proved.proof, Inclusion)
        absent = prove(f"http://example.org/nowhere/{number}", str(signed)).proof
        assert isinstance(absent, Absence)
        check_proof(read_proof(str(absent)), trusted)
    assert prove("http://example.org/a/3", str(signed)).documents == 2
    shard = next((signed / "data").rglob("*.arrow"))
    row = files.read_table(str(shard)).to_pylist()[0]
    (signed / "text").write_text(row["text"], encoding="utf-8")
    (signed.parent / "proof").write_text(str(prove(row["id"], str(signed)).proof))
    assert check_file(signed.parent / "proof", trusted, signed / "text").wrong == []
    assert check_file(signed.parent / "proof", trusted, signed / "README.md").wrong[0].startswith("record: ")
    with pytest.raises(QuestionError, match="no document"):
        prove("0" * 32, str(signed))


def test_the_file_in_the_release_verifies_it_alone(signed: Path) -> None:
    command = [sys.executable, "-I", "verify.py"]
    ran = subprocess.run(command, cwd=signed, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, "ok"), ran.stderr
    (signed / "README.md").write_text("other")
    ran = subprocess.run(command, cwd=signed, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout.partition(": its")[0]) == (1, "checksums: README.md")


HOSTILE = [b"", b"\xff", b"c2sp.org/tlog-proof@v1\n\n", b"yuliao/absence@v1\naddress YQ==\nleaf x y\n\no\n1\n"]
HOSTILE += [b"c2sp.org/tlog-proof@v1\nextra " + b"A" * 4000 + b"\nindex " + b"9" * 5000 + b"\n\no\n1\nAAAA\n\n"]


@pytest.mark.parametrize("content", HOSTILE)
def test_a_file_that_is_no_proof_is_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "proof").write_bytes(content)
    assert len(check_file(tmp_path / "proof", [], None).wrong) == 1
