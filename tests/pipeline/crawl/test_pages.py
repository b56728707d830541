"""What pages say: links, language, reserved rights."""

import pytest

from pipeline.crawl.exchange import Answer
from pipeline.crawl.pages import Page, header_signals, header_terms, read_page


def read(html: str | bytes, head: str = "") -> Page:
    payload = html.encode() if isinstance(html, str) else html
    answer = Answer.parse(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode(), payload)
    assert answer is not None
    return read_page("http://a.test/dir/page", answer, payload, 100)


def test_links_of_anchors_areas_frames_and_refreshes_are_followed() -> None:
    html = """<a href="x">x</a><map><area href="/y"></map><a name=none>n</a><a href=x>again</a>
    <meta http-equiv=Refresh content="0; url=/z"><a rel="external nofollow" href=/no>n</a>
    <link href=/css rel=stylesheet>"""
    assert read(html).links == ("x", "/y", "/z")
    assert read("<frameset><frame src=/f></frameset>").links == ("/f",)


@pytest.mark.parametrize("content", ["nofollow", "noindex, NOFOLLOW", "none"])
def test_a_page_that_says_nofollow_is_not_followed(content: str) -> None:
    assert read(f'<meta name=Robots content="{content}"><a href=/x>x</a>').links == ()


def test_the_base_is_honoured() -> None:
    assert read("<base href=/other/><a href=x>x</a>").base == "http://a.test/other/"
    assert read("<a href=x>x</a>").base == "http://a.test/dir/page"


def test_a_query_is_encoded_in_the_charset_of_its_page() -> None:
    assert read(
        "<a href='/s?q=日本'>x</a>".encode("shift_jis"), "Content-Type: text/html; charset=Shift_JIS"
    ).links == ("/s?q=%93%FA%96%7B",)


def test_reserved_rights_are_noted_as_they_stand() -> None:
    html = """<meta name=robots content="noai, noimageai"><meta name="tdm-reservation" content=1>
    <meta name=GPTBot content=noindex><meta name=viewport content=x>
    <link rel=license href=/rsl type="application/rsl+xml">
    <script type="application/rsl+xml"><rsl>no</rsl></script>"""
    assert [(signal.kind, signal.value) for signal in read(html).signals] == [
        ("meta_robots", "noai, noimageai"),
        ("meta_tdm_reservation", "1"),
        ("meta_gptbot", "noindex"),
        ("link_rel_license", "/rsl; type=application/rsl+xml"),
        ("rsl", "<rsl>no</rsl>"),
    ]
    answer = Answer.parse(
        b"HTTP/1.1 200 OK\r\nX-Robots-Tag: otherbot: noai\r\nx-robots-tag: noindex\r\nTDM-Policy: /p\r\n"
        b'Link: </l>; rel="license"; type="application/rsl+xml"\r\nLink: </style>; rel=preload\r\n\r\n',
        b"",
    )
    assert answer is not None
    assert [(signal.kind, signal.value) for signal in header_signals(answer)] == [
        ("x_robots_tag", "otherbot: noai"),
        ("x_robots_tag", "noindex"),
        ("tdm_policy", "/p"),
        ("link_license", '</l>; rel="license"; type="application/rsl+xml"'),
    ]


def test_the_places_of_rsl_terms_are_found_in_head_and_header() -> None:
    html = """<link rel="License" type="application/RSL+xml" href=/terms.xml><link rel=license href=/by/4.0/>
    <link rel=alternate type=application/rsl+xml href=/no>"""
    assert read(html).terms == ("/terms.xml",)
    head = b"""HTTP/1.1 200 OK\r
Link: </a,b.xml>; rel="license"; type="application/rsl+xml", </x>; rel=next\r
Link: </y>; rel=license\r\nLink: <http://b.test/t>; type=application/rsl+xml; rel=license\r\n\r\n"""
    answer = Answer.parse(head, b"")
    assert answer is not None
    assert header_terms(answer) == ["/a,b.xml", "http://b.test/t"]
