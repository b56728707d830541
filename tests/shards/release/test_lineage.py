"""A lineage says the same after it was packed, says long things once, and has the same bytes for the same content."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shards.release.lineage import packed, read_lineage, unpacked, write_lineage

CHAIN = [{"name": "gopher_quality", "words": {"min": 50, "max": 100_000}, "stop_words": ["的", "了", "是"] * 20}]

values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from([CHAIN, [CHAIN, {"a": CHAIN}]]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4),
    max_leaves=30,
)


@given(st.dictionaries(st.text("abc", min_size=1), values, max_size=4))
def test_what_is_packed_is_unpacked_to_what_it_was(lineage: dict[str, Any]) -> None:
    assert unpacked(json.loads(json.dumps(packed(lineage)))) == lineage


def test_what_stands_in_many_places_is_written_once() -> None:
    languages = {f"l{number}": CHAIN for number in range(150)}
    content = packed({"config": {"languages": languages}, "stages": [{"settings": {"languages": languages}}]})
    text = json.dumps(content, ensure_ascii=False)
    assert text.count("stop_words") == 1
    assert text.count('"l77"') == 1, "the table of languages stands there once, too"


def test_equal_lineages_are_equal_bytes_and_are_named_by_them(tmp_path: Path) -> None:
    one, two = ({"stages": [CHAIN, CHAIN], "config": {}}, {"config": {}, "stages": [CHAIN, CHAIN]})
    first, second = write_lineage(str(tmp_path / "a"), one), write_lineage(str(tmp_path / "b"), two)
    assert first == second
    assert (tmp_path / "a" / first.path).read_bytes() == (tmp_path / "b" / second.path).read_bytes()
    assert first.path == f"lineage-{first.sha256[:16]}.json.gz"
    assert read_lineage(str(tmp_path / "a"), first) == one
    assert write_lineage(str(tmp_path / "a"), {"stages": []}).path != first.path
