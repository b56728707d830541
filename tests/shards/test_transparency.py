"""Trees as RFC 6962 has them, notes and keys as C2SP has them, and what others say of ours."""

import os
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shards import transparency
from shards.release.signing import Signer, new_signers, signed
from shards.transparency import (
    ED25519,
    ML_DSA_44,
    Note,
    ProofError,
    checkpoint,
    consistency,
    inclusion,
    is_consistent,
    is_signature,
    leaf_hash,
    node_hash,
    read_checkpoint,
    read_key,
    read_note,
    root_in_tiles,
    root_of_inclusion,
    signers,
    tile_number,
    tiles,
    tree_root,
)

# The leaves and roots that the reference code of RFC 6962 is tested with.
LEAVES = [b"", b"\x00", b"\x10", b" !", b"01", b"@ABC", b"PQRSTUVW", b"`abcdefghijklmno"]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
HASHES = [leaf_hash(str(number).encode()) for number in range(70_000)]


def root_of(first: int, last: int) -> bytes:
    return tree_root(HASHES[first:last])


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_reference_code(size: int) -> None:
    assert tree_root(map(leaf_hash, LEAVES[:size])).hex() == ROOTS[size - 1]


def test_an_empty_tree_has_the_hash_of_nothing_as_its_root() -> None:
    assert tree_root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_leaf_is_in_its_tree_and_in_no_other_place() -> None:
    for size in range(1, 40):
        for index in range(size):
            path = inclusion(index, size, root_of)
            assert root_of_inclusion(index, size, HASHES[index], path) == root_of(0, size)
            for other in {(index + 1) % size} - {index}:
                assert shown(other, size, HASHES[index], path) != root_of(0, size)
            assert shown(index, size, node_hash(*HASHES[:2]), path) != root_of(0, size)
            assert shown(index, size, HASHES[index], [*path, HASHES[0]]) is None
            assert shown(index, size, HASHES[index], path[:-1]) is None or not path


def shown(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes | None:
    try:
        return root_of_inclusion(index, size, leaf, path)
    except ProofError:
        return None


def test_a_tree_that_grew_is_consistent_and_a_forged_one_is_not() -> None:
    for size in range(1, 34):
        for old in range(1, size + 1):
            path = consistency(old, size, root_of)
            assert is_consistent(old, root_of(0, old), size, root_of(0, size), path)
            assert not is_consistent(old, HASHES[0] if old > 1 else HASHES[1], size, root_of(0, size), path)
            assert not is_consistent(old, root_of(0, old), size, HASHES[99], path)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 65_536, 70_000])
