"""Items in an index: found under every edit, and nothing for an answer, a passage or a common wording alone."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.documents import Documents
from filters.models.benchmarks import matches, read_index, write_index
from pipeline.decontamination.index import Built, Item, build

COMMON = "Which of the following statements is true?"
ITEMS = [
    Item(
        "sums",
        "1",
        "Ann has three red kites and buys two more from her cousin Ben. How many kites does she have now?",
        answer="She has five kites in all.",
    ),
    Item("facts", "2", "放风筝的人说他们发现了三只红色的风筝，正确的是", ("它需要风", "它需要雨")),
    Item("facts", "3", "ว่าวตัวสีแดงลอยอยู่บนท้องฟ้าเพราะอะไร"),
    Item(
        "facts", "4", COMMON, ("Kites are heavier than the air they fly in", "Kites need a motor to leave the ground")
    ),
    Item("reading", "5", "What did the girl lose?", passage="A girl flew a kite over the lake until the string broke."),
    Item("tiny", "6", "Why?"),
]
WEB = [f"{COMMON} {n}" for n in range(10)] + ["Nothing to see on this page at all."] * 10
FILLER = "The council met on Monday and talked about the budget of the coming year. "


@pytest.fixture(scope="module")
def built() -> Built:
    return build(ITEMS, [WEB])


def overlap(built: Built, text: str) -> tuple[float, int]:
    documents = Documents(pa.record_batch({"text": pa.array([text], pa.string())}))
    found = matches(built.index, documents.characters)
    return float(found.overlap[0]), int(found.item[0])


EDITS: dict[str, Callable[[str], str]] = {
    "verbatim": str,
    "capitals without marks": lambda text: "".join(c for c in text.upper() if c not in ".,?，。"),
    "broken lines": lambda text: "\n".join(text[i : i + 30] for i in range(0, len(text), 30)),
    "markdown": lambda text: f"> **Q.** {text}",
    "full width": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "zero-width spaces": lambda text: "\u200b".join(text),
    "other names": lambda text: text.replace("Ann", "Ida").replace("Ben", "Tom"),
    "a typing error": lambda text: text.replace("kites", "kiites", 1).replace("风筝", "风争", 1),
}


@pytest.mark.parametrize("item", ITEMS[:3], ids=lambda item: item.id)
@pytest.mark.parametrize("edit", EDITS)
def test_an_item_is_found_in_the_middle_of_a_page(built: Built, item: Item, edit: str) -> None:
    found, which = overlap(built, f"{FILLER * 3}\n{EDITS[edit](item.question)}\n{FILLER * 3}")
    assert found >= 0.5
    assert built.index.names[built.index.benchmark[which]] == item.benchmark


def test_traditional_characters_are_found_by_simplified_ones(built: Built) -> None:
    assert overlap(built, "放風箏的人說他們發現了三隻紅色的風箏，正確的是")[0] > 0.9


@pytest.mark.parametrize(
    "text",
    [
        "",
        FILLER * 20,
        f"{COMMON} {FILLER}",
        str(ITEMS[0].answer),
        ITEMS[4].passage,
        "Ann has a cousin.",
    ],
)
def test_nothing_else_is(built: Built, text: str) -> None:
    assert overlap(built, text)[0] < 0.35


def test_a_common_stem_is_found_with_its_options(built: Built) -> None:
    assert overlap(built, f"{COMMON} {' '.join(ITEMS[3].options[::-1])}")[0] > 0.9


def test_an_item_that_is_too_short_is_counted_and_left_out(built: Built) -> None:
    assert built.left_out["tiny"] == 1
    assert built.indexed["facts"] == 3


def test_the_file_gives_back_the_index_and_holds_no_text(built: Built, tmp_path: Path) -> None:
    path = tmp_path / "index.npz"
    write_index(built.index, path)
    first = path.read_bytes()
    again = read_index(path)
    write_index(again, path)
    assert path.read_bytes() == first
    assert b"kites" not in first
    assert (again.keys == built.index.keys).all()


def test_another_file_is_no_index(tmp_path: Path) -> None:
    import numpy as np

    np.savez(tmp_path / "other.npz", keys=np.zeros(1))
    with pytest.raises(ValueError, match=r"other\.npz is no index of benchmarks"):
        read_index(tmp_path / "other.npz")


@given(st.lists(st.sampled_from([FILLER, ITEMS[0].question, ITEMS[1].question, "雨", "x "]), max_size=12))
def test_what_is_found_is_there(built: Built, parts: list[str]) -> None:
    text = "\n".join(parts)
    found = matches(built.index, Documents(pa.record_batch({"text": pa.array([text], pa.string())})).characters)
    there = any(item.question in parts for item in ITEMS[:2])
    assert found.overlap[0] >= 0.99 if there else found.overlap[0] < 0.35
    assert 0 <= found.start[0] <= found.end[0] <= len(text)
