from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from filters.chain import judge
from filters.url import Url

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
    with pytest.raises(FileNotFoundError, match="domains"):
        judge([Url(block_lists=(tmp_path / "missing",))], batch("text", url="https://x.example/"))
