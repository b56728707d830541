"""PDFs in WARCs: text, reasons, address, headers and provenance."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.pdf.sample import pdf
from pipeline.sources.warc import Warc, reread
from tests.pipeline.sources.conftest import Rows
from tests.pipeline.sources.test_warc import HTML, http, record

LINES = ["The water of the sea is warmer than it was in the century", "before, and it rises still. CC BY 4.0"]
PDF = "application/pdf"


def warc(folder: Path, *records: bytes) -> Warc:
    """Write a WARC, and return the source that reads it."""
    (folder / "a.warc").write_bytes(b"".join(records))
    return Warc(name="crawl", paths=(str(folder / "a.warc"),))


def test_a_pdf_is_read_under_the_address_and_headers_of_its_record(tmp_path: Path, read: Rows) -> None:
    content = pdf([LINES], info=b"<< /Title (Sea) >>")
    answer = http(content, content_type=PDF, X_Robots_Tag="noai")
    source = warc(tmp_path, record("page", http(HTML)), record("paper", answer), record("other", http(HTML)))
    page, paper, _ = read(source)
    assert (page["payload"], paper["payload"]) == (HTML, None)
    assert paper["text"].startswith("The water of the sea")
    assert (paper["url"], paper["title"], paper["license"]) == ("http://example.org/paper", "Sea", "CC-BY-4.0")
    assert {"name": "X-Robots-Tag", "value": "noai"} in paper["headers"]
    assert reread(source, paper["provenance"]) == content


@pytest.mark.parametrize(
    ("reason", "content", "headers"),
    [
        ("pdf.truncated", pdf([LINES])[:300], {}),
        ("pdf.no_text_layer", pdf([[]]), {}),
        ("warc.truncated", pdf([LINES]), {"WARC_Truncated": "length"}),
        ("warc.not_text", b"%!PS-Adobe-3.0", {}),
    ],
)
def test_a_pdf_that_cannot_be_read_says_why(
    tmp_path: Path, read: Rows, reason: str, content: bytes, headers: dict[str, Any]
) -> None:
    (row,) = read(warc(tmp_path, record("paper", http(content, content_type=PDF), **headers)))
    assert (row["rejected_by"], row["text"], row["url"]) == (reason, "", "http://example.org/paper")


def test_pdfs_are_left_out_where_the_setting_says_so(tmp_path: Path, read: Rows) -> None:
    source = warc(tmp_path, record("paper", http(pdf([LINES]), content_type=PDF)))
    (row,) = read(source.model_copy(update={"pdf": "skip"}))
    assert row["rejected_by"] == "warc.not_text"
