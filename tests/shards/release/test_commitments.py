"""What a release is committed to, as far as no run is needed for it."""

import ast

from hypothesis import given
from hypothesis import strategies as st

from shards.addresses import canonical
from shards.release.commitments import PLAIN, address_of, sums_file, verify_file


@given(st.from_regex(PLAIN, fullmatch=True))
def test_an_address_that_looks_canonical_is(url: str) -> None:
    assert canonical(url) == url


def test_an_address_is_looked_for_as_it_is_spelt() -> None:
    assert address_of("HTTP://Example.org:80/a/../b#c") == "http://example.org/b"
    assert address_of("notes:17") == "notes:17"


def test_the_verifier_is_one_file_without_anything_of_ours() -> None:
    tree = ast.parse(verify_file())
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert not any(str(name).startswith(("shards", "pipeline", "jobs")) for name in modules)


def test_sums_are_as_sha256sum_writes_them() -> None:
    assert sums_file({"b": "1" * 64, "a": "0" * 64}) == f"{'0' * 64}  a\n{'1' * 64}  b\n".encode()
