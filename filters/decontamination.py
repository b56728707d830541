"""Documents that hold items of evaluation sets: trained on, they would make a model look better than it is.

The measure is the share of an item's weight (`filters.models.benchmarks`) that the document holds within twice its
length. Facts from the literature: n-grams of words miss what is in another script or has a typing error, and licence
headers and "which of the following is true" are in thousands of documents, so grams that web pages have are worth
nothing. An answer alone, or a public passage alone, is never evidence. `yuliao decontaminate-index` makes the index.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal
from zipfile import is_zipfile

import numpy as np
import pyarrow as pa

from filters.base import Columns, Filter, OneOf, Range, Signals
from filters.documents import Documents
from filters.evidence import Pieces
from filters.models.benchmarks import Matches, matches, read_index
from shards.arrays import Floats

FROM = 0.35  # of an item's weight; see docs/measured/decontamination.md for what is found from there on


class Decontamination(Filter):
    """Reject documents that hold a question of an evaluation set, or `action: cut` its lines from the text.

    Without an index every document passes. A question is found in another script of the same language, with other
    names, in another order of options, with typing errors; not in translation.
    """

    name: Literal["decontamination"] = "decontamination"
    every_language: ClassVar[bool] = True
    question: Range = Range(max=FROM)  # the greatest share of an item's question that the document holds
    benchmark: OneOf = OneOf()  # the evaluation set whose item it holds, or held before it was cut; null: none
    item: OneOf = OneOf()  # the item, as 16 hex digits of the hash of its id
    index: Path | None = None  # the file written by `yuliao decontaminate-index`; null: every document passes
    action: Literal["reject", "cut"] = "reject"  # `reject` the document, or `cut` the lines that contain the question

    @property
    def bounds_change_text(self) -> bool:
        return self.action == "cut"

    def resources(self) -> Sequence[Path]:
        if self.index is None:
            return ()
        if self.index.is_file() and not is_zipfile(self.index):
            raise ValueError(f"{self.index}: no index of `yuliao decontaminate-index`")
        return (self.index,)

    def tallied(self) -> Mapping[str, Sequence[str]]:
        return {} if self.index is None else {"benchmark": read_index(self.index).names.tolist()}

    def measure(self, documents: Documents) -> Signals:
        return self.annotate(documents)[0]

    def annotate(self, documents: Documents) -> tuple[Signals, Columns]:
        size = len(documents)
        if self.index is None:
            nothing = pa.nulls(size, pa.string())
            return {"question": np.zeros(size), "benchmark": nothing, "item": nothing}, {}
        index, found = read_index(self.index), self._matches(documents)
        held = self.question.broken(found.overlap)
        known = [i if here else None for i, here in zip(found.item.tolist(), held.tolist(), strict=True)]
        names = [None if i is None else str(index.names[index.benchmark[i]]) for i in known]
        digests = [None if i is None else f"{int(index.digest[i]):016x}" for i in known]
        overlap: Floats = found.overlap
        columns: Columns = {}
        if self.action == "cut" and held.any():
            overlap, columns = self._cut(documents, found)
        signals: Signals = {
            "question": overlap,
            "benchmark": pa.array(names, pa.string()),
            "item": pa.array(digests, pa.string()),
        }
        return signals, columns

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        found = self._matches(documents) if self.index is not None else None
        if found is None or found.item[0] < 0:
            return {"question": Pieces(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))}
        return {"question": Pieces(found.start[:1], found.end[:1], found.overlap[:1])}

    def _matches(self, documents: Documents) -> Matches:
        if self.index is None:
            raise ValueError("decontamination without an index")
        return matches(read_index(self.index), documents.characters)

    def _cut(self, documents: Documents, found: Matches) -> tuple[Floats, Columns]:
        """Return what is left in the documents without the lines of the items, and their texts."""
        texts = documents.texts.to_pylist()
        first = documents.characters.documents
        overlap = found.overlap.copy()
        for row in np.flatnonzero(self.question.broken(overlap)).tolist():
            text, start, end = texts[row], int(found.start[row] - first[row]), int(found.end[row] - first[row])
            while text:
                low, high = text.rfind("\n", 0, start) + 1, text.find("\n", end)
                text = (text[:low] + (text[high + 1 :] if high >= 0 else "")).rstrip("\n")
                again = self._matches(Documents(pa.record_batch({"text": pa.array([text], pa.string())})))
                overlap[row] = float(again.overlap[0])
                if not self.question.broken(again.overlap)[0]:
                    break
                start, end = int(again.start[0]), int(again.end[0])
            if not text.strip():
                text, overlap[row] = texts[row], found.overlap[row]  # nothing else was there: rejected
            texts[row] = text
        return overlap, {"text": pa.array(texts, pa.string())}
