"""Web pages of hosts of one side, with the domain that a reader found: JSON Lines to train `domain` on, with licences.

    python -m tests.benchmarks.web_pages ../shared/data build/web_pages.jsonl.gz

The texts are annotations of main content (`extraction/gt.jsonl.gz`: CC-BY-4.0, MIT, Apache-2.0), and pages of licences
and of a manual of the raw crawl (CC0, Apache-2.0). `domain_pages.tsv` says of which domain a page is, by the SHA-256 of
its address: pages that any weights flagged were read, all others of this side are taken for general. Pages of the
other side are only measured on (`tests.benchmarks.domain_pages`).
"""

import gzip
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import xxhash
from pydantic import BaseModel

from filters.language import Language
from pipeline.calibration.samples import named, rows_of
from pipeline.calibration.settings import Sample
from shards.tables import rows
from tests.benchmarks.software_texts import language

TRAINED, MEASURED = 0, 1  # sides
PERMITTED = ("CC0", "Apache-2.0")  # licences of pages of the crawl
SHORTEST = 300  # characters
PER_LANGUAGE = 12  # pages of a host in a language: manuals have hundreds


class Judged(BaseModel, frozen=True, extra="forbid"):
    digest: str  # of the address: the first 16 hexadecimal digits
    domain: str  # `general`: none


def side(host: str) -> int:
    """Return which side a host is on; hosts whose pages are permitted are trained on."""
    if host in ("creativecommons.org", "httpd.apache.org"):
        return TRAINED
    return xxhash.xxh3_64_intdigest(f"side {host}".encode()) % 2


def digest(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def judgements() -> dict[str, str]:
    """Return the domain of each page that was read, by the digest of its address."""
    return {row.digest: row.domain for row in rows(Path(__file__).with_name("domain_pages.tsv"), Judged)}


def annotated(data: Path) -> Iterator[dict[str, str]]:
    """Yield the main texts of pages that people or parsers marked."""
    for line in gzip.decompress((data / "extraction" / "gt.jsonl.gz").read_bytes()).splitlines():
        row = json.loads(line)
        host = urlsplit(row["url"]).hostname or row["url"]
        if row["gt_kind"].startswith("full") and "no LICENSE" not in row["licence"] and side(host) == TRAINED:
            tag = language(row["lang"].replace("-", "_")) or "und"
            tag = "zho_Hans" if tag == "zho_Hani" else tag  # heads read both Chinese scripts as one
            yield {"url": row["url"], "host": host, "lang": tag, "text": row["text"], "licence": row["licence"]}


def crawled(data: Path) -> Iterator[dict[str, str]]:
    """Yield pages of the raw crawl that are under a free licence."""
    labels = gzip.decompress((data / "rawwarc" / "labels.jsonl.gz").read_bytes()).splitlines()
    licences = {row["url"]: row["licence"] for row in map(json.loads, labels) if row["licence"].startswith(PERMITTED)}
    source = {"kind": "warc", "name": "rawwarc", "paths": [str(data / "rawwarc" / "*.warc.gz")]}
    sample = Sample.model_validate(
        {"sources": [source], "steps": [{"name": "extract", "engine": "blocks"}, {"name": "normalize"}]}
    )
    counts: Counter[tuple[str, str]] = Counter()
    for batch in rows_of(sample):
        for row in named(batch, Language()).to_pylist():
            host = urlsplit(row["url"] or "").hostname or ""
            licence = licences.get(row["url"] or "")
            if licence is None or row["rejected_by"] is not None or licence.endswith("publishers"):
                continue
            counts[host, row["language"]] += 1
            if counts[host, row["language"]] <= PER_LANGUAGE and side(host) == TRAINED:
                tag = row["language"] or "und"
                yield {"url": row["url"], "host": host, "lang": tag, "text": row["text"], "licence": licence}


def main(data: str, target: str) -> None:
    known, seen, counts = judgements(), set(), Counter[str]()
    with gzip.GzipFile(target, "wb", mtime=0) as file:
        for row in (*annotated(Path(data)), *crawled(Path(data))):
            if len(row["text"]) < SHORTEST or row["text"] in seen:
                continue
            seen.add(row["text"])
            domain = known.get(digest(row["url"]), "general")
            counts[domain] += 1
            plain = {**row, "domain": domain, "weights": "yes"}
            file.write((json.dumps(plain, ensure_ascii=False, sort_keys=True) + "\n").encode())
    print(f"{counts.total()} pages: {dict(counts)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
