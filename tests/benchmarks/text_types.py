"""What chains of filters keep of pages that were read, by type of text: recall and precision against those judgements.

    python -m tests.benchmarks.text_types ../shared/data configs/languages [another/folder of chains]

`text_types.tsv` has a row for each page: the digest of its address, its language, `keep` or `drop`, its type, and how
many pages of the sample it stands for (half of them were drawn from what the chains rejected). Texts are not kept.
"""

import csv
import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from gzip import GzipFile
from pathlib import Path
from typing import NamedTuple

import yaml
from fastwarc.warc import ArchiveIterator, WarcRecordType
from pydantic import TypeAdapter

from filters.base import Filter
from filters.boilerplate import Boilerplate
from filters.chain import judge
from filters.hidden_text import HiddenText
from pipeline.catalogue import AnyFilter
from pipeline.extract import Extract, Normalize
from tests.benchmarks.filter_texts import batch

JUDGEMENTS = Path(__file__).with_name("text_types.tsv")


class Judged(NamedTuple):
    """A page that was read."""

    language: str
    sample: str
    decision: str
    type: str
    weight: float


def judgements() -> dict[str, Judged]:
    """Return the judgements by the digest of the page's address."""
    with JUDGEMENTS.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return {
            row["digest"]: Judged(row["language"], row["sample"], row["decision"], row["type"], float(row["weight"]))
            for row in rows
        }


def pages(data: Path) -> Iterator[tuple[str, str]]:
    """Yield the address and the text of every page of the samples."""
    extract = Extract()
    for path in [*sorted((data / "rawwarc").glob("*.warc.gz")), data / "extraction/pages.warc.gz"]:
        for record in ArchiveIterator(path.open("rb"), record_types=WarcRecordType.response):
            address = record.headers.get("WARC-Target-URI") or ""
            if digest(address) in judgements():
                content_type = record.http_headers.get("Content-Type") if record.http_headers else None
                yield address, extract.page(record.reader.read(), content_type or "text/html").text or ""
    for line in GzipFile(data / "zh/web_text_zh.jsonl.gz"):
        row = json.loads(line)
        yield row["url"], row["text"]


def digest(address: str) -> str:
    """Return how an address is named in the judgements."""
    return hashlib.blake2b(address.encode(), digest_size=8).hexdigest()


def main(data: str, *folders: str) -> None:
    """Print, per folder of chains and type of text, how many pages of each kind are kept."""
    known = judgements()
    by_language: dict[str, dict[str, str]] = defaultdict(dict)
    for address, text in pages(Path(data)):
        if (one := known.get(digest(address))) and text:
            by_language[one.language][digest(address)] = text
    for folder in folders:
        kept: dict[tuple[str, str, str], list[tuple[bool, float]]] = defaultdict(list)
        for language, texts in by_language.items():
            chain = TypeAdapter(tuple[AnyFilter, ...]).validate_python(
                yaml.safe_load(Path(folder, f"{language}.yaml").read_text(encoding="utf-8"))["filters"]
            )
            for page, keeps in zip(texts, _keeps(list(texts.values()), language, chain), strict=True):
                one = known[page]
                kept[one.sample, one.decision, one.type].append((keeps, one.weight))
        for sample in ("web", "chinese_web"):
            good, bad = (_weight(kept, sample, decision) for decision in ("keep", "drop"))
            print(f"{folder}, {sample}: recall {good[0] / good[1]:.3f}, precision {good[0] / (good[0] + bad[0]):.3f}")
        print(*(f"{' '.join(kind)}: {_told(found)}" for kind, found in sorted(kept.items())), sep="\n")


def _keeps(texts: list[str], language: str, chain: tuple[Filter, ...]) -> list[bool]:
    cleaned = judge([HiddenText(), Boilerplate()], Normalize().run(batch(texts, language)).documents).documents
    last = judge(chain, batch(cleaned["text"].to_pylist(), language)).documents
    return [
        one is None and other is None
        for one, other in zip(cleaned["rejected_by"].to_pylist(), last["rejected_by"].to_pylist(), strict=True)
    ]


def _weight(
    kept: dict[tuple[str, str, str], list[tuple[bool, float]]], sample: str, decision: str
) -> tuple[float, float]:
    """Return how many pages those that are kept stand for, and all."""
    here = [one for kind, found in kept.items() if kind[:2] == (sample, decision) for one in found]
    return sum(weight for keeps, weight in here if keeps), sum(weight for _, weight in here)


def _told(found: list[tuple[bool, float]]) -> str:
    whole = sum(weight for _, weight in found)
    share = sum(weight for keeps, weight in found if keeps) / whole
    return f"{sum(keeps for keeps, _ in found)} of {len(found)}, weighted {share:.2f}"


if __name__ == "__main__":
    main(*sys.argv[1:])
