"""Arrays of JSON, and records of several lines."""

import io
import json
import random
from typing import Any

import pytest

from pipeline.sources import json_values
from pipeline.sources.json_values import values


def record(draw: random.Random, depth: int = 0) -> Any:
    if depth == 3 or draw.random() < 0.5:
        return draw.choice(["雨\n", 'a\\"]', 12, -1.5e10, None, True, "ฝน {[", ""])
    return {f"k{number}": record(draw, depth + 1) for number in range(draw.randint(0, 4))}


@pytest.mark.parametrize("seed", range(60))
def test_every_value_is_read_with_its_place(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(seed)
    monkeypatch.setattr(json_values, "CHUNK", draw.randint(1, 60))
    written = [{"text": record(draw)} for _ in range(draw.randint(0, 12))]
    settings: dict[str, Any] = {"indent": draw.choice([None, 0, 2]), "ensure_ascii": draw.random() < 0.5}
    if draw.random() < 0.5:
        content = json.dumps(written, **settings).encode()
    else:
        content = "\n".join(json.dumps(value, **settings) for value in written).encode()
    found = list(values(io.BytesIO(content), 1 << 20))
    assert [each.value for each in found] == written
    assert [json.loads(content[each.offset : each.offset + len(each.data)]) for each in found] == written
    assert not any(each.damage for each in found)


@pytest.mark.parametrize(
    ("content", "damage"),
    [
        (b'[{"a":1},{"a"', "truncated"),
        (b'[{"a":1}', "truncated"),
        (b'{"a":1}\n{"a"', "not_json"),
        (b'[{"a":1},' + b'{"b":' * 20_000, "not_json"),
        (b'[{"a":1},"' + b"x" * 3000, "too_large"),
    ],
)
def test_what_is_damaged_ends_the_values_and_is_told(content: bytes, damage: str) -> None:
    first, last = values(io.BytesIO(content), 2000)
    assert (first.value, first.damage, last.damage) == ({"a": 1}, None, damage)
