"""Verdicts of Gopher quality and repetition, C4 and FineWeb against datatrove's, and every one that differs.

    python -m tests.benchmarks.filters_agreement ../shared/data verdicts.jsonl [a run's folder] [seconds] [raw]

Needs datatrove as `filters.py` does. datatrove is slow, so its verdicts are kept in the file, a line a document, and a
run that is stopped goes on from there; after so many seconds it stops by itself. Every text of 200 characters or more
in English is compared, and all in the folder of a run over the raw crawl (kept and rejected) if it is named. Both sides
read a text as the step `normalize` leaves it, which is how filters get it; without `raw` as the last word, that is.
"""

import json
import sys
import time
from collections.abc import Callable
from hashlib import md5
from importlib.metadata import version
from pathlib import Path
from typing import Any

from datatrove.data import Document
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.pipeline.filters.base_filter import BaseFilter

from filters.base import Filter
from filters.c4 import C4
from filters.chain import judge
from filters.fineweb import FineWeb
from filters.gopher_quality import GopherQuality
from filters.gopher_repetition import GopherRepetition
from pipeline.extract.normalise import Normalize
from tests.benchmarks.filter_texts import LANGUAGES, batch, texts

PAIRS: list[tuple[Filter, Callable[..., BaseFilter]]] = [
    (GopherQuality(), GopherQualityFilter),
    (GopherRepetition(), GopherRepetitionFilter),
    (FineWeb(), FineWebQualityFilter),
    (C4(), C4QualityFilter),
]


def verdict(peer: BaseFilter, text: str) -> str | None:
    """Return the reason for which datatrove rejects the text."""
    try:
        found = peer.filter(Document(text=text, id=""))
    except ZeroDivisionError:
        return "it has no words"
    return None if found is True else str(found[1]) if isinstance(found, tuple) else "rejected"


def digest(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def theirs(documents: list[str], path: Path, seconds: float) -> dict[str, list[str | None]]:
    """Return datatrove's verdicts by digest: those in the file, and as many more as there is time for."""
    known = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    found = {row["id"]: row["verdicts"] for row in known}
    peers = [make() for _, make in PAIRS]
    end = time.monotonic() + seconds
    with path.open("a") as file:
        for text in documents:
            if digest(text) not in found and time.monotonic() < end:
                found[digest(text)] = [verdict(peer, text) for peer in peers]
                file.write(json.dumps({"id": digest(text), "verdicts": found[digest(text)]}) + "\n")
    return found


def main() -> None:
    data, path = Path(sys.argv[1]), Path(sys.argv[2])
    run = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    documents = texts(data, LANGUAGES["eng_Latn"], run)
    if sys.argv[-1] != "raw":
        documents = [Normalize().normal(text)[0] for text in documents]
    peer = theirs(documents, path, float(sys.argv[4]) if len(sys.argv) > 4 else 1e9)
    documents = [text for text in documents if digest(text) in peer]
    print(f"datatrove {version('datatrove')}, English documents of {data.name}\n")
    differing: list[dict[str, Any]] = []
    print("| filter | documents | rejected by them, by us | equal verdicts |\n|---|---|---|---|")
    for column, (filter, _) in enumerate(PAIRS):
        judgement = judge([filter], batch(documents, "eng_Latn"))
        ours = judgement.documents["rejected_by"].to_pylist()
        other = [peer[digest(text)][column] for text in documents]
        unequal = [row for row in range(len(ours)) if (ours[row] is None) != (other[row] is None)]
        differing += [
            {"filter": filter.name, "ours": ours[row], "theirs": other[row], "text": documents[row]} for row in unequal
        ]
        print(
            f"| `{filter.name}` | {len(ours)} | {len(ours) - other.count(None)}, {len(ours) - ours.count(None)} "
            f"| {1 - len(unequal) / len(ours):.2%} |"
        )
    for row in differing:
        print(f"    {row['filter']}: ours {row['ours']}, theirs {row['theirs']}: {row['text'][:60]!r}", file=sys.stderr)


if __name__ == "__main__":
    main()
