"""Personal data found in the synthetic sentences of presidio-research, and numbers left alone in scientific text.

    python -m tests.benchmarks.pii [DATA]

Compared with the patterns of datatrove (e-mail and public IPv4) and dolma (e-mail, IP, American phones), written anew
from their descriptions. Sentences are split by template: misses among those with an even number were used to improve
the patterns, those with an odd number were not; a few spans of each kind, from both, had been seen beforehand. The
scientific documents have been used to improve the patterns.
"""

import gzip
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from filters.pii_find import find

DATA = Path(os.environ.get("YULIAO_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
GROUPS = {
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "bank_card",
    "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip",
    "US_SSN": "national_id",
}
Found = list[tuple[int, int, str]]

OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
EMAIL = re.compile(r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}\b")
DOLMA_EMAIL = re.compile(r"[.\s@,?!;:)(]*([^\s@]+@[^\s@,?!;:)(]+?)[.\s@,?!;:)(]?[\s\n\r]")
IP = re.compile(rf"\b(?:{OCTET}\.){{3}}{OCTET}\b")
DOLMA_PHONE = re.compile(r"\s+\(?(\d{3})\)?[-\. ]*(\d{3})[-. ]?(\d{4})")


def ours(text: str) -> Found:
    return [(span.start, span.end, span.group) for span in find(text)]


def datatrove(text: str) -> Found:
    return [(*m.span(), "email") for m in EMAIL.finditer(text)] + [(*m.span(), "ip") for m in IP.finditer(text)]


def dolma(text: str) -> Found:
    found = [(*match.span(1), "email") for match in DOLMA_EMAIL.finditer(text)]
    found += [(*match.span(), "ip") for match in IP.finditer(text)]
    return found + [(*match.span(), "phone") for match in DOLMA_PHONE.finditer(text)]


def sentences(data: Path) -> Iterator[tuple[str, Found, int]]:
    with gzip.open(data / "pii" / "presidio_synth.jsonl.gz", "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            spans = [(s, e, GROUPS[kind]) for s, e, kind, _ in row["spans"] if kind in GROUPS]
            yield row["text"], spans, row["template_id"]


def scores(rows: list[tuple[str, Found, int]], detector: Callable[[str], Found]) -> Iterator[tuple[str, int, int, int]]:
    """Yield group, true positives, found and true numbers; a find is right if it overlaps one of its group."""
    right: Counter[str] = Counter()
    found_count: Counter[str] = Counter()
    truth: Counter[str] = Counter()
    for text, spans, _ in rows:
        found = detector(text)
        found_count.update(group for _, _, group in found if group in GROUPS.values())
        truth.update(group for _, _, group in spans)
        right.update(g for s, e, g in spans if any(group == g and a < e and s < b for a, b, group in found))
    for group in GROUPS.values():
        yield group, right[group], found_count[group], truth[group]


def scientific(data: Path) -> list[str]:
    with gzip.open(data / "domain" / "docs.jsonl.gz", "rt", encoding="utf-8") as file:
        return [row["text"] for row in map(json.loads, file)]


def main() -> None:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    rows = list(sentences(data))
    for title, part in (("test templates", 1), ("templates looked at", 0)):
        some = [row for row in rows if row[2] % 2 == part]
        print(
            f"\n{title}: {len(some)} sentences\n\n| detector | group | precision | recall |\n| --- | --- | --- | --- |"
        )
        for name, detector in (("ours", ours), ("datatrove", datatrove), ("dolma", dolma)):
            for group, right, found, true in scores(some, detector):
                precision = f"{right / found:.3f}" if found else "-"
                recall = f"{right / true:.3f} ({right}/{true})" if true else "-"
                print(f"| {name} | {group} | {precision} ({found}) | {recall} |")
    texts = scientific(data)
    characters = sum(map(len, texts))
    print(f"\n{len(texts)} scientific documents, {characters:,} characters\n\n| detector | found |\n| --- | --- |")
    for name, detector in (("ours", ours), ("datatrove", datatrove), ("dolma", dolma)):
        start = time.process_time()
        found = Counter(group for text in texts for _, _, group in detector(text))
        rate = characters / (time.process_time() - start) / 1e6
        print(f"| {name} | {dict(found)} at {rate:.1f} M characters/s |")


if __name__ == "__main__":
    main()
