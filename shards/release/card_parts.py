"""The parts of a card below its head: sizes, columns, how to load it, what was rejected, and whom to ask.

Every number is from the manifest or from receipts, so that the card is the same for the same release.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel

from shards.receipts import UNKNOWN_LANGUAGE
from shards.release.layout import shard_glob
from shards.release.manifest import Documents, by_language, by_license, rows_in
from shards.release.splits import TRAIN, VALIDATION
from shards.tables import rows

COLUMNS = Path(__file__).with_name("columns.tsv")
CODES = Path(__file__).with_name("language_codes.tsv")
NO_LANGUAGE = {UNKNOWN_LANGUAGE, "zxx", "mul"}
BUILDERS = {"arrow": "arrow", "parquet": "parquet", "jsonl": "json"}  # of `datasets`, by the ending of a file
REASONS = 40  # of a funnel that are told


class ColumnsRow(BaseModel, frozen=True, extra="forbid"):
    """A row of `columns.tsv`: columns that belong together, and what they hold."""

    names: str
    content: str


class CodeRow(BaseModel, frozen=True, extra="forbid"):
    """A row of `language_codes.tsv`: a language of ISO 639-3, and what ISO 639-1 calls it or what it is part of."""

    language: str
    code: str


@dataclass(frozen=True)
class Step:
    """A stage that judged documents: how many came, stayed and went, and why."""

    stage: str
    documents: int
    kept: int
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Making:
    """How a release was made: what a card tells of it beyond its files."""

    steps: Sequence[Step] = ()
    sources: Sequence[str] = ()
    lineage: str = ""  # the name of the file, which is its digest
    contact: str = ""  # an address or a page


def language_codes(documents: Sequence[Documents]) -> list[str]:
    """Return the languages as the hub names them: ISO 639-1 where there is one, else ISO 639-3."""
    short = {row.language: row.code for row in rows(CODES, CodeRow)}
    tags = (tag.partition("_")[0] for tag in by_language(documents))
    return sorted({short.get(tag, tag) for tag in tags if tag not in NO_LANGUAGE})


def sizes(documents: Sequence[Documents]) -> Iterator[str]:
    """Yield tables of the documents by language, by class of licence and by licence."""
    yield from ("## Sizes", "")
    yield from _sizes("language", by_language(documents))
    classes: dict[str, list[Documents]] = {}
    for file in documents:
        classes.setdefault(file.license_class, []).append(file)
    yield from _sizes("class of licence", dict(sorted(classes.items())))
    yield from ("| licence | documents |", "|---|---:|")
    yield from (f"| {name or 'none'} | {count:,} |" for name, count in by_license(documents).items())
    yield ""


def _sizes(title: str, groups: Mapping[str, Sequence[Documents]]) -> Iterator[str]:
    yield from (
        f"| {title} | documents | held out | characters | bytes of text | bytes of files |",
        "|---|" + "---:|" * 5,
    )
    for name, members in groups.items():
        held_out = rows_in([file for file in members if file.split == VALIDATION])
        texts = [_total(file.characters for file in members), _total(file.text_bytes for file in members)]
        counts = [f"{rows_in(members):,}", f"{held_out:,}", *texts, f"{sum(file.bytes for file in members):,}"]
        yield f"| {name} | {' | '.join(counts)} |"
    yield ""


def _total(counts: Iterable[int | None]) -> str:
    """Return a sum; of releases that an earlier version wrote, nothing."""
    known = list(counts)
    return "" if None in known else f"{sum(count for count in known if count is not None):,}"


def loading(documents: Sequence[Documents]) -> Iterator[str]:
    """Yield how to load the documents, from a folder and from a bucket, in their largest language."""
    if not documents:
        return
    languages = by_language(documents)
    name = max(languages, key=lambda tag: (rows_in(languages[tag]), tag))
    trained = [file for file in languages[name] if file.split == TRAIN] or languages[name]
    split, suffix = trained[0].split, trained[0].path.rpartition("-")[2].partition(".")[2]
    globs = sorted({shard_glob(name, file.license_class, split, suffix) for file in trained})
    yield from (
        "## Load it",
        "",
        "From a folder; `FOLDER` is the one in which this card lies:",
        "",
        "```python",
        "from datasets import load_dataset",
        "",
        f'corpus = load_dataset("FOLDER", "{name}", split="{split}")',
        f'stream = load_dataset("FOLDER", "{name}", split="{split}", streaming=True)',
        "```",
        "",
        "From a bucket, without copying it first; a class of licence that is left out of the list is not read:",
        "",
        "```python",
        'bucket = "s3://BUCKET/FOLDER"',
        f"paths = {globs}".replace("'", '"'),
        f'builder, files = "{BUILDERS[suffix.partition(".")[0]]}", [f"{{bucket}}/{{path}}" for path in paths]',
        'stream = load_dataset(builder, data_files={"train": files}, split="train", streaming=True)',
        "```",
        "",
    )


def columns() -> Iterator[str]:
    """Yield what the columns hold."""
    yield from ("## Columns", "", "| columns | content |", "|---|---|")
    for row in rows(COLUMNS, ColumnsRow):
        names = ", ".join(f"`{name}`" for name in row.names.split(", "))
        yield f"| {names} | {row.content} |"
    yield ""


def funnel(making: Making) -> Iterator[str]:
    """Yield what became of the documents that were read."""
    if not making.steps:
        return
    yield from ("## What was rejected", "", "| stage | documents | kept | rejected |", "|---|---:|---:|---:|")
    for step in making.steps:
        yield f"| {step.stage} | {step.documents:,} | {step.kept:,} | {step.documents - step.kept:,} |"
    reasons = sum((Counter(step.reasons) for step in making.steps), Counter[str]())
    told = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    yield ""
    if told:
        yield from ("| rejected by | documents |", "|---|---:|")
        yield from (f"| {reason} | {count:,} |" for reason, count in told[:REASONS])
        if rest := sum(count for _, count in told[REASONS:]):
            yield f"| {len(told) - REASONS} other reasons | {rest:,} |"
        yield ""


def origin(making: Making) -> Iterator[str]:
    """Yield where the documents are from, and what names this version of them."""
    if not making.lineage:
        return
    yield from ("## Origin and version", "")
    if making.sources:
        yield f"Sources: {', '.join(f'`{name}`' for name in making.sources)}. Each document names its own."
        yield ""
    yield (
        f"This version is named by `{making.lineage}`: the settings, the code, the versions of libraries and the inputs"
        " that made it. The same ones give the same bytes; what differs has another name."
    )
    yield ""


def requests(contact: str) -> Iterator[str]:
    """Yield whom to ask, and how documents are taken down."""
    yield from ("## Contact and removal", "")
    who = (
        f"Write to {contact}" if contact else "Write to whoever published this data set: its publisher named no address"
    )
    yield (
        f"{who}. To have documents removed, name them by `id`, by `url`, or by all of a host. They and their copies"
        " are taken out, the next revision lists their ids in `tombstones.arrow`, and a list keeps them out of"
        " later releases. Whoever has loaded the data can leave the same ids out."
    )
    yield ""
