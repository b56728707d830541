import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

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

甄士隱 夢幻識通靈 賈雨村

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

    def row(**settings: Any) -> Row:
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
        (found,) = read(Epub(name="books", paths=(str(path),), license="CC0-1.0", **settings))
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
