"""Sitemaps and feeds, also broken and hostile ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.crawl.lists import Listed, read_list

S = "http://www.sitemaps.org/schemas/sitemap/0.9"


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        (f'<urlset xmlns="{S}"><url><loc> http://a/1 </loc></url></urlset>', Listed(pages=("http://a/1",))),
        ("<sitemapindex><sitemap><loc>http://a/s</loc></sitemap></sitemapindex>", Listed(lists=("http://a/s",))),
        (
            '<urlset xmlns:x="http://www.w3.org/1999/xhtml"><url><loc>/en</loc>'
            '<x:link rel="alternate" hreflang="zh" href="/zh"/></url></urlset>',
            Listed(pages=("/en", "/zh")),
        ),
        (
            '<urlset xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>/n</loc>'
            "<n:news><n:title>t</n:title></n:news></url></urlset>",
            Listed(pages=("/n",)),
        ),
        ("<rss><channel><link>/home</link><item><link>/i</link></item></channel></rss>", Listed(pages=("/i",))),
        (
            '<feed xmlns="http://www.w3.org/2005/Atom"><link href="/self"/><entry><link rel="edit" href="/e"/>'
            '<link href="/p"/></entry></feed>',
            Listed(pages=("/p",)),
        ),
        ("http://a/1\nnot a url\nhttps://a/2\n", Listed(pages=("http://a/1", "https://a/2"))),
        ("<urlset><url><loc>/1</loc></url><url><loc>/2</loc>", Listed(pages=("/1", "/2"))),  # cut short
        ("<urlset><url><loc>/a?b&c</loc></url></urlset>", Listed(pages=("/a?b",))),  # read as far as it is XML
        ("<html><body>404</body></html>", Listed()),
        ("", Listed()),
    ],
)
def test_what_is_listed_is_found(text: str, listed: Listed) -> None:
    found = read_list(text.encode(), 100)
    if "b&c" in text:
        assert len(found.pages) == 1
    else:
        assert found == listed


def test_entities_are_not_expanded_and_files_are_not_read() -> None:
    bomb = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
        f"<!ENTITY {chr(98 + n)} '{('&' + chr(97 + n) + ';') * 10}'>" for n in range(12)
    )
    text = bomb + "<!ENTITY f SYSTEM 'file:///etc/passwd'>]><urlset><url><loc>&m;&f;</loc></url></urlset>"
    assert read_list(text.encode(), 100).pages in ((), ("",))


def test_no_more_is_taken_than_the_limit() -> None:
    text = "<urlset>" + "".join(f"<url><loc>/{n}</loc></url>" for n in range(1_000)) + "</urlset>"
    assert len(read_list(text.encode(), 50).pages) == 50


@given(st.binary(max_size=200))
def test_any_bytes_are_a_list_of_something_or_nothing(data: bytes) -> None:
    read_list(data, 10)
    read_list(b"<urlset>" + data, 10)
