"""The texts that filters are measured on: every document of the development data in a language, and those of a run."""

import gzip
import json
from collections.abc import Iterator
from hashlib import md5
from pathlib import Path

import pyarrow as pa

from shards.schema import DOCUMENT, batch_of

LANGUAGES = {
    "eng_Latn": ("en", "eng_Latn"),
    "zho_Hans": ("zh", "zh-Hans", "zho_Hans"),
    "jpn_Jpan": ("ja", "jpn_Jpan"),
    "tha_Thai": ("th", "tha_Thai"),
}
FILES = (
    "extraction/gt",
    "extraction/oracle_gt",
    "domain/docs",
    "neardup/docs",
    "quality/dclm_human",
    "lid/documents",
    "toxic/toxic",
    "zh/web_text_zh",
)
ENGLISH = ("quality/dclm_human",)  # without a language in its rows


def texts(data: Path, tags: tuple[str, ...], run: Path | None) -> list[str]:
    """Return the different documents of 200 characters or more, in an order by digest that favours no source."""
    found = {}
    for text in (*_all_texts(data, tags), *(_of_run(run, tags) if run else ())):
        if 200 <= len(text) < 200_000:
            found[_digest(text)] = text
    return [found[digest] for digest in sorted(found, key=lambda digest: (1 - (digest[0] & 1), digest))]


def timed_texts(data: Path, language: str, most: int) -> list[str]:
    """Return texts of under 20,000 characters, so that English ones have the 5 KB for which others give figures."""
    return [text for text in texts(data, LANGUAGES[language], None) if len(text) < 20_000][:most]


def batch(documents: list[str], language: str) -> pa.RecordBatch:
    """Return the texts as documents of a language."""
    return batch_of(
        [
            {"id": str(i), "source": "", "source_id": str(i), "text": text, "language": language}
            for i, text in enumerate(documents)
        ],
        DOCUMENT,
    )


def _digest(text: str) -> bytes:
    return md5(text.encode(), usedforsecurity=False).digest()


def _all_texts(data: Path, tags: tuple[str, ...]) -> Iterator[str]:
    for name in FILES:
        for line in gzip.decompress((data / f"{name}.jsonl.gz").read_bytes()).splitlines():
            row = json.loads(line)
            if row.get("lang", "en" if name in ENGLISH else "zh") in tags and row.get("text"):
                yield row["text"]


def _of_run(run: Path, tags: tuple[str, ...]) -> Iterator[str]:
    for path in sorted(run.rglob("*.arrow")):
        if path.parent.name in ("kept", "rejected"):
            table = pa.ipc.open_file(pa.OSFile(str(path))).read_all()
            for text, language in zip(table["text"].to_pylist(), table["language"].to_pylist(), strict=True):
                if text and language in tags:
                    yield text
