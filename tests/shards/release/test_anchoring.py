"""The log of a data set is confirmed by others, who cannot be shown another history."""

import json
import sys
from pathlib import Path

import pytest

from shards.release.anchoring import Program, Witness, anchor_release, read_request, written
from shards.release.place import ReleaseError
from shards.release.proofs import Inclusion, read_proof
from shards.release.signing import Log, Signer, new_signers, sign_release, write_signers
from shards.transparency import WITNESS, Note, ProofError, checkpoint, read_key, seen_at, signers, tree_root

SEEN = 1_800_000_000


@pytest.fixture(scope="module")
def publisher() -> list[Signer]:
    return new_signers("example.org/notes")


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(new_signers("witness.example/w", [WITNESS])[0], tmp_path / "seen.json", lambda: SEEN)


def release_in(folder: Path, number: int) -> str:
    folder.mkdir(parents=True)
    (folder / "SHA256SUMS").write_text(f"{number:064x}  README.md\n")
    text = checkpoint(f"example.org/notes/records/{number}", 0, tree_root([]))
    (folder / "checkpoint").write_text(f"{text}\n")
    return str(folder)


def test_a_log_that_grows_is_confirmed_each_time_and_the_release_says_when(
    tmp_path: Path, publisher: list[Signer], witness: Witness
) -> None:
    place = str(tmp_path / "log")
    for number in range(3):
        release = release_in(tmp_path / str(number), number)
        sign_release(release, Log(place), publisher, {"day": "2026-11-30"})
        anchor_release(release, Log(place), witness, [witness.signer.key])
        proof = read_proof((Path(release) / "log.tlog-proof").read_text())
        assert isinstance(proof, Inclusion)
        assert seen_at(proof.note, witness.signer.key) == SEEN
        assert signers(proof.note, [publisher[0].key]) == [publisher[0].key]
        assert witness.signer.key in map(read_key, (Path(release) / "keys.vkey").read_text().splitlines())
    anchor_release(release, Log(place), witness, [witness.signer.key])  # once more changes nothing
    assert len(Log(place).note.lines) == 3  # type: ignore[union-attr]
    other = str(tmp_path / "other")
    for number in range(4):
        sign_release(release_in(tmp_path / f"other{number}", 9 - number), Log(other), publisher, {})
    with pytest.raises(ReleaseError, match="does not extend the tree of 3"):
        anchor_release(str(tmp_path / "other3"), Log(other), witness, [witness.signer.key], 3)


def test_only_the_witness_that_is_named_counts_and_only_a_release_that_is_in_the_log(
    tmp_path: Path, publisher: list[Signer], witness: Witness
) -> None:
    release, place = release_in(tmp_path / "r", 1), str(tmp_path / "log")
    with pytest.raises(ReleaseError, match="sign it first"):
        anchor_release(release, Log(place), witness, [witness.signer.key])
    sign_release(release, Log(place), publisher, {})
    stranger = new_signers("witness.example/w", [WITNESS])[0]
    with pytest.raises(ReleaseError, match="has not signed"):
        anchor_release(release, Log(place), witness, [stranger.key])
    assert len(Log(place).note.lines) == 2  # type: ignore[union-attr]


def test_a_program_is_asked_as_a_witness_on_the_web_is(
    tmp_path: Path, publisher: list[Signer], witness: Witness
) -> None:
    release, place = release_in(tmp_path / "r", 1), str(tmp_path / "log")
    sign_release(release, Log(place), publisher, {})
    write_signers(tmp_path / "w.key", [witness.signer])
    command = (sys.executable, "-m", "jobs", "release", "witness", "--key", str(tmp_path / "w.key"))
    program = Program((*command, "--memory", str(tmp_path / "memory.json")))
    anchor_release(release, Log(place), program, [witness.signer.key])
    assert json.loads((tmp_path / "memory.json").read_text())["example.org/notes/log"][0] == 1
    with pytest.raises(ReleaseError, match="exit code"):
        Program((sys.executable, "-c", "raise SystemExit(9)")).anchored(Log(place).note, 0, [])  # type: ignore[arg-type]
    with pytest.raises(ReleaseError, match="no-such-program"):
        Program(("no-such-program",)).anchored(Log(place).note, 0, [])  # type: ignore[arg-type]


def test_a_request_is_read_as_it_is_written_and_anything_else_is_told(tmp_path: Path, publisher: list[Signer]) -> None:
    place = str(tmp_path / "log")
    for number in range(5):
        Log(place).add({"event": "release", "number": number}, "example.org/notes", publisher)
    log = Log(place)
    assert log.note is not None
    assert read_request(written(log.note, 3, log.path_from(3))) == (log.note, 3, log.path_from(3))
    for text in ("", "old x\n\na\n", "new 3\n\na\n", "old 3\nAAAA\n\na\n"):
        with pytest.raises(ProofError):
            read_request(text)


def test_no_changed_time_of_a_witness_passes(witness: Witness) -> None:
    text = checkpoint("example.org/notes/log", 0, tree_root([]))
    key = witness.signer.key
    line = witness.signer.line(text, SEEN)
    other = witness.signer.line(text, SEEN + 1)
    forged = line[:-80] + other[-80:]
    assert seen_at(Note(text, (line,)), key) == SEEN
    assert seen_at(Note(text, (forged,)), key) is None
