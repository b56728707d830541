"""One spelling for one resource, whoever asks; the crawler, de-duplication and block lists agree on hosts."""

import random

import pytest

from dedup.urls import comparison_form
from pipeline.crawl.urls import canonical as of_the_crawl
from shards.addresses import ascii_host, canonical, without_credentials

HOSTS = {
    "example.org": "example.org",
    "EXAMPLE.org.": "example.org",
    "faß.example": "xn--fa-hia.example",
    "日本語.example": "xn--wgv71a119e.example",
    "Ｅxample.org": "example.org",
    "ex\u00adample.org": "example.org",
    "παράδειγμα.example": "xn--hxajbheg2az3al.example",
    "מבחן.example": "xn--5dbmtg.example",
    "a_b.example": "a_b.example",
    "0x7f.1": "127.0.0.1",
}
PATHS = {"/a%2Fb": "/a%2Fb", "/%7Eu/%e4%bd%a0": "/~u/%E4%BD%A0", "/a/../b": "/b", "": "/", "/c;jsessionid=1F": "/c"}
VISITS = ("utm_source=a", "fbclid=1", "PHPSESSID=9", "_hsenc=x", "spm=1.2", "mtm_kwd=q", "gclid=", "JSESSIONID=0")


@pytest.mark.parametrize("seed", range(80))
def test_spellings_of_an_address_are_one(seed: int) -> None:
    random_ = random.Random(seed)
    (host, ascii_), (path, plain) = random_.choice([*HOSTS.items()]), random_.choice([*PATHS.items()])
    pairs = ["id=4", *random_.sample(VISITS, random_.randint(0, 3))]
    random_.shuffle(pairs)
    scheme = random_.choice(("http", "HTTPS"))
    port = random_.choice(("", ":80" if scheme == "http" else ":443"))
    url = f"{scheme}://{host}{port}{path}?{'&'.join(pairs)}{random_.choice(('', '#top'))}"
    assert canonical(url) == of_the_crawl(url) == f"{scheme.lower()}://{ascii_}{plain}?id=4"
    form = comparison_form(url.replace("://", random_.choice(("://", "://me:secret@", "://me@"))))
    assert form == f"{ascii_}{plain}?id=4"
    assert ascii_host(host) == ascii_


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("http://x.example/a%2Fb", "http://x.example/a/b"),
        ("http://x.example/a%252Fb", "http://x.example/a%2Fb"),
        ("http://x.example/?q=a%2Bb", "http://x.example/?q=a+b"),
        ("http://x.example/a%3Fb", "http://x.example/a?b"),
        ("http://faß.example/", "http://fass.example/"),
        ("http://x.example/?ref=a", "http://x.example/?ref=b"),
    ],
)
def test_different_resources_have_two_keys(url: str, other: str) -> None:
    assert canonical(url) != canonical(other)
    assert comparison_form(url) != comparison_form(other)


@pytest.mark.parametrize(
    "url",
    ["http://x.example:99999/", "http://example.com%2Fevil.example/", "http://a b/", "http://[::1", "ftp://x.example/"],
)
def test_what_is_no_address_has_no_key(url: str) -> None:
    assert canonical(url) is None
    assert comparison_form(url) is None


@pytest.mark.parametrize("host", ["a b", "", "x%2Fy", "[::1", "a:99999"])
def test_what_is_no_host_is_none(host: str) -> None:
    assert ascii_host(host) is None


def test_credentials_go_and_what_cannot_be_read_stays() -> None:
    assert without_credentials("https://me:secret@x.example/a?b") == "https://x.example/a?b"
    assert without_credentials("https://x.example/@me") == "https://x.example/@me"
    assert without_credentials("http://a:b:c@:1") == "http://a:b:c@:1"
