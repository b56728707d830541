"""What lies in a release, and who writes it: the one table of its files.

A file that is not in the table is no part of a release, and `yuliao validate` names it. A stage or a job that adds
files to a release adds its line here, and to the table of docs/using.md; a test holds both equal.
"""

import fnmatch
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shards.release.splits import TRAIN

UNKNOWN_LICENSE = "unknown"  # the class of documents of which no licence is known


@dataclass(frozen=True)
class Entry:
    """One kind of file in a release: its path below the release, who writes it, and what it is."""

    path: str  # `{language}` and the like stand for a name within one folder
    writer: str
    what: str
    listed: bool = True  # by the manifest, with its SHA-256

    @property
    def pattern(self) -> re.Pattern[str]:
        """What the paths of such files match as a whole."""
        parts = re.split(r"\{(\w+)\}", self.path)
        return re.compile("".join(_FIELDS[part] if odd % 2 else re.escape(part) for odd, part in enumerate(parts)))


_FIELDS = {
    "language": r"[A-Za-z0-9_]+",
    "class": r"[a-z]+",
    "number": r"\d{5,}",
    "digest": r"[0-9a-f]{16}",
    "level": r"\d{1,2}",
    "tile": r"(?:x\d{3}/)*\d{3}(?:\.p/\d{1,3})?",
}

ENTRIES = (
    Entry("README.md", "publish", "the dataset card: `load_dataset` reads its configurations and splits"),
    Entry("manifest.json", "publish", "every file with its rows, bytes and SHA-256; written last", listed=False),
    Entry("lineage-{digest}.json.gz", "publish", "what the release was made from: settings, code, libraries, tasks"),
    Entry(
        "data/{language}/{class}-{number}.arrow",
        "publish",
        "documents of one language and class of licence (`unlicensed`: no known licence)",
    ),
    Entry("data/{language}/{class}-validation-{number}.arrow", "publish", "documents of the split `validation`"),
    Entry(
        "attribution/{language}/{class}-{number}.jsonl.gz",
        "publish",
        "title, author, source and licence of each document, for attribution",
    ),
    Entry("attribution/{language}/{class}-validation-{number}.jsonl.gz", "publish", "the same for `validation`"),
    Entry("duplicates/{number}.arrow", "publish", "the duplicates that `dedup` rejected, with their survivors"),
    Entry("superseded/{number}.arrow", "publish", "documents of earlier releases that this release replaces"),
    Entry("SHA256SUMS", "commit", "for `sha256sum -c`: every file except those that signing writes", listed=False),
    Entry("checkpoint", "commit", "origin, size and root of the tree over all records; signed or not", listed=False),
    Entry("verify.py", "commit", "checks the release, its signature and proofs; one file", listed=False),
    Entry("commitments/tree.json", "commit", "what the checkpoint states, and where the leaves are", listed=False),
    Entry("commitments/{language}/{class}-{number}.arrow", "commit", "a salt for each document", listed=False),
    Entry(
        "commitments/{language}/{class}-validation-{number}.arrow",
        "commit",
        "the same for `validation`",
        listed=False,
    ),
    Entry("leaves/{number}.arrow", "commit", "the records, sorted by the key of their address", listed=False),
    Entry("tile/{level}/{tile}", "commit", "the hashes of the tree (C2SP tlog-tiles)", listed=False),
    Entry("croissant.json", "commit", "the release as MLCommons Croissant 1.1, with RAI terms", listed=False),
    Entry("DATASHEET.md", "commit", "what is known about the release, and questions for its publisher", listed=False),
    Entry("policy/{class}.odrl.jsonld", "commit", "an ODRL offer for each class of licence", listed=False),
    Entry("tombstones.arrow", "takedown", "ids of the documents that were taken down", listed=False),
    Entry("keys.vkey", "sign", "the public keys of the signer of `checkpoint`", listed=False),
    Entry(
        "log.tlog-proof", "sign", "proof that the release is an entry of the signed log (C2SP tlog-proof)", listed=False
    ),
)

# What the hub's tools and git put beside a dataset, and nobody publishes.
TOOLS = (".gitattributes", ".gitignore", ".git/*", ".cache/*", ".huggingface/*")


def shard_path(language: str, license_class: str, split: str, number: int) -> str:
    """Return where a shard of documents lies."""
    return f"data/{language}/{_word(license_class)}{_infix(split)}-{number:05}.arrow"


def shard_glob(language: str, license_class: str, split: str, suffix: str = "arrow") -> str:
    """Return the pattern of all shards of a language (`*`: of all languages), a class and a split, and of no others."""
    return f"data/{language}/{_word(license_class)}{_infix(split)}-[0-9]*.{suffix}"


def _word(license_class: str) -> str:
    """Return the class as the name of a file says it: of documents without a known licence in so many words."""
    return "unlicensed" if license_class == UNKNOWN_LICENSE else license_class


def attribution_path(shard: str) -> str:
    """Return where the attributions of a shard lie."""
    return "attribution/" + shard.removeprefix("data/").removesuffix(".arrow") + ".jsonl.gz"


def table_path(table: str, number: int) -> str:
    """Return where a file of `duplicates` or `superseded` lies."""
    return f"{table}/{number:05}.arrow"


def lineage_path(sha256: str) -> str:
    """Return where the lineage with this digest lies."""
    return f"lineage-{sha256[:16]}.json.gz"


def is_lineage(path: str) -> bool:
    """Return whether a path is that of a lineage, of this release or of one that lay here before."""
    return any(entry.pattern.fullmatch(path) for entry in ENTRIES if entry.path.startswith("lineage-"))


def unexpected(paths: Iterable[str], listed: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the paths in a release that should not be there, or not be listed, each with why; `listed` the manifest's.

    What the hub's tools and git put there is passed over.
    """
    named = set(listed)
    tools = re.compile("|".join(map(fnmatch.translate, TOOLS)))
    for path in sorted({*paths, *named}):
        entry = next((entry for entry in ENTRIES if entry.pattern.fullmatch(path)), None)
        if entry is None and not (tools.fullmatch(path) and path not in named):
            yield path, "is no part of a release"
        elif entry is not None and entry.listed and path not in named:
            yield path, "is not in the manifest"


def writer_of(path: str) -> str | None:
    """Return who writes a file of a release, or None of what is no part of one."""
    return next((entry.writer for entry in ENTRIES if entry.pattern.fullmatch(path)), None)


def _infix(split: str) -> str:
    return "" if split == TRAIN else f"-{split}"
