"""Lines repeated in many documents are counted by document and removed as spans; everything else stays as it is."""

from collections import Counter

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from dedup.folding import folded
from dedup.paragraphs import Lines, Repetition, document_counts, lines, repeated, summed, without

TWICE = Repetition(documents=2)


def cleaned(texts: list[str | None], settings: Repetition, shards: int = 1) -> tuple[list[str], list[tuple[str, int]]]:
    """Return the texts without repeated lines, and each removed span with its count."""
    parts = [pa.array(texts[at::shards], pa.string()) for at in range(shards)]
    found = [lines(part, settings) for part in parts]
    often = repeated(summed([document_counts(each) for each in found]), settings)
    kept: list[str] = [""] * len(texts)
    spans = []
    for at, (part, each) in enumerate(zip(parts, found, strict=True)):
        clean, removed = without(part, each, often)
        kept[at::shards] = clean.to_pylist()
        for row in removed.to_pylist():
            text = (part[row["row"]].as_py() or "").encode()
            spans.append((text[row["start"] : row["end"]].decode(), row["documents"]))
    return kept, spans


def test_a_line_in_more_than_n_documents_is_removed_with_its_count() -> None:
    texts = ["Home | About\nOne.\nImprint", "HOME, about!\nTwo.", "Three.\nHome About\nImprint", "Four."]
    kept, spans = cleaned(texts, TWICE)
    assert kept == ["One.\nImprint", "Two.", "Three.\nImprint", "Four."]
    assert spans == [("Home | About", 3), ("HOME, about!", 3), ("Home About", 3)]


def test_lines_count_once_per_document() -> None:
    kept, _ = cleaned(["so it goes on and on\n" * 9, "so it goes on and on", "other"], TWICE)
    assert kept[1] == "so it goes on and on"


def test_traditional_and_simplified_navigation_is_one_line() -> None:
    texts = ["網站首頁關於我們\n正文一", "网站首页关于我们\n正文二", "网站首页，关于我们\n正文三"]
    kept, spans = cleaned(texts, TWICE)
    assert kept == ["正文一", "正文二", "正文三"]
    assert spans == [("網站首頁關於我們", 3), ("网站首页关于我们", 3), ("网站首页，关于我们", 3)]


def test_hosts_count_for_themselves() -> None:
    texts = pa.array(["menu of the site here\na", "menu of the site here\nb", "menu of the site here\nc"])
    found = lines(texts, Repetition(documents=1), np.array([1, 1, 2], np.uint64))
    often = repeated(document_counts(found), Repetition(documents=1))
    assert without(texts, found, often)[0].to_pylist() == ["a", "b", "menu of the site here\nc"]


def test_paragraphs_end_at_empty_lines() -> None:
    footer = "All rights reserved,\nand some left."
    texts = [f"One.\nMore.\n\n{footer}", f"{footer}\n\nTwo.", "All rights reserved,"]
    kept, spans = cleaned(texts, Repetition(documents=1, unit="paragraph"))
    assert kept == ["One.\nMore.", "Two.", "All rights reserved,"]
    assert spans == [(footer, 2), (footer, 2)]


def test_lines_of_fewer_tokens_than_asked_stay() -> None:
    kept, _ = cleaned(["Yes.\nThis is said often.\na"] * 3, Repetition(documents=2, tokens=3))
    assert kept == ["Yes.\na"] * 3


def test_separators_stay() -> None:
    assert cleaned(["one\n***\na"] * 3, Repetition(documents=2, tokens=1))[0] == ["***"] * 3


def test_texts_without_lines_stay() -> None:
    assert cleaned([None, "", "\n\n", "x"], TWICE) == (["", "", "\n\n", "x"], [])
    nothing = lines(pa.array([], pa.string()), TWICE)
    assert without(pa.array([], pa.string()), nothing, document_counts(nothing))[0].to_pylist() == []


LINES = st.sampled_from(["a b", "A B!", "c", "", "中文", "x y z", " "])


@given(st.lists(st.lists(LINES, max_size=5).map("\n".join), max_size=12), st.integers(1, 4), st.integers(1, 3))
def test_what_is_removed_is_what_counting_by_hand_removes(texts: list[str], limit: int, shards: int) -> None:
    def key(line: str) -> str:
        return str(folded(pa.array([line]), TWICE.fold).to_pylist()[0])

    holders = Counter(form for text in texts for form in {key(line) for line in text.split("\n")} if form)
    _, spans = cleaned(list(texts), Repetition(documents=limit), shards)
    gone = [line for text in texts for line in text.split("\n") if holders[key(line)] > limit]
    assert Counter(span for span, _ in spans) == Counter(gone)
    assert all(count == holders[key(span)] for span, count in spans)


@given(st.lists(st.text(alphabet="ab\n中🎉 ", max_size=20), max_size=6))
def test_nothing_changes_where_nothing_is_repeated(texts: list[str]) -> None:
    kept, spans = cleaned(list(texts), Repetition(documents=100))
    assert kept == texts
    assert spans == []


def test_lines_lie_where_they_say() -> None:
    found: Lines = lines(pa.array(["skipped", "é\n\n中文"]).slice(1), TWICE)
    assert list(zip(found.rows.tolist(), found.starts.tolist(), found.ends.tolist(), strict=True)) == [
        (0, 0, 2),
        (0, 4, 10),
    ]
