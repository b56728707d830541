"""Runs of equal rows in sorted columns: which row begins each run, and where the runs begin and end."""

import numpy as np

from shards.arrays import Array, Mask, Places


def first_of_runs(*columns: Array) -> Mask:
    """Return, per row, whether it begins a run: it is the first, or differs in some column from the row before it."""
    first = np.zeros(len(columns[0]), np.bool_)
    first[:1] = True
    for column in columns:
        first[1:] |= column[1:] != column[:-1]
    return first


def run_bounds(*columns: Array) -> Places:
    """Return where each run of equal rows begins, and the end of the last; [0] of no rows."""
    return np.append(np.flatnonzero(first_of_runs(*columns)), len(columns[0]))


def run_starts(*columns: Array) -> Places:
    """Return, per row, where its run begins."""
    first = first_of_runs(*columns)
    starts: Places = np.flatnonzero(first)[np.cumsum(first) - 1]
    return starts
