"""One spelling for one resource."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.crawl import urls
from tests.pipeline.crawl.conftest import rows


@pytest.mark.parametrize(
    ("reference", "base", "url"),
    [
        ("HTTP://Example.COM:80/a/./b/../c#top", None, "http://example.com/a/c"),
        ("../x?y=1", "http://a.test/b/c/d", "http://a.test/b/x?y=1"),
        ("//b.test/z", "https://a.test/", "https://b.test/z"),
        ("http://a.test/%7Euser/%e4%bd%a0", None, "http://a.test/~user/%E4%BD%A0"),
        ("http://例え.jp/日本", None, "http://xn--r8jz45g.jp/%E6%97%A5%E6%9C%AC"),
        ("http://a.test/p?utm_source=x&id=3&fbclid=y", None, "http://a.test/p?id=3"),
        ("http://a.test/p;jsessionid=A1B2?x=1", None, "http://a.test/p?x=1"),
        ("http://a.test/p?PHPSESSID=0123456789abcdef", None, "http://a.test/p"),
        ("http://a.test/p?sid=0123456789abcdef0123", None, "http://a.test/p"),
        ("http://a.test/p?sid=3", None, "http://a.test/p?sid=3"),  # a page of that number, as far as anyone knows
        ("http://a.test/p?ref=book&source=2", None, "http://a.test/p?ref=book&source=2"),
        ("http://a.test/p?b=1&a=2", None, "http://a.test/p?b=1&a=2"),
        ("http://a.test//x//y", None, "http://a.test//x//y"),
        ("http://a.test/p?", None, "http://a.test/p"),
        (" http://a.test/p\n", None, "http://a.test/p"),
        ("http://2130706433/", None, "http://127.0.0.1/"),
        ("mailto:a@b.test", "http://a.test/", None),
        ("javascript:void(0)", "http://a.test/", None),
        ("ftp://a.test/x", None, None),
        ("http://user:secret@a.test/", None, None),
        ("http://[::1", None, None),
        ("", None, None),
        ("http://a.test/" + "x" * 3_000, None, None),
    ],
)
def test_a_reference_leads_to_one_url_or_nowhere(reference: str, base: str | None, url: str | None) -> None:
    assert urls.canonical(reference, base) == url


@given(st.text(max_size=40), st.sampled_from([None, "http://a.test/b/c?d=e", "https://b.test/"]))
def test_a_canonical_url_is_its_own_canonical_url(reference: str, base: str | None) -> None:
    url = urls.canonical(reference, base)
    if url is not None:
        assert urls.canonical(url) == url
        assert url.startswith(urls.origin(url) + "/")
        assert urls.path(url).startswith("/")


def test_references_resolve_as_browsers_resolve_them() -> None:
    cases = [row["case"] for row in rows("url/url_cases.jsonl.gz") if row["suite"] == "wpt-urltestdata"]
    checked = 0
    for case in cases:
        href = case.get("href") or ""
        plain = "%" not in href and "@" not in href and not href.endswith("?") and ";" not in href
        if href.startswith("http") and plain and (case.get("base") or "").startswith("http"):
            assert urls.canonical(case["input"], case["base"]) == href.partition("#")[0], case
            checked += 1
    assert checked > 50


def test_registrable_domains_agree_with_the_public_suffix_list_tests() -> None:
    cases = [row["case"] for row in rows("url/url_cases.jsonl.gz") if row["suite"] == "psl"]
    for case in cases:
        name = (case["input"] or "").lower()
        if name and case["registrable"] and not name.startswith("."):
            assert urls.registrable_domain(name) == case["registrable"], case


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.example.co.uk/B?y=2&x=1", "uk,co,example)/b?x=1&y=2"),
        ("http://127.0.0.1:8080/", "127.0.0.1:8080)/"),
    ],
)
def test_a_surt_sorts_a_site_together(url: str, key: str) -> None:
    assert urls.surt(url) == key
