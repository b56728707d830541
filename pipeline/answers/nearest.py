"""Names near one that was asked for and is not there: what a question without an answer may have meant.

A URL is often given without its scheme, its `www.` or its last slash, a record without its angle brackets, an id by its
first digits, a page by the end of its address; and people mistype. However large a run is, no more than `ROWS` rows are
looked at, and no more than `COMPARED` names are compared letter by letter.
"""

import difflib
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from shards.arrays import text_scalar

ROWS = 1_000_000  # two seconds
COMPARED = 5_000  # names; each takes some 50 µs
SUGGESTED = 3
ALIKE = 0.8  # of difflib's ratio: two letters of ten are wrong
SHORTEST = 4  # characters that are looked for within names: fewer are in every other name

_LEFT_OUT = r"^(?:[a-z][a-z0-9+.-]*://)?(?:www\.)?"
_AROUND = "<>/ "


def nearest(wanted: str, batches: Iterable[pa.RecordBatch]) -> list[str]:
    """Return the names nearest to the wanted one in all columns of the batches, the nearest first.

    Near are those that differ in what people leave out, those that begin with it, those that have it in them, and those
    that are spelt much like it.
    """
    plain = _plain(text_scalar(wanted)).as_py()
    if len(plain) < SHORTEST:
        return []
    near: list[list[str]] = [[], [], []]
    begin_alike: list[str] = []
    first: list[str] = []
    for names in _columns(batches):
        plainly = _plain(names)
        same, begins = pc.equal(plainly, plain), pc.starts_with(plainly, plain)
        within = pc.match_substring(plainly, plain)
        for known, here in zip(near, (same, begins, within), strict=True):
            _add(known, names, here, SUGGESTED)
        _add(begin_alike, names, pc.starts_with(plainly, plain[: len(plain) // 2]), COMPARED // 2)
        _add(first, names, pc.is_valid(names), COMPARED // 2)
    compared = [*begin_alike, *first]
    by_plain = dict(zip(_plain(pa.array(compared, pa.string())).to_pylist(), compared, strict=True))
    alike = [by_plain[name] for name in difflib.get_close_matches(plain, by_plain, SUGGESTED, ALIKE)]
    return list(dict.fromkeys([*(name for names in near for name in names), *alike]))[:SUGGESTED]


def _columns(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Array]:
    rows = 0
    for batch in batches:
        if rows >= ROWS:
            return
        yield from batch.columns
        rows += batch.num_rows


def _plain(names: pa.Array | pa.Scalar) -> Any:
    """Return the names without what people leave out: scheme, `www.`, brackets, the last slash, capitals."""
    lowered = pc.utf8_trim(pc.utf8_lower(names), _AROUND)
    return pc.utf8_trim(pc.replace_substring_regex(lowered, _LEFT_OUT, ""), _AROUND)


def _add(known: list[str], names: pa.Array, here: pa.Array, most: int) -> None:
    if len(known) < most:
        known += names.filter(here).slice(0, most - len(known)).to_pylist()
