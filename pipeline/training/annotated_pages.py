"""Pages with their ground truth, as models are fitted to them and judged by them: `shared/data/extraction`.

A host is in one of `FOLDS` folds, so that no page is judged by a model that has seen its host.
"""

import gzip
import hashlib
import json
import re
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from fastwarc.warc import ArchiveIterator, WarcRecordType

from filters.text.charset import decode

UNSPACED = "\u0e00-\u0e7f\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
TOKENS = re.compile(f"[{UNSPACED}]|[^\\W{UNSPACED}]+")
FOLDS = 5


class AnnotatedPage(NamedTuple):
    """A page and what should be found in it."""

    truth: dict[str, Any]
    html: str


def site(url: str) -> str:
    """Return the registered part of a URL's host, nearly: two labels, or three where the middle one is short."""
    parts = (urlsplit(url).hostname or url).split(".")
    return ".".join(parts[-3:] if len(parts) > 2 and len(parts[-2]) <= 3 else parts[-2:])


def fold_of(url: str) -> int:
    """Return the fold that a page's host is in."""
    return int(hashlib.sha256(site(url).encode()).hexdigest()[:8], 16) % FOLDS


def samples(data: Path) -> list[AnnotatedPage]:
    """Return every page of the pack with its ground truth, in the order of the files."""
    found = []
    for truths, warc in (("gt", "pages"), ("oracle_gt", "oracle_pages")):
        lines = gzip.decompress((data / f"extraction/{truths}.jsonl.gz").read_bytes()).splitlines()
        by_id = {row["id"]: row for row in map(json.loads, lines)}
        for record in ArchiveIterator(str(data / f"extraction/{warc}.warc.gz"), record_types=WarcRecordType.response):
            truth = by_id[record.headers.get("WARC-X-Item-Id")]
            text = decode(record.reader.read(), record.http_headers.get("Content-Type")).text
            found.append(AnnotatedPage(truth, text.replace("\x00", "")))
    return found


def tokens(text: str) -> list[str]:
    """Return lower-cased words; characters of scripts without spaces one by one."""
    return TOKENS.findall(text.lower())