def test_tiles_are_enough_for_every_proof(size: int) -> None:
    files = dict(tiles(HASHES[:size]))
    from_tiles = root_in_tiles(size, files.__getitem__)
    for index in {0, size // 2, size - 1}:
        path = inclusion(index, size, from_tiles)
        assert root_of_inclusion(index, size, HASHES[index], path) == root_of(0, size)


def test_tiles_are_those_of_the_specification() -> None:
    """The example of tlog-tiles: 70,000 entries."""
    files = dict(tiles(HASHES))
    assert len([path for path in files if path.startswith("tile/0/") and ".p/" not in path]) == 273
    others = {path: len(content) // 32 for path, content in files.items() if ".p/" in path or "tile/0" not in path}
    assert others == {"tile/0/273.p/112": 112, "tile/1/000": 256, "tile/1/001.p/17": 17, "tile/2/000.p/1": 1}
    assert tile_number(1_234_067, 256) == "x001/x234/067"
    full = [files["tile/1/000"], files["tile/1/001.p/17"]]
    nodes = [part[place : place + 32] for part in full for place in range(0, len(part), 32)]
    assert tree_root(HASHES[len(nodes) * 256 :], nodes) == tree_root(HASHES)


# The example in the documentation of Go's golang.org/x/mod/sumdb/note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""


def test_a_note_that_another_program_signed_is_verified() -> None:
    assert [key.name for key in signers(read_note(NOTE), [read_key(PETER)])] == ["PeterNeumann"]
    with pytest.raises(ProofError, match="not that of PeterNeumann"):
        signers(read_note(NOTE.replace("answer", "Answer")), [read_key(PETER)])


@pytest.fixture(scope="module")
def keys() -> list[Signer]:
    return new_signers("example.org/corpus")


TEXT = checkpoint("example.org/corpus/records/0123456789abcdef", 3, HASHES[0])


def test_both_kinds_of_keys_sign_and_stay_as_they_are_read(keys: list[Signer]) -> None:
    note = signed(Note(TEXT), keys)
    assert read_note(str(note)) == note == signed(note, keys)
    assert [key.kind for key in signers(note, [signer.key for signer in keys])] == [ED25519, ML_DSA_44]
    assert [read_key(str(signer.key)) for signer in keys] == [signer.key for signer in keys]
    assert read_checkpoint(note.text)[1:] == (3, HASHES[0])


@pytest.mark.parametrize("place", [0, 1])
def test_the_openssl_command_agrees(keys: list[Signer], place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    openssl = shutil.which("openssl")
    version = subprocess.run([openssl, "version"], capture_output=True, text=True).stdout if openssl else ""
    if not openssl or (place and tuple(map(int, version.split()[1].split(".")[:2])) < (3, 5)):
        pytest.skip(f"needs the command openssl, of 3.5 and later for ML-DSA-44: {version or 'none'}")
    signer = keys[place]
    message = transparency.signed_message(signer.key, TEXT)
    signature = signed(Note(TEXT), [signer]).lines[0].split(" ")[2]
    content = transparency.decoded(signature)[12 if place else 4 :]
    assert transparency._openssl(signer.key, message, content)
    assert not transparency._openssl(signer.key, message + b"x", content)


@given(st.data())
def test_no_changed_character_of_a_signed_checkpoint_passes(keys: list[Signer], data: st.DataObject) -> None:
    whole = str(signed(Note(TEXT), keys[:1])).encode()
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((ProofError, UnicodeDecodeError)):
        signers(read_note(bytes(changed).decode()), [keys[0].key])


@pytest.mark.parametrize("text", ["", "a\n", "a\nb\n", "\n\n", "a\x00\n\n", "a\n\n— x", "a\r\n\n— x y\n"])
def test_what_is_no_signed_checkpoint_is_told(text: str, keys: list[Signer]) -> None:
    with pytest.raises(ProofError):
        read_checkpoint(signers_of(text, keys[0]))


def signers_of(text: str, signer: Signer) -> str:
    """Return the text of a note that a key signed."""
    signers(read_note(text), [signer.key])
    return text


@pytest.mark.parametrize("text", ["o\n01\n", "o\n-1\n", "o\n1", "o\n1\n?\n", ""])
def test_a_checkpoint_is_three_lines(text: str) -> None:
    with pytest.raises(ProofError):
        read_checkpoint(text + "AAAA\n")


@pytest.mark.parametrize("line", ["", "a+b", PETER.replace("c7", "c8"), PETER + "x", "Peter+c74f20a3+ARpc", "+ +"])
def test_what_is_no_key_is_told(line: str) -> None:
    with pytest.raises(ProofError):
        read_key(line)


def test_a_signature_by_somebody_else_is_none(keys: list[Signer]) -> None:
    others = new_signers("example.org/other")
    with pytest.raises(ProofError, match=r"not signed by example.org/corpus: signed by example.org/other"):
        signers(signed(Note(TEXT), others), [signer.key for signer in keys])
    assert not is_signature(keys[0].key, TEXT, b"x" * 64)
    assert not is_signature(keys[1].key, TEXT, b"x" * 2428)


def test_a_verifier_in_go_accepts_a_checkpoint(keys: list[Signer], tmp_path: Path) -> None:
    go = shutil.which("go")
    path = os.environ.get("GOPATH", "/usr/share/gocode")
    if go is None or not Path(path, "src/golang.org/x/mod/sumdb/note").is_dir():
        pytest.skip("needs Go, and golang.org/x/mod/sumdb/note from the distribution's packages")
    (tmp_path / "main.go").write_text(GO)
    (tmp_path / "checkpoint").write_text(str(signed(Note(TEXT), keys)))
    command = [go, "run", str(tmp_path / "main.go"), str(keys[0].key), str(tmp_path / "checkpoint")]
    environment = os.environ | {"GO111MODULE": "off", "GOPATH": path, "GOCACHE": str(tmp_path / "cache")}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert ran.stdout == TEXT, ran.stderr


GO = """package main

import (
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/note"
)

func main() {
	verifier, err := note.NewVerifier(os.Args[1])
	if err != nil {
		panic(err)
	}
	content, _ := os.ReadFile(os.Args[2])
	opened, err := note.Open(content, note.VerifierList(verifier))
	if err != nil {
		panic(err)
	}
	fmt.Print(opened.Text)
}
"""


def test_pairs_of_sizes_have_different_roots() -> None:
    assert all(root_of(0, size) != root_of(0, larger) for size, larger in pairwise(range(300)))
