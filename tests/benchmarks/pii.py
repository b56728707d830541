"""Personal data found in the synthetic sentences of presidio-research, and numbers left alone in scientific text.

    python -m tests.benchmarks.pii [DATA [PYTHON]]

PYTHON is an interpreter that has presidio-analyzer, which is then compared too. Compared with the patterns of datatrove
(e-mail and public IPv4) and dolma (e-mail, IP, American phones), written anew from their descriptions. Sentences are
split by template: misses among those with an even number were used to improve the patterns, those with an odd number
were not; a few spans of each kind, from both, had been seen beforehand. The scientific documents have been used to
improve the patterns. `pii_texts` makes the rest.
"""

import gzip
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from filters.personal.find import find, find_all
from filters.text import segment
from tests.benchmarks.pii_texts import science
from tests.benchmarks.pii_texts import sentences as asian

DATA = Path(os.environ.get("YULIAO_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
GROUPS = {
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "bank_card",
    "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip",
    "US_SSN": "national_id",
    "US_DRIVER_LICENSE": "national_id",
}
Found = list[tuple[int, int, str]]

OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
EMAIL = re.compile(r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}\b")
DOLMA_EMAIL = re.compile(r"[.\s@,?!;:)(]*([^\s@]+@[^\s@,?!;:)(]+?)[.\s@,?!;:)(]?[\s\n\r]")
IP = re.compile(rf"\b(?:{OCTET}\.){{3}}{OCTET}\b")
DOLMA_PHONE = re.compile(r"\s+\(?(\d{3})\)?[-\. ]*(\d{3})[-. ]?(\d{4})")


Detector = Callable[[list[str]], tuple[list[Found], float]]  # what is found in each text, and CPU seconds


def ours(texts: list[str]) -> tuple[list[Found], float]:
    find("")  # compiled
    start = time.process_time()
    found = find_all(segment.characters(pa.array(texts, pa.string())))
    return [[(s.start, s.end, s.group) for s in spans] for spans in found], time.process_time() - start


def presidio(python: str) -> Detector:
    def detect(texts: list[str]) -> tuple[list[Found], float]:
        script = Path(__file__).with_name("pii_peers.py")
        answer = subprocess.run([python, str(script)], input=json.dumps(texts), stdout=-1, text=True, check=True).stdout
        given = json.loads(answer)
        return [[tuple(span) for span in found] for found in given["found"]], given["seconds"]

    return detect


def each(detector: Callable[[str], Found]) -> Detector:
    def detect(texts: list[str]) -> tuple[list[Found], float]:
        start = time.process_time()
        found = [detector(text) for text in texts]
        return found, time.process_time() - start

    return detect


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


def scores(rows: list[tuple[str, Found, int]], detector: Detector) -> Iterator[tuple[str, int, int, int]]:
    """Yield group, true positives, found and true numbers; a find is right if it overlaps one of its group."""
    right: Counter[str] = Counter()
    found_count: Counter[str] = Counter()
    truth: Counter[str] = Counter()
    every, _ = detector([text for text, *_ in rows])
    for (_, spans, _), found in zip(rows, every, strict=True):
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
    detectors: dict[str, Detector] = {"ours": ours, "datatrove": each(datatrove), "dolma": each(dolma)}
    if len(sys.argv) > 2:
        detectors["presidio"] = presidio(sys.argv[2])
    rows = list(sentences(data))
    for title, part in (("test templates", 1), ("templates looked at", 0)):
        some = [row for row in rows if row[2] % 2 == part]
        print(
            f"\n{title}: {len(some)} sentences\n\n| detector | group | precision | recall |\n| --- | --- | --- | --- |"
        )
        for name, detector in detectors.items():
            for group, right, found, true in scores(some, detector):
                precision = f"{right / found:.3f}" if found else "-"
                recall = f"{right / true:.3f} ({right}/{true})" if true else "-"
                print(f"| {name} | {group} | {precision} ({found}) | {recall} |")
    _asian(detectors)
    for title, texts in (("scientific documents", scientific(data)), ("generated tables and formulas", science())):
        _false_alarms(title, texts, detectors)


def _asian(detectors: dict[str, Detector]) -> None:
    made = list(asian())
    print(f"\n{len(made)} generated sentences: recall by kind\n\n| kind | {' | '.join(detectors)} |")
    print("| --- |" + " --- |" * len(detectors))
    texts = [text for _, (text, _) in made]
    every = {name: detector(texts)[0] for name, detector in detectors.items()}
    hits: dict[str, Counter[str]] = {}
    for index, (kind, (_, spans)) in enumerate(made):
        (start, end, group) = spans[0]
        counter = hits.setdefault(kind, Counter())
        counter["all"] += 1
        counter.update(n for n, f in every.items() if any(g == group and a < end and start < b for a, b, g in f[index]))
    for kind, counter in hits.items():
        print(f"| {kind} | " + " | ".join(f"{counter[name] / counter['all']:.2f}" for name in detectors) + " |")


def _false_alarms(title: str, texts: list[str], detectors: dict[str, Detector]) -> None:
    print(f"\n{len(texts)} {title}\n\n| detector | characters | found | per million | M characters/s |")
    print("| --- | --- | --- | --- | --- |")
    for name, detector in detectors.items():
        some = texts[:: 20 if name == "presidio" else 1]  # it is too slow for all of them
        every, seconds = detector(some)
        characters = sum(map(len, some))
        found = Counter(group for spans in every for _, _, group in spans)
        rate = found.total() / characters * 1e6
        kinds = dict(sorted(found.items()))
        print(f"| {name} | {characters:,} | {kinds} | {rate:.1f} | {characters / seconds / 1e6:.2f} |")


if __name__ == "__main__":
    main()
