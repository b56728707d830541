"""Addresses of one page have one key; addresses of different pages do not."""

import pyarrow as pa
import pytest

from dedup.exact import equal_edges
from dedup.records import nodes_of
from dedup.urls import comparison_form, host, url_keys


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("http://Example.org:80/a", "https://www.example.org/a/"),
        ("https://example.org/a?b=2&a=1", "https://example.org/a?a=1&b=2#top"),
        ("https://example.org/?utm_source=x&utm_medium=y&fbclid=z", "https://example.org"),
        ("https://example.org/a;jsessionid=AF01?PHPSESSID=9", "https://example.org/a"),
        ("https://example.org/%7Euser/%e4%b8%ad", "https://example.org/~user/中"),
        ("https://example.org/a/./b/../c//d", "https://example.org/a/c/d"),
        ("https://user:secret@example.org/?", "https://example.org./"),
        ("https://bücher.example/", "https://xn--bcher-kva.example"),
    ],
)
def test_addresses_of_one_page_have_one_key(url: str, other: str) -> None:
    assert comparison_form(url) == comparison_form(other) is not None


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("https://example.org/a", "https://example.org/A"),
        ("https://example.org/?id=1", "https://example.org/?id=2"),
        ("https://example.org:8080/", "https://example.org/"),
        ("https://example.org/#!/one", "https://example.org/#!/two"),
        ("https://de.example.org/", "https://example.org/"),
        ("https://example.org/?a=", "https://example.org/?b="),
    ],
)
def test_addresses_of_different_pages_have_different_keys(url: str, other: str) -> None:
    assert comparison_form(url) != comparison_form(other)


@pytest.mark.parametrize(
    "url", [None, "", "about:blank", "mailto:a@example.org", "https://", "http://[::1", "http://a:b/"]
)
def test_what_is_no_web_address_has_no_key(url: str | None) -> None:
    assert comparison_form(url) is None
    assert host(url) is None


def test_keys_pair_documents_of_one_address() -> None:
    urls = pa.array(["http://a.example/", None, "https://a.example", "https://b.example", None])
    assert equal_edges(url_keys(urls), nodes_of(0, 5)).tolist() == [[2, 0]]


def test_the_host_is_the_one_that_is_compared() -> None:
    assert host("HTTPS://WWW.Example.org:443/a") == "example.org"
