import zlib

import numpy as np
import numpy.typing as npt
import pytest

from pipeline.pdf.document import Limits, content_of, opened
from pipeline.pdf.ocr import recogniser
from pipeline.pdf.refusals import Refusal
from pipeline.pdf.sample import written


def scan() -> bytes:
    """Return a PDF whose page is an image: black above, white below."""
    image = zlib.compress(bytes([0] * 32 + [255] * 32))
    head = b"<< /Type /XObject /Subtype /Image /Width 8 /Height 8 /ColorSpace /DeviceGray /BitsPerComponent 8 "
    drawn = b"612 0 0 792 0 0 cm /I Do"
    return written(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [6 0 R] /Count 1 >>",
            head + b"/Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(image), image),
            b"<< >>",
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R "
            b"/Resources << /XObject << /I 3 0 R >> >> >>",
        ]
    )


def halves(image: npt.NDArray[np.uint8]) -> str:
    """Read an image: how bright it is above and below."""
    middle = len(image) // 2
    return f" from {image[: middle - 100].mean():.0f} to {image[middle + 100 :].mean():.0f} \n"


def test_a_scan_is_refused_where_nothing_reads_it() -> None:
    with pytest.raises(Refusal, match="scanned"), opened(scan()) as document:
        content_of(document, Limits(1))


def test_a_scan_is_read_by_the_function_that_is_named() -> None:
    with opened(scan()) as document:
        assert content_of(document, Limits(1, halves)).text == "from 0 to 255"


def test_the_function_is_found_by_its_name() -> None:
    assert recogniser("pipeline.doi:doi_of")("doi:10.5555/a") == "10.5555/a"  # type: ignore[arg-type]
