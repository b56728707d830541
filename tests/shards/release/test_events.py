"""What else a log of a data set tells: that a release was withdrawn, and what a supplier delivered."""

from pathlib import Path

import pytest

from shards.release.events import delivered, withdraw_release, withdrawal_of
from shards.release.place import ReleaseError
from shards.release.proofs import check_proof, read_proof
from shards.release.signing import Log, new_signers, sign_release
from shards.release.verifier import check_file
from tests.shards.release.test_anchoring import release_in


def test_what_was_signed_can_be_withdrawn_and_nothing_else(tmp_path: Path) -> None:
    signers, place = new_signers("example.org/notes"), str(tmp_path / "log")
    one, two = release_in(tmp_path / "one", 1), release_in(tmp_path / "two", 2)
    about = {"day": "2026-11-30", "why": "court"}
    with pytest.raises(ReleaseError, match="only what was signed"):
        withdraw_release(one, Log(place), signers, about)
    for release in (one, two):
        sign_release(release, Log(place), signers, {"day": "2026-11-30"})
    assert withdraw_release(one, Log(place), signers, about) == 2
    assert withdraw_release(one, Log(place), signers, {**about, "day": "2026-12-01"}) == 2
    found = withdrawal_of(one, Log(place))
    assert found is not None
    assert (found["day"], found["why"]) == ("2026-11-30", "court")
    assert withdrawal_of(two, Log(place)) is None


def test_a_delivery_is_told_by_its_files_in_any_order_and_its_receipt_is_checked(tmp_path: Path) -> None:
    lines = [f"{number:064x}  part-{number}.jsonl" for number in range(5)]
    told = delivered(lines)
    assert told == delivered(lines[::-1])
    assert told["root"] != delivered([*lines[:4], lines[4].replace("4  ", "5  ")])["root"]
    signers, log = new_signers("example.org/notes"), Log(str(tmp_path / "log"))
    number = log.add(
        {"event": "intake", "supplier": "press-a", "day": "2026-11-30", **told}, "example.org/notes", signers
    )
    receipt = tmp_path / "receipt"
    receipt.write_text(str(log.proof(number)))
    keys = [signer.key for signer in signers]
    assert check_proof(read_proof(receipt.read_text()), keys) == {}
    found = check_file(receipt, keys, None)
    assert found.wrong == []
    assert "press-a" in found.holds[0]
    receipt.write_text(receipt.read_text().replace("index 0", "index 1"))
    assert len(check_file(receipt, keys, None).wrong) == 1
