"""Words in bytes against a plain search, and which pages are heard."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.licences.prefilter import heard
from filters.licences.words import find, is_shown, words

LISTED = [
    b"cc by",
    b"creative commons",
    b"commons",
    "版权所有".encode("gb18030"),
    "права".encode(),
    b"cc by-sa",
    b"a b c",
]
PIECES = st.sampled_from(
    [
        *LISTED,
        b"CC\n \tBY",
        b"Creative  Commons",
        b"cc",
        b" ",
        b"b",
        b"y-sa",
        b"com",
        b"a\n\n \t b",
        b"\xb0\xe6",
        b"\x00",
    ]
)


def found(texts: list[bytes]) -> list[tuple[int, int, int, int]]:
    offsets = np.cumsum([0, *map(len, texts)])
    hits = find(
        np.frombuffer(b"".join(texts), np.uint8), offsets, words((word, number) for number, word in enumerate(LISTED))
    )
    return list(zip(*(column.tolist() for column in hits), strict=True))


@given(st.lists(st.lists(PIECES, max_size=8).map(b"".join), max_size=3))
def test_every_word_is_found_wherever_it_begins_whatever_stands_around_it(texts: list[bytes]) -> None:
    expected = []
    for text, content in enumerate(texts):
        for start in range(len(content)):
            if content[start : start + 1].isspace():
                continue
            for end in range(start + 1, len(content) + 1):
                spelt = b" ".join(content[start:end].lower().split())
                if content[end - 1 : end] and not content[end - 1 : end].isspace() and spelt in LISTED:
                    expected.append((text, LISTED.index(spelt), start, end))
    assert found(texts) == expected


def test_a_word_of_three_bytes_is_refused() -> None:
    with pytest.raises(ValueError, match="4 bytes"):
        words([(b"cc0", 0)])


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>here", True),
        ("<script>var a = 'here'", False),
        ("<SCRIPT src=x></SCRIPT><p>here", True),
        ("<style>/* here", False),
        ("<!-- here", False),
        ("<!-- a --> here", True),
        ("<strong>here", True),
        ("here", True),
    ],
)
def test_a_reservation_in_a_program_or_a_comment_is_not_shown(html: str, shown: bool) -> None:
    data = np.frombuffer(html.encode(), np.uint8)
    assert is_shown(data, 0, html.index("here")) is shown


@pytest.mark.parametrize(
    ("html", "licenses", "reserved"),
    [
        ("<p>All\n rights&nbsp;Reserved. Ours</p>", False, "All\n rights&nbsp;Reserved. Ours"),
        ("<p>© Le Monde, Tous Droits Réservés</p>", False, "© Le Monde, Tous Droits Réservés"),
        ("<script>// All rights reserved</script>", None, None),
        ("<p>text in CC0, and more", True, None),
        ("<p>本文采用CC0协议", True, None),
        ("<p style='color:#ccc0'> acc0 cc0ffee", None, None),
        ("<p>mcc by the sea", None, None),
        ("<a rel='nofollow license' href=x>", True, None),
        ("<script>/* license: MIT-like, rights */</script>", None, None),
        ('<meta content="x" property="dcterms:rights">', True, None),
        ("<p>无断轉載 nothing", None, None),
        ("", None, None),
    ],
)
def test_a_page_is_heard_by_its_bytes(html: str, licenses: bool | None, reserved: str | None) -> None:
    says = heard(pa.array([b"before", html.encode(), None], pa.large_binary())[1:])
    assert (0 in says) is (licenses is not None)
    if licenses is not None:
        assert says[0].licenses is licenses
        assert says[0].reserved == (() if reserved is None else (reserved.encode(),))


def test_utf_16_is_always_read() -> None:
    assert heard(pa.array(["\ufeffanything".encode("utf-16-le")], pa.large_binary()))[0].licenses
