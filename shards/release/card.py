"""The Hugging Face dataset card of a release or an export: `load_dataset(path, "zho_Hans")` works because of it.

It has a configuration per language, and `default` with every document; each has the splits that have documents.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from shards.release import card_parts
from shards.release.card_parts import Making
from shards.release.layout import UNKNOWN_LICENSE, shard_glob
from shards.release.manifest import Documents, by_language, by_license, rows_in
from shards.release.splits import HELD_OUT, TRAIN, VALIDATION

HUB_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
HUB_LICENSES = {"CC0-1.0": "cc0-1.0", "CC-BY-4.0": "cc-by-4.0", "CC-BY-SA-4.0": "cc-by-sa-4.0"}
DEFAULT = "default"
UNTOLD = Making()

ABOUT = (
    "Every document carries its licence and the evidence for it (`license`, `license_class`, `license_scope`, "
    "`evidence`), and where it came from (`url`, `source`, `provenance`). `manifest.json` lists every file with its "
    "SHA-256; the lineage beside it has the settings, the code and the libraries that made it.",
    "Who is to be named for each document stands beside its shard, a line each in the same order: title, author, "
    "source, address, licence and what was changed (`attribution/`, gzipped JSON Lines).",
)
SPLITS = (
    f"About {100 * HELD_OUT:g} % of the documents are held out as `validation`, in every language that has enough of "
    "them. The side is drawn by the hash of a document's cluster of near duplicates, or of its id if it has no copies: "
    "copies are on one side, and a document is on the same side in every release in which its cluster keeps its name."
)


def render(
    title: str,
    documents: Sequence[Documents],
    about: Sequence[str],
    declared: Iterable[str] = (),
    *,
    trial: int | None = None,
    making: Making = UNTOLD,
) -> str:
    """Return the card: YAML that names a configuration per language, then paragraphs about the data, and tables.

    `declared` are lines of YAML that declare the columns, for formats that do not: `features`. Of a `trial`, so many
    documents were read of each source. `making` is how the release came about, as far as that is told here.
    """
    title = title if trial is None else f"{title} (trial)"
    codes = card_parts.language_codes(documents)
    paragraphs = (*_trial(trial), *_unlicensed(documents), *about)
    license_ = _license(documents)
    return "\n".join(
        [
            "---",
            f"pretty_name: {json.dumps(title, ensure_ascii=False)}",
            *(["language:", *(f"- {json.dumps(code)}" for code in codes)] if codes else []),
            *license_,
            f"size_categories: [{_size(rows_in(documents))}]",
            "task_categories: [text-generation]",
            *(["configs:"] if documents else []),
            *(line for name, files in configurations(documents).items() for line in _config(name, files)),
            *declared,
            "---",
            "",
            f"# {title}",
            "",
            *(line for paragraph in paragraphs for line in (paragraph.strip(), "")),
            *card_parts.loading(documents),
            *card_parts.sizes(documents),
            *card_parts.columns(),
            *card_parts.funnel(making),
            *card_parts.origin(making),
            *card_parts.requests(making.contact),
        ]
    )


def _trial(limit: int | None) -> Iterator[str]:
    if limit is not None:
        yield f"**A trial: at most {limit:,} documents of each source were read.** It does not represent the whole run."


def _unlicensed(documents: Sequence[Documents]) -> Iterator[str]:
    """Yield what is to be said first of documents of which no licence is known."""
    if rows := rows_in([file for file in documents if file.license_class == UNKNOWN_LICENSE]):
        yield (
            f"**Unlicensed: no licence is known for {rows:,} {'document' if rows == 1 else 'documents'}.** They are in "
            "the files `unlicensed-*`, for inspection only: nobody has permitted copying them or training on them."
        )


def configurations(documents: Sequence[Documents]) -> dict[str, list[Documents]]:
    """Return the documents of each configuration: `default`, then each language; none if there are no documents."""
    everything: dict[str, list[Documents]] = {DEFAULT: list(documents)} if documents else {}
    return everything | by_language(documents)


def features(documents: Sequence[Documents], schema: pa.Schema) -> Iterator[str]:
    """Yield lines of the card that declare the columns, for files that do not tell an empty column's type."""
    declared = json.dumps([{"name": field.name, **_feature(field.type)} for field in schema])
    names = list(configurations(documents))
    yield from (["dataset_info:"] if names else [])
    for name in names:
        yield f"- config_name: {name}"
        yield f"  features: {declared}"


def _feature(kind: pa.DataType) -> dict[str, Any]:
    """Return a type in the words of `datasets`."""
    if pa.types.is_list(kind):
        item = _feature(kind.value_type)
        return {"list": item["struct"] if "struct" in item else item["dtype"]}
    if pa.types.is_struct(kind):
        return {"struct": [{"name": field.name, **_feature(field.type)} for field in kind]}
    if pa.types.is_date32(kind):
        return {"dtype": "date32"}
    return {"dtype": "float32" if pa.types.is_float32(kind) else str(kind)}


def in_split(documents: Sequence[Documents], split: str) -> list[Documents]:
    """Return the files of a split."""
    return [file for file in documents if file.split == split]


def _config(name: str, documents: Sequence[Documents]) -> Iterator[str]:
    yield f"- config_name: {name}"
    yield "  data_files:"
    for split in (TRAIN, VALIDATION):
        if part := in_split(documents, split):
            yield f"  - split: {split}"
            yield "    path:"
            yield from (f'    - "{glob}"' for glob in globs(name, part))


def globs(name: str, documents: Sequence[Documents]) -> list[str]:
    """Return a pattern per class: whoever leaves the files of a class out still loads the others."""
    language = "*" if name == DEFAULT else name
    suffix = documents[0].path.rpartition("-")[2].partition(".")[2]
    return sorted({shard_glob(language, file.license_class, file.split, suffix) for file in documents})


def _license(documents: Sequence[Documents]) -> list[str]:
    licenses = list(by_license(documents))
    if len(licenses) == 1 and licenses[0] in HUB_LICENSES:
        return [f"license: {HUB_LICENSES[licenses[0]]}"]
    return ["license: other", "license_name: per-document", "license_link: manifest.json"]


def _size(rows: int) -> str:
    return next((name for limit, name in HUB_SIZES if rows < limit), "n>1M")
