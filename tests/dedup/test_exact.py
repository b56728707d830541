"""Exact duplicates: equal after folding, in all 128 bits; an empty text is a copy of nothing."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from dedup.components import components
from dedup.exact import digest_keys, equal_edges, exact_keys
from dedup.folding import Folding, folded
from dedup.records import nodes_of

FOLDING = Folding()
GOLDEN_KEY = ["0xe9a1932627d7f46d", "0x15c21eead63fa21f"]


def copies(*texts: str | None) -> list[list[int]]:
    keys = exact_keys(pa.array(texts, pa.string()), FOLDING)
    return equal_edges(keys, nodes_of(0, len(texts))).tolist()


def test_mirrors_in_either_chinese_script_are_copies() -> None:
    assert copies("天涯若比鄰，無為在歧路。", "别的", "天涯若比邻，无为在歧路！") == [[2, 0]]


def test_short_texts_are_copies_only_with_their_symbols() -> None:
    assert copies("C", "C++", "C#", "c", "🎉", "🔥", "...", "!") == [[3, 0]]


def test_empty_texts_are_copies_of_nothing() -> None:
    assert copies("", " ", None, "\u200b", "x", "X") == [[5, 4]]


def test_keys_are_frozen() -> None:
    keys = exact_keys(pa.array(["The quick brown fox jumps over the lazy dog."]), FOLDING)
    assert [hex(half) for half in keys[0].tolist()] == GOLDEN_KEY


@given(st.lists(st.text(max_size=8), max_size=30))
def test_equal_keys_are_equal_folded_texts(texts: list[str]) -> None:
    found = components(equal_edges(exact_keys(pa.array(texts, pa.string()), FOLDING), nodes_of(0, len(texts))))
    forms = folded(pa.array(texts, pa.string()), FOLDING, 5).to_pylist()
    expected = [(row, forms.index(form)) for row, form in enumerate(forms) if form and forms.count(form) > 1]
    assert list(zip(found.nodes.tolist(), found.roots.tolist(), strict=True)) == expected


def test_both_halves_of_a_key_count() -> None:
    keys = np.array([[1, 2], [1, 3], [2, 2], [1, 2]], np.uint64)
    assert equal_edges(keys, nodes_of(0, 4)).tolist() == [[3, 0]]


def test_digests_that_are_equal_or_missing() -> None:
    keys = digest_keys(pa.array(["aa", None, "bb", "aa", None]))
    assert equal_edges(keys, nodes_of(2, 5)).tolist() == [[(2 << 32) + 3, 2 << 32]]
