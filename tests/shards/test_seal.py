"""A sealed object is read as it was written, or not at all."""

import json

from hypothesis import given
from hypothesis import strategies as some

from shards.seal import sealed, unsealed

CONTENT = json.dumps({"title": "天氣", "rows": 3}, indent=1, ensure_ascii=False).encode()


def test_a_sealed_object_is_json_and_comes_back() -> None:
    assert json.loads(sealed(CONTENT)).keys() == {"title", "rows", "sealed"}
    assert unsealed(sealed(CONTENT)) == CONTENT


@given(some.integers(0, len(sealed(CONTENT)) - 1), some.integers(1, 255))
def test_no_changed_or_cut_one_comes_back(at: int, bits: int) -> None:
    whole = sealed(CONTENT)
    assert unsealed(whole[:at] + bytes([whole[at] ^ bits]) + whole[at + 1 :]) is None
    assert unsealed(whole[:at]) is None
    assert unsealed(whole[:at] + whole[at + 1 :]) is None
