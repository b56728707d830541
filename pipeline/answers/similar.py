"""What in a release is near a page: every signature of its index compared with the page's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from dedup.index import fixed, shingle_lists, similar
from dedup.minhash import MinHashSettings, signatures
from dedup.shingles import shingle_sets
from dedup.urls import comparison_form
from pipeline.answers.nearest import nearest
from pipeline.errors import ConfigError, QuestionError
from pipeline.stages.dedup.earlier import Index, folder_of
from pipeline.words import did_you_mean
from shards import files
from shards.errors import plainly

SHOWN = ("id", "url", "license", "language", "duplicates", "cluster", "estimate", "similarity")


@dataclass(frozen=True)
class Neighbours:
    """The published documents most similar to a page, and what the page is in the release, if it is there."""

    rows: tuple[Mapping[str, Any], ...]
    threshold: float  # from which the run took documents for copies
    page: Mapping[str, Any] | None = None


def near_text(text: str, release: str, limit: int) -> Neighbours:
    """Return the published documents most similar to a text; `similarity` is null where the index keeps no shingles."""
    folder, index, settings = _opened(release)
    texts = pa.array([text])
    row = {"signature": fixed(signatures(texts, settings))}
    if settings.exact:
        row["shingles"] = shingle_lists(shingle_sets(texts, settings.ngram, settings.fold))
    return Neighbours(_nearest(folder, index, settings, pa.table(row), limit), settings.threshold)


def near_document(wanted: str, release: str, limit: int) -> Neighbours:
    """Return the published documents most similar to the one of an id or a URL, which may be one that was dropped.

    Raises
    ------
    QuestionError
        if no document that took part in de-duplication has it.
    """
    folder, index, settings = _opened(release)
    form = comparison_form(wanted)
    for uri in _documents(folder, index):
        table = files.read_table(uri, ["id", "url"])
        here = pc.or_kleene(pc.equal(table["id"], wanted), pc.equal(table["url"], wanted))
        if form and not pc.any(here).as_py():
            here = pa.array([comparison_form(url) == form for url in table["url"].to_pylist()])
        places = pc.indices_nonzero(here.fill_null(False)).to_numpy()
        if len(places):
            page = files.take(uri, places[:1])
            rows = _nearest(folder, index, settings, page, limit + 1)
            others = tuple(row for row in rows if row["id"] != page["id"][0].as_py())[:limit]
            return Neighbours(others, settings.threshold, page.drop_columns(["signature"]).to_pylist()[0])
    near = did_you_mean(nearest(wanted, _names(folder, index)))
    raise QuestionError(
        f"{wanted}: neither a file, nor the id or the URL of a document in the index of {release}{near}"
    )


def _opened(release: str) -> tuple[str, Index, MinHashSettings]:
    try:
        folder = folder_of(release)
        index = Index.model_validate_json(files.read_bytes(files.join(folder, "index.json")))
    except ConfigError as error:  # of a configuration, where it lists earlier indexes; here, of a question
        raise QuestionError(str(error)) from error
    except ValidationError as error:
        raise QuestionError(f"{folder}: not an index of this version: {plainly(error)}") from error
    if index.minhash is None:
        raise QuestionError(f"{release}: its index has no signatures: the run was made with `minhash: null`")
    return folder, index, index.minhash


def _documents(folder: str, index: Index) -> Iterator[str]:
    for file in index.documents:
        yield files.join(folder, file.path)


def _names(folder: str, index: Index) -> Iterator[pa.RecordBatch]:
    for uri in _documents(folder, index):
        yield from files.read_shard(uri, ["id", "url"])


def _nearest(
    folder: str, index: Index, settings: MinHashSettings, page: pa.Table, limit: int
) -> tuple[Mapping[str, Any], ...]:
    tables = []
    for uri in _documents(folder, index):
        table = files.read_table(uri)
        best = similar(page, table.filter(table["published"]), settings, limit)
        tables.append(best.select(SHOWN))
    table = pa.concat_tables(tables) if tables else pa.table({name: [] for name in SHOWN})
    by = "similarity" if settings.exact else "estimate"
    order = [(by, "descending"), ("estimate", "descending"), ("id", "ascending")]
    table = table.take(pc.sort_indices(table, order)[:limit])
    return tuple(row for row in table.to_pylist() if row[by])
