"""Charset decisions: of how many real pages every letter is right, beside what peers decode.

    python -m tests.benchmarks.charset [--data ../shared/data]

Three sets: chardet's test files without any declaration; the same under each of three false ones in the HTTP header;
and the real pages of the pack that are not UTF-8, as they were served. The truth is the charset that the pack names,
read as the superset that browsers read. Peers get the bytes, which hold the page's own declaration; ours also gets the
header. Install charset-normalizer beside the project (trafilatura brings it).
"""

import argparse
import base64
import gzip
import json
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import cchardet
import charset_normalizer
from fastwarc.warc import ArchiveIterator, WarcRecordType
from resiliparse.parse.encoding import bytes_to_str, detect_encoding
from trafilatura.utils import decode_file

from filters.text.charset import SUPERSETS, decode
from tests.benchmarks.extraction import table

# What chardet's folder names leave open.
FILES = {
    "iso-2022": ("iso2022_jp", "iso2022_kr"),
    "johab": ("johab",),
    "utf-16": ("utf-16",),
    "utf-8-sig": ("utf-8-sig",),
}
FALSELY = ("utf-8", "windows-1251", "iso-8859-1")  # declared, one after the other, where a file is in another


class Page(NamedTuple):
    """A payload, what its HTTP header declares, and the texts that are right."""

    payload: bytes
    content_type: str | None
    right: tuple[str, ...]


def lines_of(path: Path) -> list[bytes]:
    return gzip.decompress(path.read_bytes()).splitlines()


def readings(payload: bytes, label: str) -> tuple[str, ...]:
    """Return the text by every codec that the label stands for."""
    label = label.lower()
    return tuple(letters(payload.decode(codec, "ignore")) for codec in FILES.get(label, SUPERSETS.get(label, (label,))))


def letters(text: str) -> str:
    """Return the letters of a text: what punctuation an old charset has is not asked."""
    return "".join(filter(str.isalpha, text))


def chardet_files(data: Path) -> Iterator[Page]:
    """Yield chardet's test files."""
    for line in lines_of(data / "charset/charset.jsonl.gz"):
        row = json.loads(line)
        payload = base64.b64decode(row["body_b64"])
        yield Page(payload, None, readings(payload, row["encoding"]))


def falsely_declared(data: Path) -> Iterator[Page]:
    """Yield the same files, each under a charset that it is not in."""
    for page in chardet_files(data):
        for label in FALSELY:
            if letters(page.payload.decode(label, "ignore")) not in page.right:
                yield page._replace(content_type=f"text/html; charset={label}")


def legacy_pages(data: Path) -> Iterator[Page]:
    """Yield the pages of the pack whose charset is not UTF-8, with the header under which they are served."""
    for labels, key, pattern in (
        ("rawwarc/labels", "charset_real", "rawwarc/*.warc.gz"),
        ("extraction/gt", "charset_real", "extraction/pages.warc.gz"),
        ("extraction/oracle_gt", "charset_real", "extraction/oracle_pages.warc.gz"),
    ):
        rows = map(json.loads, lines_of(data / f"{labels}.jsonl.gz"))
        charsets = {row["id"]: row[key] for row in rows if row.get(key) not in (None, "utf-8")}
        for path in sorted(data.glob(pattern)):
            for record in ArchiveIterator(str(path), record_types=WarcRecordType.response):
                if charset := charsets.get(record.headers.get("WARC-X-Item-Id")):
                    payload = record.reader.read()
                    yield Page(payload, record.http_headers.get("Content-Type"), readings(payload, charset))


def by_cchardet(payload: bytes) -> str:
    guess = cchardet.detect(payload)["encoding"] or "utf-8"
    return payload.decode(SUPERSETS.get(guess.lower(), (guess,))[0], "ignore")


DECODERS: dict[str, Callable[[Page], str]] = {
    "ours": lambda page: decode(page.payload, page.content_type).text,
    f"trafilatura {version('trafilatura')}": lambda page: decode_file(page.payload),
    f"resiliparse {version('resiliparse')}": lambda page: bytes_to_str(
        page.payload, detect_encoding(page.payload) or "utf-8"
    ),
    f"cchardet {version('faust-cchardet')}": lambda page: by_cchardet(page.payload),
    f"charset-normalizer {version('charset-normalizer')}": lambda page: str(
        charset_normalizer.from_bytes(page.payload).best() or ""
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared/data")
    parser.add_argument("--wrong", action="store_true", help="name what ours gets wrong")
    arguments = parser.parse_args()
    sets = {
        "chardet's files, undeclared": list(chardet_files(arguments.data)),
        "chardet's files, falsely declared": list(falsely_declared(arguments.data)),
        "real pages, not UTF-8": list(legacy_pages(arguments.data)),
    }
    rows, seconds = [], dict.fromkeys(DECODERS, 0.0)
    for name, pages in sets.items():
        cells = [f"{name} ({len(pages)})"]
        for decoder, text_of in DECODERS.items():
            right = 0
            for page in pages:
                start = time.process_time()
                try:
                    text = text_of(page)
                except (LookupError, UnicodeError):
                    text = ""
                seconds[decoder] += time.process_time() - start
                right += letters(text) in page.right
                if arguments.wrong and decoder == "ours" and letters(text) not in page.right:
                    decided = decode(page.payload, page.content_type)
                    print(name, page.content_type, decided.encoding, decided.decided_by, page.payload[:60])
            cells.append(f"{right} / {len(pages) - right}")
        rows.append(cells)
    size = sum(len(page.payload) for pages in sets.values() for page in pages) / 1e6
    rows.append(["MB/s", *(f"{size / spent:,.0f}" for spent in seconds.values())])
    print(table(["set (texts): right / wrong", *DECODERS], rows))


if __name__ == "__main__":
    main()
