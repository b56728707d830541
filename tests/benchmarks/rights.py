"""Licence detection against the rules of dolma and C5, on judged pages; and pages per second.

    python -m tests.benchmarks.rights [DATA]

DATA is the development data (YULIAO_DATA). The peers' rules are written anew from their descriptions: dolma's
`cc_re_fast` and `cc_re` taggers (commit 669f534) and the annotator of CommonCrawl-CreativeCommons, "C5" (d54512c).
"""

import gzip
import hashlib
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import yaml
from fastwarc.warc import ArchiveIterator, WarcRecordType
from selectolax.lexbor import LexborHTMLParser, LexborNode

from filters.base import Range
from filters.chain import judge
from filters.documents import Documents
from filters.licences.prefilter import heard
from filters.license import License
from pipeline.config import load
from pipeline.stages.documents import DocumentsStage
from pipeline.stages.ledger import Ledger
from shards.schema import PAGE, batch_of

JUDGEMENTS = Path(__file__).parents[1] / "filters" / "license_judgements.yaml"
SECOND = JUDGEMENTS.with_name("license_second_judgements.yaml")
DATA = Path(os.environ.get("YULIAO_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
SURE = Range(min=0.85)  # the bound of the stage `rights`
ACCEPTED = re.compile(
    r"^(?:CC0|CC-PDM|CC-BY-\d|CC-BY-SA|LicenseRef-CC-BY(?:-SA)?$|by$|by-sa$|zero$|mark$|publicdomain$)"
)


@dataclass(frozen=True)
class Sample:
    """A page, and the licence of its text as judged; null if none."""

    id: str
    url: str
    html: bytes
    content_type: str
    license: str | None
    headers: tuple[tuple[str, str], ...] = ()


def records(data: Path) -> Iterator[tuple[str, str, bytes, str]]:
    """Yield id, URL, payload and content type of every page of the pack."""
    for file in [data / "extraction" / "pages.warc.gz", *sorted((data / "rawwarc").glob("*.warc.gz"))]:
        with file.open("rb") as stream:
            for record in ArchiveIterator(stream, record_types=WarcRecordType.response):
                identity = record.headers.get("WARC-X-Item-Id") or f"<{(record.record_id or '').strip('<>')}>"
                url = record.headers.get("WARC-Target-URI") or ""
                yield identity, url, record.reader.read(), record.http_content_type or ""


def judged(data: Path) -> list[Sample]:
    labels = yaml.safe_load(JUDGEMENTS.read_text(encoding="utf-8"))
    return [
        Sample(identity, url, html, content_type, labels[identity]["license"])
        for identity, url, html, content_type in records(data)
        if identity in labels
    ]


def agreement() -> Iterator[str]:
    """Yield how two judges agree: on the licence, and on whether there is one at all."""
    first, second = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in (JUDGEMENTS, SECOND))
    pairs = [(first[page]["license"] or "", given["license"] or "") for page, given in second.items()]
    no_grant = ("", "LicenseRef-AllRightsReserved")
    for what, answers in (("licence", pairs), ("licensed", [(a not in no_grant, b not in no_grant) for a, b in pairs])):
        counts = [Counter(side) for side in zip(*answers, strict=True)]
        observed = sum(a == b for a, b in answers) / len(answers)
        expected = sum(counts[0][value] * counts[1][value] for value in counts[0]) / len(answers) ** 2
        yield f"| {what} | {observed:.3f} | {(observed - expected) / (1 - expected):.3f} | {len(answers)} |"


def sample_web() -> list[Sample]:
    from tests.sample_web.web import pages

    return [
        Sample(page.id, page.url, page.body, dict(page.headers).get("Content-Type", ""), page.license, page.headers)
        for page in pages()
        if page.status == 200
    ]


def batch(samples: Sequence[Sample]) -> pa.RecordBatch:
    rows = [
        {"id": s.id, "text": "", "source": "web", "source_id": s.id, "url": s.url, "payload": s.html}
        | {"content_type": s.content_type, "headers": [{"name": name, "value": value} for name, value in s.headers]}
        for s in samples
    ]
    return batch_of(rows, PAGE)


# The detectors: a licence per page (whatever its confidence), and the licence they would ship the text under.

Found = list[tuple[str | None, str | None]]


def ours(samples: Sequence[Sample]) -> Found:
    filter = License(confidence=SURE)
    signals, columns = filter.annotate(Documents(batch(samples)))
    refused, unsure = filter.verdict.broken(signals["verdict"]), SURE.broken(signals["confidence"])
    kept = [not (v or c) for v, c in zip(refused, unsure, strict=True)]
    return [(named, named if keep else None) for named, keep in zip(columns["license"].to_pylist(), kept, strict=True)]


def ours_confirmed(samples: Sequence[Sample]) -> Found:
    """As if the pages of every host agreed: what a site's licence would add, which one page cannot show."""
    filter = License()
    signals, columns = filter.annotate(Documents(batch(samples)))
    refused = filter.verdict.broken(signals["verdict"])
    unsure = SURE.broken(signals["confidence"]) & (np.array(columns["license_scope"].to_pylist()) != "site")
    named = columns["license"].to_pylist()
    return [
        (license, None if no or maybe else license) for license, no, maybe in zip(named, refused, unsure, strict=True)
    ]


FAST = re.compile(
    rb"https?://creativecommons\.org/licenses/(by|by-sa|by-nd|by-nc|by-nc-sa|by-nc-nd|publicdomain)[\"/ >]",
    re.IGNORECASE,
)
FULL = re.compile(
    rb"<(?:a|link|meta)\s[^>]*?(?:href|content)\s*=\s*[\"']?https?://(?:www\.)?creativecommons\.org/"
    rb"(?:licenses|publicdomain)/([a-z-]+)/?(\d\.\d)?",
    re.IGNORECASE,
)


def dolma_fast(samples: Sequence[Sample]) -> Found:
    """Every hit is a span over the whole document; Common Pile then drops NC and ND."""
    return [_first([(hit.decode().lower(), "") for hit in FAST.findall(sample.html)]) for sample in samples]


def dolma(samples: Sequence[Sample]) -> Found:
    return [_first([(a.decode().lower(), b.decode()) for a, b in FULL.findall(sample.html)]) for sample in samples]


def _first(hits: list[tuple[str, str]]) -> tuple[str | None, str | None]:
    if not hits:
        return None, None
    restricted = any("nc" in element.split("-") or "nd" in element.split("-") for element, _ in hits)
    named = _spdx(*hits[0])
    return named, None if restricted else named


def _spdx(element: str, version: str | None) -> str:
    if element in ("zero", "cc-zero"):
        return "CC0-1.0"
    return f"CC-{element.upper()}-{version}" if version else f"LicenseRef-CC-{element.upper()}"


C5_URL = re.compile(r"creativecommons\.org/(?:licenses|publicdomain)/([a-z-]+)(?:/(\d\.\d))?", re.IGNORECASE)
C5_ORDER = {"meta": 0, "json-ld": 1, "link": 2, "a": 3}


def c5(samples: Sequence[Sample]) -> Found:
    """All candidates by meta, JSON-LD, link, a; then head; then footer. Shipped: those without disagreement or NC."""
    return [_c5(LexborHTMLParser(sample.html)) for sample in samples]


def _c5(tree: LexborHTMLParser) -> tuple[str | None, str | None]:
    found = sorted(_c5_candidates(tree), key=lambda candidate: candidate[0])
    if not found:
        return None, None
    named = found[0][1]
    disagree = len({license for _, license in found}) > 1
    return named, None if disagree or "-NC" in named or "unknown" in named else named


def _c5_candidates(tree: LexborHTMLParser) -> Iterator[tuple[tuple[int, bool, bool], str]]:
    sources = [("meta", 'meta[name="license"], meta[property="og:license"]', "content")]
    sources += [("link", 'link[href*="creativecommons.org"]', "href"), ("a", 'a[href*="creativecommons.org"]', "href")]
    for kind, selector, attribute in sources:
        for node in tree.css(selector):
            if match := C5_URL.search(node.attributes.get(attribute) or ""):
                yield (C5_ORDER[kind], not _inside(node, "head"), not _inside(node, "footer")), _c5_name(match)
    for node in tree.css('script[type="application/ld+json"]'):
        try:
            data = json.loads(node.text())
        except ValueError:
            continue
        for item in data if isinstance(data, list) else [data]:
            value = item.get("license") if isinstance(item, dict) else None
            for license in value if isinstance(value, list) else [value]:
                text = (license.get("@id") or license.get("url")) if isinstance(license, dict) else license
                if isinstance(text, str) and (match := C5_URL.search(text)):
                    yield (C5_ORDER["json-ld"], not _inside(node, "head"), not _inside(node, "footer")), _c5_name(match)


def _c5_name(match: re.Match[str]) -> str:
    return _spdx(match[1].lower(), match[2]) if match[2] else "cc-unknown"


def _inside(node: LexborNode, name: str) -> bool:
    current: LexborNode | None = node
    while current is not None:
        text = f"{current.tag} {current.attributes.get('id')} {current.attributes.get('class')}" if current.tag else ""
        if name in text:
            return True
        current = current.parent
    return False


# Scores.


def family(license: str | None) -> str | None:
    """A licence without its version and port, so that detectors that read no version are not marked down for it."""
    if license is None:
        return None
    return re.sub(r"-\d\.\d(?:-[A-Z]{2,3})?$", "", license.removeprefix("LicenseRef-"))


def scores(samples: Sequence[Sample], found: Found) -> list[str]:
    """Return the cells of a row: licence named (precision, recall), exact id, text shipped (precision, recall)."""
    named = [(family(s.license), family(f)) for s, (f, _) in zip(samples, found, strict=True)]
    exact = [(s.license, f) for s, (f, _) in zip(samples, found, strict=True)]
    shipped = [
        (s.license is not None and bool(ACCEPTED.match(s.license)), f is not None and (family(s.license), family(f)))
        for s, (_, f) in zip(samples, found, strict=True)
    ]
    right = sum(truth == guess for truth, guess in named if guess and truth)
    cells = [_ratio(right, sum(guess is not None for _, guess in named))]
    cells += [_ratio(right, sum(truth is not None for truth, _ in named))]
    cells += [_ratio(sum(t == g for t, g in exact if t and g), sum(g is not None for _, g in exact))]
    good = sum(bool(pair) and may and pair[0] == pair[1] for may, pair in shipped)  # type: ignore[index]
    cells += [_ratio(good, sum(bool(pair) for _, pair in shipped)), _ratio(good, sum(may for may, _ in shipped))]
    return cells


def _ratio(part: int, whole: int) -> str:
    return f"{part / whole:.3f} ({part}/{whole})" if whole else "-"


def speed(data: Path) -> Iterator[tuple[str, float, int]]:
    """Yield pages per CPU second of each detector over the raw crawl mix."""
    samples = [Sample(*record, license=None) for record in records(data) if not record[0].startswith("ex-")]
    speaking = heard(batch(samples).column("payload"))
    quiet = [sample for row, sample in enumerate(samples) if row not in speaking]
    for name, detector, pages in (
        ("ours, pages without a signal", ours, quiet),
        ("ours, all pages", ours, samples),
        ("dolma cc_re_fast", dolma_fast, samples),
        ("C5", c5, samples),
    ):
        best = min(_seconds(detector, pages) for _ in range(3))
        yield name, len(pages) / best, len(pages)


def _seconds(detector: Callable[[Sequence[Sample]], Found], samples: Sequence[Sample]) -> float:
    start = time.process_time()
    for first in range(0, len(samples), 512):
        detector(samples[first : first + 512])
    return time.process_time() - start


def cheap_first(data: Path) -> str:
    """Return what rejecting pages before they are parsed spares the steps of common_crawl.yaml, on a tenth."""
    config = load("configs/common_crawl.yaml", ["input=unread"])
    documents = next(stage for stage in config.stages if isinstance(stage, DocumentsStage))
    pages = [Sample(*record, license=None) for record in records(data) if not record[0].startswith("ex-")]
    pages = sorted(pages, key=lambda page: hashlib.sha256(page.id.encode()).digest())[: len(pages) // 10]
    rows = batch(pages)
    judged = judge([License()], rows).documents.column("rejected_by")
    refused = len(pages) - judged.null_count
    settings = documents.model_dump()
    without = DocumentsStage.model_validate({**settings, "steps": settings["steps"][1:]})
    seconds: dict[str, list[float]] = {}
    for _ in range(3):  # the first compiles
        for name, stage in (("with", documents), ("without", without)):
            start = time.process_time()
            stage._take(rows, Ledger(stage.signals_schema()), stage.segments)
            seconds.setdefault(name, []).append(time.process_time() - start)
    spent = {name: min(each[1:]) for name, each in seconds.items()}
    ratio = spent["without"] / spent["with"]
    return f"| {len(pages)} | {refused} | {spent['with']:.2f} | {spent['without']:.2f} | {ratio:.1f} |"


def annotator_cases(data: Path) -> Iterator[tuple[str, bool, str]]:
    """Yield C5's own unit cases on whole pages: what they hold, whether we agree, and what we find."""
    with gzip.open(data / "licence" / "cc_annotator_cases.jsonl.gz", "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            if "html_input" in row["case"]:
                expected = [_spdx(entry["abbr"], entry["version"]) for entry in row["case"]["expected_licenses"]]
                found = ours([Sample(row["id"], "https://case.example/", row["case"]["html_input"].encode(), "", None)])
                yield row["id"], found[0][0] == (expected[0] if expected else None), f"{expected} → {found[0][0]}"


def main() -> None:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    detectors = {
        "ours": ours,
        "ours, if hosts agree": ours_confirmed,
        "dolma cc_re_fast": dolma_fast,
        "dolma cc_re": dolma,
        "C5": c5,
    }
    for title, samples in (
        ("99 real pages with Creative Commons links", judged(data)),
        ("the sample web", sample_web()),
    ):
        print(f"\n{title}: {len(samples)} pages, {Counter(s.license is not None for s in samples)[True]} licensed\n")
        print("| detector | precision | recall | exact id | shipped: precision | shipped: recall |")
        print("| --- | --- | --- | --- | --- | --- |")
        for name, detector in detectors.items():
            print(f"| {name} | " + " | ".join(scores(samples, detector(samples))) + " |")
    print("\n| two judges on | agree | kappa | pages |\n| --- | --- | --- | --- |", *agreement(), sep="\n")
    print("\n| C5's case | agrees | theirs → ours |\n| --- | --- | --- |")
    for name, agrees, what in annotator_cases(data):
        print(f"| {name} | {agrees} | {what} |")
    print("\n| detector | pages/s (CPU) | pages |\n| --- | --- | --- |")
    for name, rate, pages in speed(data):
        print(f"| {name} | {rate:,.0f} | {pages} |")
    print("\n| pages | refused unparsed | CPU s with `license` | without | ratio |\n| --- | --- | --- | --- | --- |")
    print(cheap_first(data))


if __name__ == "__main__":
    main()
