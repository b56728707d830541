import zlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.sources.base import Row
from pipeline.sources.pdf import Pdf, joined
from tests.pipeline.sources.conftest import OneRow, Rows


def pdf(*pages: list[str], info: bytes = b"") -> bytes:
    """Return a PDF whose pages have these lines."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        info,
    ]
    kids = []
    for lines in pages:
        stream = "BT /F1 12 Tf 14 TL 72 720 Td " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream.encode()))
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects)} 0 R "
        objects.append((page + "/Resources << /Font << /F1 3 0 R >> >> >>").encode())
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    content, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body or b"<< >>")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 4 0 R >>\nstartxref\n{len(content)}\n%%EOF"
    return content + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode()


XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:cc="http://creativecommons.org/ns#" '
    'xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/"><rdf:Description rdf:about="" %s>'
    "<dc:format>application/pdf</dc:format>%s</rdf:Description></rdf:RDF></x:xmpmeta>"
)
TERMS = "<xmpRights:UsageTerms><rdf:Alt><rdf:li xml:lang='x-default'>%s</rdf:li></rdf:Alt></xmpRights:UsageTerms>"
BY = "https://creativecommons.org/licenses/by/4.0/"


def with_xmp(packet: str, *, packed: bool = False) -> bytes:
    """Return a PDF with this metadata, as a stream that stands by itself or compressed."""
    stream = zlib.compress(packet.encode()) if packed else packet.encode()
    filtered = b"/Filter /FlateDecode " if packed else b""
    head = b"<< /Type /Metadata /Subtype /XML %s/Length %d >>" % (filtered, len(stream))
    return pdf(LINES).replace(b"%%EOF", b"%%EOF\n9 0 obj\n" + head + b"\nstream\n" + stream + b"\nendstream\nendobj\n")


LINES = [
    "The water of the sea is warmer than it was in the cen-",
    "tury before, and it rises still.",
    "A second paragraph ends.",
]


@pytest.fixture
def read_pdf(tmp_path: Path, read: Rows) -> OneRow:
    """Write bytes as a PDF and return its row."""

    def row(content: bytes, **settings: Any) -> Row:
        path = tmp_path / "a.pdf"
        path.write_bytes(content)
        (found,) = read(Pdf(name="reports", paths=(str(path),), **settings))
        return found

    return row


def test_a_text_layer_becomes_paragraphs(read_pdf: OneRow) -> None:
    row = read_pdf(pdf(LINES, info=b"<< /Title (Sea) /Author (A. B.) /CreationDate (D:20200102030405Z) >>"))
    assert row["text"] == (
        "The water of the sea is warmer than it was in the century before, and it rises still.\n\n"
        "A second paragraph ends."
    )
    assert (row["title"], row["author"], row["published"]) == ("Sea", "A. B.", date(2020, 1, 2))


@pytest.mark.parametrize(
    ("reason", "content", "settings"),
    [
        ("pdf.not_pdf", b"no PDF", {}),
        ("pdf.not_pdf", b"", {}),
        ("pdf.not_pdf", pdf(LINES)[:60], {}),
        ("pdf.no_text_layer", pdf([]), {}),
        ("pdf.no_text_layer", pdf(LINES, *[["7"]] * 20), {}),
        ("pdf.too_large", pdf(LINES), {"max_record_bytes": 100}),
        ("pdf.too_large", pdf(LINES, LINES), {"max_pages": 1}),
    ],
)
def test_what_cannot_be_read_is_rejected_with_a_reason(
    read_pdf: OneRow, reason: str, content: bytes, settings: dict[str, Any]
) -> None:
    row = read_pdf(content, **settings)
    assert (row["rejected_by"], row["text"]) == (reason, "")


@pytest.mark.parametrize("packed", [False, True])
def test_all_authors_that_the_metadata_lists_are_named(read_pdf: OneRow, packed: bool) -> None:
    creators = "<dc:creator><rdf:Seq>%s</rdf:Seq></dc:creator>"
    listed = creators % "<rdf:li>Doe, Jane</rdf:li><rdf:li>李娜</rdf:li><rdf:li>Doe, Jane</rdf:li>"
    assert read_pdf(with_xmp(XMP % ("", listed), packed=packed))["author"] == "Doe, Jane; 李娜"
    assert read_pdf(with_xmp(XMP % ("", creators % ""), packed=packed))["author"] is None


def test_running_titles_and_page_numbers_are_left_out() -> None:
    pages = [f"Annual report 2020, page {page}\nSentence {page} stands here.\n{page}" for page in range(1, 5)]
    assert joined(pages) == "\n\n".join(f"Sentence {page} stands here." for page in range(1, 5))


def test_lines_of_chinese_are_joined_without_a_space() -> None:
    assert (
        joined(["海面的水溫比上個世紀高\n而且還在上升。\n第二段。"])
        == "海面的水溫比上個世紀高而且還在上升。\n\n第二段。"
    )


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("attributes", "elements", "where", "license"),
    [
        (f'xmpRights:WebStatement="{BY}"', "", "xmpRights:WebStatement", "CC-BY-4.0"),
        ("", f'<cc:license rdf:resource="{BY}"/>', "cc:license", "CC-BY-4.0"),
        ("", TERMS % "Creative Commons Attribution 4.0 International", "xmpRights:UsageTerms", "CC-BY-4.0"),
        ("", "<dc:rights>© 2020, all rights reserved</dc:rights>", "dc:rights", "LicenseRef-AllRightsReserved"),
    ],
)
def test_a_licence_in_the_xmp_metadata_goes_before_the_declared_one(
    read_pdf: OneRow, attributes: str, elements: str, where: str, license: str | None, packed: bool
) -> None:
    row = read_pdf(with_xmp(XMP % (attributes, elements), packed=packed), license="CC0-1.0")
    assert row["license"] == license
    assert [entry["where"] for entry in row["evidence"]] == ["config", where]


def test_the_metadata_of_a_picture_is_not_that_of_the_file(read_pdf: OneRow) -> None:
    picture = XMP.replace("application/pdf", "image/jpeg") % (f'xmpRights:WebStatement="{BY}"', "")
    assert read_pdf(with_xmp(picture), license="CC0-1.0")["license"] == "CC0-1.0"


def test_metadata_that_is_no_xml_is_left_out(read_pdf: OneRow) -> None:
    assert "license" not in read_pdf(with_xmp(XMP % ("<", "")))


def test_a_licence_in_the_document_information_is_read(read_pdf: OneRow) -> None:
    row = read_pdf(pdf(LINES, info=b"<< /License (CC BY-SA 4.0) >>"))
    assert row["license"] == "CC-BY-SA-4.0"
    assert [entry["where"] for entry in row["evidence"]] == ["document information: License"]


@pytest.mark.parametrize(
    ("attributes", "elements"),
    [
        ('xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/" prism:doi="10.5555/A"', ""),
        ('xmlns:crossmark="http://crossref.org/crossmark/1.0/"', "<crossmark:DOI>10.5555/a</crossmark:DOI>"),
        ("", "<dc:identifier>doi:10.5555/A</dc:identifier>"),
    ],
)
def test_the_doi_in_the_metadata_is_known(read_pdf: OneRow, attributes: str, elements: str) -> None:
    assert read_pdf(with_xmp(XMP % (attributes, elements)))["doi"] == "10.5555/a"


def test_the_doi_in_the_document_information_is_known(read_pdf: OneRow) -> None:
    assert read_pdf(pdf(LINES, info=b"<< /doi (10.5555/A) >>"))["doi"] == "10.5555/a"
    assert read_pdf(pdf(LINES))["doi"] is None


def test_a_page_that_is_listed_and_not_there_rejects_the_file(read_pdf: OneRow) -> None:
    assert read_pdf(pdf(LINES).replace(b"/Kids [6", b"/Kids [9"))["rejected_by"] == "pdf.not_pdf"
