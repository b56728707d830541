"""Tables of words from labelled rows: TF-IDF with logistic regression over the codes that fastText reads.

The square root of a count and vectors of length 1 make it better than fastText's mean on few rows (DECISIONS.md), and a
text joined to itself the same. Nothing is kept of a token or pair that fewer than `least` rows have.
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import expit

from filters.models.word_tables import FIRST_PAIR, PAIR_BITS, Columns, ids_of
from pipeline.training.head_rows import Prepared
from shards.arrays import Floats, Mask, Places

STRENGTH = 20.0  # what a row's loss weighs against the squares of the coefficients; 4 and 60 are no better out of fold
STEPS = 25  # of the minimisation; with 25, 50 and 120 the AUC on one fold is .887, .886, .886


def counted(prepared: Prepared) -> csr_matrix:
    """Return how often each row has each token and pair: rows x ids."""
    ids, bounds = ids_of(prepared.codes), 2 * prepared.codes.documents
    counts = csr_matrix(
        (np.ones(len(ids), np.float32), ids.astype(np.int32), bounds),
        shape=(len(prepared.rows), FIRST_PAIR + (1 << PAIR_BITS)),
    )
    counts.sum_duplicates()
    return counts


def fitted_words(counts: csr_matrix, prepared: Prepared, rows: Places, heads: Sequence[str], least: int) -> Columns:
    """Return the columns of a table for heads, fitted to some of the rows; a head without both answers says nothing."""
    seen = counts[rows]
    documents = np.bincount(seen.indices, minlength=seen.shape[1])
    ids = np.flatnonzero(documents >= least)
    rare = np.log((1 + len(rows)) / (1 + documents[ids])) + 1
    vectors = unit_vectors(seen[:, ids], rare)
    weights, bias = np.zeros((len(ids), len(heads))), np.zeros(len(heads))
    for place, head in enumerate(heads):
        said = [prepared.rows[row].targets.get(head) for row in rows]
        labelled = np.flatnonzero([one is not None for one in said])
        truth = np.array([bool(said[i]) for i in labelled], np.bool_)
        if truth.any() and not truth.all():
            weights[:, place], bias[place] = _likeliest(vectors[labelled], truth)
    return Columns(ids.astype(np.uint32), rare**2, weights * rare[:, None], bias)


def unit_vectors(counts: csr_matrix, rare: Floats) -> csr_matrix:
    """Return rows of length 1: the square root of each count, times how rare the token or pair is."""
    vectors = csr_matrix((np.sqrt(counts.data) * rare[counts.indices], counts.indices, counts.indptr), counts.shape)
    length = np.sqrt(np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel())
    vectors.data /= np.repeat(np.maximum(length, 1e-9), np.diff(vectors.indptr))
    return vectors


def _likeliest(vectors: csr_matrix, truth: Mask) -> tuple[Floats, float]:
    across = vectors.T.tocsr()

    def loss(beta: Floats) -> tuple[float, Floats]:
        z = vectors @ beta[:-1] + beta[-1]
        off = STRENGTH * (expit(z) - truth)
        total = STRENGTH * float((np.logaddexp(0, z) - truth * z).sum()) + float(beta[:-1] @ beta[:-1]) / 2
        return total, np.append(across @ off + beta[:-1], off.sum())

    start = np.zeros(vectors.shape[1] + 1)
    beta = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x
    return beta[:-1], float(beta[-1])
