import io
import random
import unicodedata
import zipfile
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from pipeline.sources.base import Row
from pipeline.sources.epub import Epub
from tests.pipeline.sources.conftest import OneRow, Rows

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>
<dc:title>紅樓夢</dc:title><dc:creator>曹雪芹</dc:creator><dc:creator>高鶚</dc:creator><dc:date>1791-05</dc:date>%s</metadata>
<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="two" href="text/2.xhtml" media-type="application/xhtml+xml"/>
<item id="img" href="i.png" media-type="image/png"/>
<item id="one" href="text/1%%20a.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="nav"/><itemref idref="one"/><itemref idref="two"/><itemref idref="img"/>
<itemref idref="gone"/></spine>
</package>"""
ONE = """<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title><style>p{}</style></head><body>
<h1>第一回</h1><p>甄士隱 <b>夢幻</b>識通靈<br/>賈雨村</p><ul><li>one</li><li><p>two</p></li></ul></body></html>"""
TWO = (
    "<html><body><h2>Code &nbsp; &amp; table</h2><pre>if x:\n    f()</pre>"
    "<table><tr><td>a</td><td>b</td></tr></table>tail"
)
TEXT = """# 第一回

甄士隱 夢幻識通靈
賈雨村

- one
- two

## Code & table

```
if x:
    f()
```

| a | b |

