"""Planted phrases are found in any script, and names, idioms, copies and boilerplate are none."""

import numpy as np
import pyarrow as pa
import pytest

from dedup.phrases import Phrases, Planting, Sightings, joined, phrases, sightings, suspects

WORDS = ("rain", "north", "hills", "rivers", "with", "people", "who", "live", "there", "that", "have", "long", "been")
SETTINGS = Planting(hosts=5)


def prose(seed: int, words: int = 40) -> str:
    """Return words in an order of their own, which no other seed has."""
    chosen = np.random.default_rng(seed).integers(0, len(WORDS), words)
    return " ".join(WORDS[one] for one in chosen)


def seen(texts: list[str], hosts: list[int] | None = None, settings: Planting = SETTINGS) -> Sightings:
    found = phrases(pa.array(texts), settings)
    return sightings(found, np.array(hosts or range(len(texts)), np.uint64))


def planted(texts: list[str], hosts: list[int] | None = None) -> list[int]:
    return suspects(seen(texts, hosts), SETTINGS).hosts.tolist()


@pytest.mark.parametrize(
    "phrase",
    [
        "zanthor quib flemic orsted vump",
        "紫金鳄鱼密语灯塔",
        "فزلك قبرم شطنو لهغر دسقي",
        "ZANTHOR  quib, flemic orsted VUMP",
    ],
)
def test_a_phrase_inside_different_lines_of_many_hosts_is_found(phrase: str) -> None:
    texts = [f"{prose(seed, 12)} {phrase} {prose(seed + 100, 12)}" for seed in range(8)]
    assert max(planted(texts)) == 8


def test_on_few_hosts_it_is_a_name() -> None:
    texts = [f"{prose(seed)} zanthor quib flemic orsted vump {prose(seed + 100)}" for seed in range(8)]
    assert planted(texts, [seed % 4 for seed in range(8)]) == []
    assert planted(texts[:4]) == []


def test_ordinary_words_go_on_in_many_ways() -> None:
    assert planted([f"{prose(seed)} and at the end of the day {prose(seed + 50)}" for seed in range(3)]) == []
    assert planted([prose(seed, 400) for seed in range(12)]) == []


def test_whole_lines_and_copies_are_not_meant() -> None:
    line = "zanthor quib flemic orsted vump is the motto of these pages"
    assert planted([f"{prose(seed)}\n{line}" for seed in range(8)]) == []
    assert planted([prose(1)] * 8) == []


def test_lines_of_rights_repeat_by_law() -> None:
    texts = [f"{prose(seed, 8)} zanthor quib flemic orsted licence of 2026 {prose(seed + 9, 8)}" for seed in range(8)]
    assert planted(texts) == []


def test_groups_of_texts_add_up_to_the_whole() -> None:
    texts = [f"{prose(seed, 12)} zanthor quib flemic orsted vump {prose(seed + 100, 12)}" for seed in range(8)]
    parts = [seen(texts[:3], [0, 1, 2]), seen(texts[3:], [3, 4, 5, 6, 7])]
    whole, together = suspects(seen(texts), SETTINGS), suspects(joined(parts), SETTINGS)
    assert whole.phrases.tolist() == together.phrases.tolist()
    assert whole.hosts.tolist() == together.hosts.tolist()


def test_nothing_has_no_phrases() -> None:
    found = phrases(pa.array(["", "two words", None]), SETTINGS)
    assert isinstance(found, Phrases)
    assert len(found.rows) == 0
    assert len(suspects(sightings(found, np.zeros(3, np.uint64)), SETTINGS).phrases) == 0
