"""Which texts are near others, by their shingles themselves: Jaccard similarity, or how much of one lies in the other.

Every text is compared with every one that is looked for, so nothing is missed, and each is read once. Texts are
compared folded, as `dedup` does: copies in the other Chinese script are copies.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.folding import Folding
from dedup.shingles import Hashes, shingle_sets

NGRAM = 5  # tokens in a shingle
NEAR = 0.8  # of Jaccard similarity, or of containment: from here on a text is a copy


class Wanted:
    """The shingles of texts that are looked for."""

    def __init__(self, sets: list[Hashes]) -> None:
        self.sets = [np.unique(each) for each in sets if len(each)]
        self._all = np.unique(np.concatenate(self.sets)) if self.sets else np.zeros(0, np.uint64)
        owners = [np.full(len(each), number) for number, each in enumerate(self.sets)]
        hashes = np.concatenate(self.sets) if self.sets else self._all
        order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[order]
        self._owners = np.concatenate(owners)[order] if owners else np.zeros(0, np.int64)
        self._sizes = np.array([len(each) for each in self.sets], np.int64)

    @classmethod
    def of(cls, texts: list[str]) -> "Wanted":
        """Return what is looked for, given the texts."""
        sets = shingle_sets(pa.array(texts, pa.string()), NGRAM, Folding())
        return cls([sets.hashes[first:last] for first, last in zip(sets.offsets, sets.offsets[1:], strict=False)])

    def near(self, texts: pa.Array) -> npt.NDArray[np.float64]:
        """Return, per text, how near it is to the nearest one: the greater of Jaccard similarity and containment.

        Containment is the share of the shorter one's shingles that the other has.
        """
        scores = np.zeros(len(texts))
        if not self.sets or not len(texts):
            return scores
        offsets, hashes = shingle_sets(texts, NGRAM, Folding())
        places = np.minimum(np.searchsorted(self._all, hashes), len(self._all) - 1)
        shared = self._all[places] == hashes
        counts = np.add.reduceat(np.append(shared, False), np.minimum(offsets[:-1], len(hashes))) * (
            np.diff(offsets) > 0
        )
        for row in np.flatnonzero(counts):
            here = hashes[offsets[row] : offsets[row + 1]]
            scores[row] = self._nearest(here[shared[offsets[row] : offsets[row + 1]]], len(here))
        return scores

    def _nearest(self, shared: Hashes, size: int) -> float:
        first, last = np.searchsorted(self._hashes, shared), np.searchsorted(self._hashes, shared, "right")
        common = np.zeros(len(self.sets), np.int64)
        for start, stop in zip(first, last, strict=True):
            common[self._owners[start:stop]] += 1
        return float((common / np.minimum(size, self._sizes)).max())
