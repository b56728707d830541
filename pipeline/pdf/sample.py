"""PDF files written by hand, a line after the other: what compiles the loops, and what tests read."""

from collections.abc import Sequence


def pdf(pages: Sequence[Sequence[str]], info: bytes = b"") -> bytes:
    """Return a PDF whose pages have these lines, in Latin-1, 14 points apart; `info` is its document information."""
    lines = [b" ".join(b"(%s) Tj T*" % escaped(line) for line in page) for page in pages]
    return assembled([b"BT /F1 12 Tf 14 TL 72 720 Td " + page + b" ET" for page in lines], info)


def assembled(streams: Sequence[bytes], info: bytes = b"") -> bytes:
    """Return a PDF of a page for each content stream, in which `/F1` is Helvetica."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        info or b"<< >>",
    ]
    kids = []
    for stream in streams:
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R " % len(objects)
        objects.append(page + b"/Resources << /Font << /F1 3 0 R >> >> >>")
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    return written(objects)


def shaped(words: Sequence[Sequence[str]], y: int = 700) -> bytes:
    """Return the content of a line as Skia writes it: of each cluster of letters two glyphs, of which one has the text,
    and spaces as objects of their own.
    """
    at, shown = 72.0, list[str]()
    for number, word in enumerate(words):
        if number:
            shown.append(f"BT /F1 10 Tf 1 0 0 1 {at:.2f} {y} Tm ( ) Tj ET")
            at += 2.78
        for cluster in word:
            text = cluster.encode("utf-16-be").hex()
            glyphs = f"/F1 10 Tf 1 0 0 1 {at:.2f} {y} Tm (m) Tj 8.33 0 Td (m) Tj"
            shown.append(f"BT /Span << /ActualText <FEFF{text}> >> BDC {glyphs} EMC ET")
            at += 16.66
    return "\n".join(shown).encode()


def written(objects: Sequence[bytes]) -> bytes:
    """Return a PDF of objects that are numbered from 1; the first is the catalogue, the fourth the information."""
    content, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R >>\n" % (len(objects) + 1)
    return b"%sxref\n0 %d\n0000000000 65535 f \n%s%s" % (
        content,
        len(objects) + 1,
        table,
        trailer,
    ) + b"startxref\n%d\n%%%%EOF" % len(content)


def escaped(line: str) -> bytes:
    """Return a line as a string object of a content stream holds it."""
    encoded = line.encode("latin-1")
    for mark in b"\\()":
        encoded = encoded.replace(bytes([mark]), b"\\" + bytes([mark]))
    return encoded
