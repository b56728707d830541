"""Labelled rows as the heads are trained on them: admitted or refused, divided by host, in an order of their own."""

import gzip
import json
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from filters.documents import Documents
from filters.lists.subjects import find, said_by_terms
from filters.models.codes import Codes, codes_of
from filters.models.heads import AGAINST, FOR, LABEL
from filters.risks.folding import folded
from filters.risks.grams import grams_of
from pipeline.calibration.labelled import labelled_documents
from pipeline.calibration.settings import Labelled
from pipeline.errors import ConfigError
from pipeline.training.annotated_pages import site
from pipeline.training.head_settings import Admitted, DataSet, Training
from shards import globs
from shards.arrays import Places

Reads: TypeAlias = Literal["words", "grams"]
logger = logging.getLogger(__name__)

ROWS = 512  # of a batch that is prepared at once


@dataclass(frozen=True)
class LabelledRow:
    """A text that was admitted: what it says of each head, what else it is called, and whose host it is."""

    data: str
    language: str
    text: str
    host: str
    targets: dict[str, bool]
    classes: tuple[str, ...]
    repeat: int = 1
    counts: float = 1.0


@dataclass
class RowCounts:
    """What became of the rows of a data set."""

    admitted: int = 0
    refused: int = 0
    unlabelled: int = 0
    licences: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Prepared:
    """All rows, as they are read in training and in scoring."""

    rows: Sequence[LabelledRow]
    lines: Sequence[str]
    codes: Codes
    folds: Places
    lengths: Places  # in tokens, of the whole texts
    terms: npt.NDArray[np.float64]  # rows x heads: what lists of terms say; no columns where none are asked

    def examples(self, chosen: Sequence[int]) -> list[str]:
        """Return what fastText trains on, in an order that the texts decide."""
        found = [
            (
                xxhash.xxh3_64_intdigest(f"{turn} {self.rows[i].text}".encode()),
                f"{_labels(self.rows[i])} {self.lines[i]}",
            )
            for i in chosen
            for turn in range(self.rows[i].repeat)
        ]
        return [line for _, line in sorted(found)]


def read(settings: Training) -> tuple[list[LabelledRow], dict[str, RowCounts]]:
    """Return the rows that may be trained on and say something, each text once, and what became of all of them.

    Raises
    ------
    ConfigError
        when none is left.
    """
    counts = {data.name: RowCounts() for data in settings.data}
    found: dict[str, LabelledRow] = {}
    for data in settings.data:
        for row in _rows(data):
            labelled = _admitted(row, data, settings.admitted, counts[data.name])
            if labelled is not None:
                found.setdefault(xxhash.xxh3_128_hexdigest(labelled.text.encode()), labelled)
    if not found:
        refused = sum(count.refused for count in counts.values())
        raise ConfigError(f"data: no row is left to train on; {refused} were refused by `admitted`")
    return list(found.values()), counts


def codes_as(reads: Reads, documents: Documents) -> Codes:
    """Return the codes of documents as heads of this kind read them."""
    return codes_of(documents) if reads == "words" else grams_of(folded(documents.characters))


def prepare(rows: Sequence[LabelledRow], folds: int, reads: Reads = "words", listed: tuple[str, ...] = ()) -> Prepared:
    """Return rows as they are read, each in the fold of its host; `listed` are heads for which lists of terms speak."""
    parts, lengths, terms = [], [], []
    for first in range(0, len(rows), ROWS):
        texts = pa.array([row.text for row in rows[first : first + ROWS]], pa.string())
        languages = pa.array([row.language for row in rows[first : first + ROWS]], pa.string())
        documents = Documents(pa.record_batch({"text": texts, "language": languages}))
        parts.append(codes_as(reads, documents))
        lengths.append(documents.tokens.count)
        terms.append(
            said_by_terms(find(documents, parts[-1], listed), parts[-1], listed)
            if listed
            else np.zeros((len(documents), 0))
        )
    codes = joined(parts)
    fold = [xxhash.xxh3_64_intdigest(f"fold {row.host}".encode()) % folds for row in rows]
    places = np.array(fold, np.int64)
    return Prepared(rows, codes.lines(), codes, places, np.concatenate(lengths), np.concatenate(terms))


def joined(parts: Sequence[Codes]) -> Codes:
    """Return the codes of several batches as those of one."""
    sizes = np.concatenate([np.diff(part.documents) for part in parts])
    bounds: npt.NDArray[np.int64] = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return Codes(np.concatenate([part.codes for part in parts]), bounds, np.zeros(0, np.int64))


def _labels(row: LabelledRow) -> str:
    heads = [f"{LABEL}{name}{FOR if yes else AGAINST}" for name, yes in row.targets.items()]
    return " ".join([*heads, *(f"{LABEL}{row.data}.{one}" for one in row.classes)])


def _rows(data: DataSet) -> Iterator[dict[str, Any]]:
    if data.labels is not None:
        for one in labelled_documents((Labelled(file=data.labels, run=data.run or ""),)):
            decision = "drop" if one.wrong else "keep"
            yield {data.text: one.document.text, data.language: one.document.language, "decision": decision}
        return
    for path in data.paths:
        found = [info.path for info in globs.expand([path])] if globs.is_pattern(path) else [path]
        for file in found:
            if Path(file).is_file():
                yield from _json_lines(data, file)
            elif data.optional:
                logger.warning("data %s: trained without %s, which is not there", data.name, file)
            else:
                raise ConfigError(f"data {data.name}: {file}: no such file")


def _json_lines(data: DataSet, file: str) -> Iterator[dict[str, Any]]:
    number = 0
    try:
        content = Path(file).read_bytes()
        for line in (gzip.decompress(content) if file.endswith(".gz") else content).split(b"\n"):
            number += 1
            if line.strip():
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise ValueError("a row is a mapping of fields")
                yield row
    except (OSError, EOFError, ValueError) as error:
        raise ConfigError(f"data {data.name}: {file}, line {number}: {error}") from error


def _admitted(row: dict[str, Any], data: DataSet, admitted: Admitted, counts: RowCounts) -> LabelledRow | None:
    licence = _value(row, data.licence)
    if admitted.refuses(licence, _value(row, data.weights or ""), told=data.weights is not None):
        counts.refused += 1
        return None
    targets = {name: said for name, target in data.targets.items() if (said := target.of(row)) is not None}
    classes = [str(one) for name in data.classes if row.get(name) for one in _listed(row[name])]
    text = row.get(data.text)
    if not isinstance(text, str) or not text.strip() or not (targets or classes):
        counts.unlabelled += 1
        return None
    counts.admitted += 1
    counts.licences[licence or "none"] += 1
    language = _value(row, data.language) or "und"
    language = data.languages.get(language, language)
    host = str(row.get(data.host) or "") if data.host else ""
    if data.host_until and host:
        host = f"{host.partition(data.host_until)[0]} {language}"
    group = site(host) if "://" in host else host or xxhash.xxh3_64_hexdigest(text.encode())
    names = tuple("".join(one.split()) for one in classes)
    return LabelledRow(data.name, language, text, group, targets, names, data.repeat, data.counts)


def _value(row: dict[str, Any], field: str) -> str | None:
    if field.startswith("="):
        return field[1:]
    value = row.get(field)
    return None if value is None else str(value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
