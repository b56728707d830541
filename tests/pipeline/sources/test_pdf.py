import zlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.pdf import sample
from pipeline.sources.base import Row
from pipeline.sources.pdf import Pdf
from tests.pipeline.sources.conftest import OneRow, Rows


def pdf(*pages: list[str], info: bytes = b"") -> bytes:
    return sample.pdf(pages, info)


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
        ("pdf.truncated", pdf(LINES)[:60], {}),
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
    assert read_pdf(pdf(LINES).replace(b"/Kids [6", b"/Kids [9"))["rejected_by"] == "pdf.damaged"
