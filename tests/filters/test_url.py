import gzip
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.base import OneOf, Range
from filters.chain import judge
from filters.licences.sites import sites_above
from filters.lists.addresses import hashes
from filters.url import LONGEST_PAGE, Url, names_above

Batch = Callable[..., pa.RecordBatch]


@pytest.fixture
def lists(tmp_path: Path) -> Url:
    folder = tmp_path / "adult"
    folder.mkdir()
    (folder / "domains").write_text("bad.example\n192.0.2.7\n")
    (folder / "urls").write_text("mixed.example/members\n")
    (tmp_path / "words").write_text("casino\n")
    (tmp_path / "allowed").write_text("good.bad.example\n")
    return Url(block_lists=(folder,), words=tmp_path / "words", allowed_domains=tmp_path / "allowed")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://bad.example/page", "blocked_domain"),
        ("https://www.BAD.example:8080/", "blocked_domain"),
        ("http://192.0.2.7/x", "blocked_domain"),
        ("https://notbad.example/", None),
        ("https://a.good.bad.example/casino", None),
        ("https://www.mixed.example/members/list", "blocked_url"),
        ("https://mixed.example/membership", None),
        ("https://x.example/best-casino-2024", "blocked_words"),
        ("https://x.example/casinos", None),
        ("http://[broken", None),
        (None, None),
    ],
)
def test_an_address_is_blocked_by_domain_path_or_word(batch: Batch, lists: Url, url: str, reason: str | None) -> None:
    judgement = judge([lists], batch("text", url=url))
    assert judgement.documents["rejected_by"].to_pylist() == [reason and f"url.{reason}"]


def test_the_lists_decide_the_result_along_with_the_settings(lists: Url) -> None:
    assert {path.name for path in lists.resources()} == {"domains", "urls", "words", "allowed"}


def test_a_list_that_is_not_there_is_an_error(batch: Batch, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="neither a list nor a folder"):
        judge([Url(block_lists=(tmp_path / "missing",))], batch("text", url="https://x.example/"))


@pytest.mark.parametrize(
    ("line", "blocks"),
    [
        ("bad.example", True),
        ("  BAD.example\r", True),
        ("*.bad.example", True),
        ("0.0.0.0 bad.example", True),
        ("127.0.0.1\tbad.example # why", True),
        ("||bad.example^", True),
        ("||bad.example^$third-party", True),
        ("||bad.example/ads/*", False),
        ("@@||bad.example^", False),
        ("! ||bad.example^", False),
        ("# bad.example", False),
        ("", False),
        ("bad.example/members", False),
        ("例え.example", False),
    ],
)
def test_the_usual_formats_of_lists_are_read(batch: Batch, tmp_path: Path, line: str, blocks: bool) -> None:
    (tmp_path / "list.txt").write_text(f"other.example\n{line}\n\n")
    judgement = judge([Url(block_lists=(tmp_path / "list.txt",))], batch("text", url="https://www.bad.example/x"))
    assert judgement.documents["rejected_by"].to_pylist() == (["url.blocked_domain"] if blocks else [None])


def test_the_list_names_the_category_and_packed_lists_are_read(batch: Batch, tmp_path: Path) -> None:
    for category in ("gambling", "press"):
        (tmp_path / category).mkdir()
        (tmp_path / category / "domains.gz").write_bytes(gzip.compress(f"{category}.example\nboth.example".encode()))
    filter = Url(block_lists=(tmp_path,), blocked_domain=Range(), category=OneOf(values=("none", "press")))
    addresses = ("gambling.example", "press.example", "both.example", "x.example")
    rows = [judge([filter], batch("text", url=f"https://{address}/")) for address in addresses]
    assert [row.signals["url.category"].to_pylist() for row in rows] == [
        ["gambling"],
        ["press"],
        ["gambling"],
        ["none"],
    ]
    assert [row.documents["rejected_by"][0].as_py() for row in rows] == ["url.category", None, "url.category", None]


@given(st.lists(st.text("ab.-", min_size=1, max_size=6), max_size=20), st.text("ab.-", min_size=1, max_size=6))
def test_a_name_is_on_a_list_if_one_of_its_lines_says_so(lines: list[str], name: str) -> None:
    entries = {line.strip(".") for line in lines} - {""}
    found = set(hashes("\n".join(lines).encode()).tolist()) - {0}
    (wanted,) = hashes(name.encode())
    assert (wanted in found) == (name.strip(".") in entries)


@pytest.mark.parametrize("piece", ["a.", "a/", "a.b/c/", "é.", "."])
def test_names_above_an_address_are_few_however_long_it_is(piece: str) -> None:
    host = f"https://{piece * 100_000}casino.example"
    for found in (names_above(host), list(sites_above(host.removeprefix("https://")))):
        assert sum(map(len, found)) <= LONGEST_PAGE**2 + len(host)
    assert "casino.example" in names_above(f"https://{'a.' * 100_000}casino.example/x/y")
    assert "b.org/c" in names_above(f"https://b.org/c{'/d' * 100_000}")