tail"""


@pytest.fixture
def epub(tmp_path: Path, read: Rows) -> OneRow:
    """Write the parts of a book and return its row."""

    def row(skipped: Counter[str] | None = None, **settings: Any) -> Row:
        parts = {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": PACKAGE % settings.pop("rights", ""),
            "OEBPS/nav.xhtml": "<html><body>navigation</body></html>",
            "OEBPS/text/1 a.xhtml": ONE,
            "OEBPS/text/2.xhtml": TWO,
        } | settings.pop("parts", {})
        with zipfile.ZipFile(buffer := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as book:
            for name, content in parts.items():
                if content is not None:
                    book.writestr(name, content)
        content = buffer.getvalue()
        path = tmp_path / "book.epub"
        path.write_bytes(content[: settings.pop("cut", len(content))])
        (found,) = read(Epub(name="books", paths=(str(path),), license="CC0-1.0", **settings), skipped)
        return found

    return row


def test_a_book_is_its_chapters_in_reading_order(epub: OneRow) -> None:
    row = epub()
    assert row["text"] == TEXT
    assert (row["title"], row["author"], row["published"]) == ("紅樓夢", "曹雪芹; 高鶚", date(1791, 5, 1))
    assert row["license"] == "CC0-1.0"


def test_tables_of_contents_and_page_numbers_are_no_text(epub: OneRow) -> None:
    contents = "<html><body><h1>目錄</h1><p><a href='2.xhtml'>第一回 甄士隱夢幻識通靈</a></p></body></html>"
    numbered = "<html><body><p>465</p><p>In 1791 it was printed, see <a href='1.xhtml'>there</a>.</p></body></html>"
    row = epub(parts={"OEBPS/text/1 a.xhtml": contents, "OEBPS/text/2.xhtml": numbered})
    assert row["text"] == "In 1791 it was printed, see there."


def test_an_address_that_looks_like_a_tag_does_not_lose_the_book(epub: OneRow) -> None:
    row = epub(parts={"OEBPS/text/2.xhtml": "<html><body><p>Write to <people@example.org> today.</body></html>"})
    assert row["text"].endswith("Write to today.")


@pytest.mark.parametrize(
    ("rights", "where"),
    [
        ('<meta property="dcterms:license">CC BY-NC 4.0</meta>', "dcterms:license"),
        ('<link rel="cc:license" href="https://creativecommons.org/licenses/by-nc/4.0/"/>', "link rel=cc:license"),
    ],
)
def test_a_licence_in_the_terms_of_epub_3_is_read(epub: OneRow, rights: str, where: str) -> None:
    row = epub(rights=rights)
    assert row["license"] == "CC-BY-NC-4.0"
    assert [entry["where"] for entry in row["evidence"]] == ["config", where]
    of_a_part = rights.replace(" ", ' refines="#cover" ', 1)
    assert epub(rights=of_a_part)["license"] == epub()["license"]


def test_the_rights_of_the_book_go_before_those_of_the_collection(epub: OneRow) -> None:
    assert epub(rights="<dc:rights>Licensed under CC BY-NC 4.0</dc:rights>")["license"] == "CC-BY-NC-4.0"


ENCRYPTION = '<encryption><EncryptedData><EncryptionMethod Algorithm="{}"/></EncryptedData></encryption>'


@pytest.mark.parametrize(
    ("reason", "settings"),
    [
        ("epub.not_epub", {"cut": 700}),
        ("epub.not_epub", {"cut": 0}),
        ("epub.not_epub", {"parts": {"META-INF/container.xml": None}}),
        ("epub.not_epub", {"parts": {"META-INF/container.xml": "<container/>"}}),
        ("epub.not_epub", {"parts": {"OEBPS/book.opf": "<broken"}}),
        ("epub.encrypted", {"parts": {"META-INF/encryption.xml": ENCRYPTION.format("http://www.w3.org/aes")}}),
        (None, {"parts": {"META-INF/encryption.xml": ENCRYPTION.format("http://www.idpf.org/2008/embedding")}}),
        ("epub.no_text", {"parts": {"OEBPS/text/1 a.xhtml": "", "OEBPS/text/2.xhtml": "<html/>"}}),
        ("epub.too_large", {"parts": {"OEBPS/text/1 a.xhtml": " " * 17_000_000}}),
        ("epub.too_large", {"max_record_bytes": 100}),
    ],
)
def test_what_cannot_be_read_is_rejected_with_a_reason(epub: OneRow, reason: str, settings: dict[str, Any]) -> None:
    assert epub(**settings).get("rejected_by") == reason


@pytest.mark.parametrize("identifier", ["urn:doi:10.5555/Book", "https://doi.org/10.5555/book", "10.5555/BOOK"])
def test_the_doi_among_the_identifiers_of_a_book_is_known(epub: OneRow, identifier: str) -> None:
    identifiers = "".join(f"<dc:identifier>{each}</dc:identifier>" for each in ("urn:isbn:978", identifier))
    assert epub(rights=identifiers)["doi"] == "10.5555/book"
    assert epub(rights="<dc:identifier>urn:isbn:978</dc:identifier>")["doi"] is None


WORDS = ["港の話", "Rain fell", "Дождь шёл", "المطر", "ฝนตก", "the salt road", "雨"]
XHTML = (
    '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" '
    '"http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd"><html xmlns="http://www.w3.org/1999/xhtml" '
    'xmlns:epub="http://www.idpf.org/2007/ops"><head><title>t</title></head><body>%s</body></html>'
)
NO_XML = "<html><body>%s<br></body></html>"


@pytest.mark.parametrize("seed", range(60))
def test_a_chapter_that_the_book_names_is_found_however_its_name_is_written(epub: OneRow, seed: int) -> None:
    source = random.Random(seed)
    name = source.choice(["ch 1", "kapitel-ü", "Nopti_în", "第一章", "กลอน", "a+b", "50%25", "A(1)"])
    file = unicodedata.normalize(source.choice(["NFC", "NFD"]), name) + source.choice([".xhtml", ".html", ".htm"])
    href = unicodedata.normalize(source.choice(["NFC", "NFD"]), file)
    href = source.choice([href, href.upper(), href.lower()])
    href = source.choice([quote(href), href.replace("%", "%25")])
    href += source.choice(["", "#top", "?v=2", "?v=2#top"])
    kind = source.choice(["application/xhtml+xml", "application/xml", "text/html", ""])
    item = f'<item id="one" href="text/{href}" media-type="{kind}"/>'
    missing = source.randrange(3)
    spine = '<itemref idref="one"/>' + '<itemref idref="nowhere"/>' * missing + '<itemref idref="two"/>'
    manifest = f'<manifest>{item}<item id="two" href="gone.xhtml"/></manifest>'
    book = f"<package><metadata/>{manifest}<spine>{spine}</spine></package>"
    skipped: Counter[str] = Counter()
    row = epub(skipped, parts={"OEBPS/book.opf": book, f"OEBPS/text/{file}": XHTML % "<p>The chapter.</p>"})
    assert row["text"] == "The chapter."
    assert skipped == {"epub.lost.chapter": missing + 1}


def test_a_package_that_is_not_well_formed_is_read_on(epub: OneRow) -> None:
    package = PACKAGE % "<dc:publisher>Salt & Sons</dc:publisher>"
    assert epub(parts={"OEBPS/book.opf": "\ufeff\n" + package})["text"] == TEXT


HIDING = ["display:none", "color: red; DISPLAY : None !important", "visibility:hidden;margin:0"]


@pytest.mark.parametrize("seed", range(70))
@pytest.mark.parametrize("page", [XHTML, NO_XML])
def test_what_a_chapter_holds_is_written_as_its_readers_see_it(epub: OneRow, seed: int, page: str) -> None:
    source = random.Random(seed)
    parts, expected, lost = list[str](), list[str](), Counter[str]()
    for _ in range(source.randrange(2, 6)):
        word, other, number = source.choice(WORDS), source.choice(WORDS), source.randrange(2, 90)
        written, text, left_out = source.choice(
            [
                (f"<p>{word}&nbsp;&mdash; caf&eacute;</p>", f"{word} — café", ""),
                (f"<p class='v'>{word}<br/>{other}<br />{word}</p>", f"{word}\n{other}\n{word}", ""),
                (f"<p>{word} 10<sup>{number}</sup> H<sub>2</sub>O</p>", f"{word} 10{raised(number)} H₂O", ""),
                (f"<p>{word} 2<sup>nd</sup> XX<sup>e</sup></p>", f"{word} 2nd XXe", ""),
                (f"<p>{word}<sup><a href='#n{number}'>{number}</a></sup>.</p>", f"{word}.", "noteref"),
                (f"<p>{word}<a href='n.html#n1'><sup>*</sup></a>.</p>", f"{word}.", "noteref"),
                (f"<p>{word} <a epub:type='noteref' href='#n'>{number}</a></p>", word, "noteref"),
                (f"<p><span class='pagenum'>[{number}]</span>{word}</p>", word, "pagebreak"),
                (f"<p>{word}<ruby>漢<rt>kan</rt>字<rt>ji</rt></ruby>を。</p>", f"{word}漢字を。", ""),
                (f"<p><ruby><rb>漢字</rb><rp>(</rp><rt>kanji</rt><rp>)</rp></ruby>{word}</p>", f"漢字{word}", ""),
                (f"<p>{word} <img src='x.png' alt=''/></p>", word, "img"),
                (f"<p>{word} <math><msup><mi>a</mi><mn>2</mn></msup></math></p>", f"{word} $a^{{2}}$", ""),
                (
                    f"<ol start='{number}'><li>{word}<ul><li>{other}</li></ul></li><li><p>{word}</p></li></ol>"
                    "<hr/><p>x</p>",
                    f"{number}. {word}\n  - {other}\n{number + 1}. {word}\n\nx",
                    "",
                ),
                (
                    f"<table><caption>{word}</caption><tr><th colspan='2'>{other}</th></tr>"
                    f"<tr><td>a</td><td>{number}</td></tr></table>",
                    f"{word}\n\n| {other} |  |\n| a | {number} |",
                    "",
                ),
                (f"<p>{word}</p><p hidden='{source.choice(['', 'hidden'])}'>{other}</p>", word, "hidden"),
                (f"<p>{word} <i style='{source.choice(HIDING)}'>{other}</i></p>", word, "hidden"),
                (f"<p>{word}</p><noscript><p>{other}</p></noscript>", word, ""),
                (f"<h2>{word}<br/>{other}</h2><p>x</p>", f"## {word} {other}\n\nx", ""),
            ]
        )
        parts.append(written)
        expected.append(text)
        if left_out:
            lost[f"epub.lost.{left_out}"] += 1
    skipped: Counter[str] = Counter()
    body = page % "".join(f"<div>{part}</div>" for part in parts)
    row = epub(skipped, parts={"OEBPS/text/1 a.xhtml": body, "OEBPS/text/2.xhtml": page % "<p>The end.</p>"})
    assert row["text"] == "\n\n".join([*expected, "The end."])
    assert skipped == lost | {"epub.lost.chapter": 2}


def raised(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def test_readings_stand_in_brackets_if_that_is_asked_for(epub: OneRow) -> None:
    ruby = "<html><body><p><ruby>漢<rt>かん</rt>字<rt>じ</rt></ruby>を読む</p></body></html>"
    row = epub(parts={"OEBPS/text/1 a.xhtml": "", "OEBPS/text/2.xhtml": ruby}, readings="brackets")
    assert row["text"] == "漢字（かんじ）を読む"


def test_years_and_numbers_that_follow_no_others_are_text(epub: OneRow) -> None:
    one = "<p>12</p><p>It began in</p><p>1812</p><p>and had so many guns:</p><p>42</p><p>no more.</p>"
    two = "<p>First.</p><p>13</p><p>Second.</p><p>14</p><p>Last.</p>"
    row = epub(parts={"OEBPS/text/1 a.xhtml": XHTML % one, "OEBPS/text/2.xhtml": XHTML % two})
    assert row["text"].split("\n\n") == [
        *("It began in", "1812", "and had so many guns:", "42", "no more.", "First.", "Second.", "Last."),
    ]


@pytest.mark.parametrize("default", ["", "<epub:default><p>x</p></epub:default>"])
def test_of_a_switch_the_formula_is_taken(epub: OneRow, default: str) -> None:
    case = (
        '<epub:case required-namespace="http://www.w3.org/1998/Math/MathML"><math xmlns="http://www.w3.org/1998/Math/'
        'MathML" display="block"><mi>a</mi></math></epub:case>'
    )
    row = epub(parts={"OEBPS/text/1 a.xhtml": XHTML % f"<epub:switch>{case}{default}</epub:switch>"})
    assert row["text"].startswith("$$a$$\n\n## Code")
