"""Lines repeated in many documents are counted by document and removed as spans; everything else stays as it is."""

from collections import defaultdict

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.folding import folded
from dedup.paragraphs import KeyedLines, Repetition, line_counts, lines, repeated, spans, summed, tokens_left
from shards.spans import spans_of, without

TWICE = Repetition(documents=2, tokens=3)


def cleaned(texts: list[str | None], settings: Repetition, shards: int = 1) -> tuple[list[str], list[tuple[str, int]]]:
    """Return the texts without repeated lines, and each removed span, without its line ends, with its count."""
    parts = [pa.array(texts[at::shards], pa.string()) for at in range(shards)]
    found = [lines(part, settings) for part in parts]
    often = repeated(summed([line_counts(each) for each in found]), settings)
    kept: list[str] = [""] * len(texts)
    removed = []
    for at, (part, each) in enumerate(zip(parts, found, strict=True)):
        gone = spans(part, each, often, settings)
        column = spans_of(gone.rows, len(part), start=gone.starts, end=gone.ends, documents=gone.documents)
        kept[at::shards] = [text or "" for text in without(part, column).to_pylist()]
        for text, here in zip(part.to_pylist(), column.to_pylist(), strict=True):
            removed += [
                ((text or "").encode()[span["start"] : span["end"]].decode().strip("\n"), span["documents"])
                for span in here or ()
            ]
    return kept, removed


def own(number: int) -> str:
    """Return a long line that no other document has."""
    return " ".join(f"{number}x{word}" for word in range(60))


def test_a_line_in_more_than_n_documents_is_removed_with_its_count() -> None:
    texts = [
        f"Home | About us\n{own(1)}\nImprint",
        f"HOME, about us!\n{own(2)}",
        f"{own(3)}\nHome About us\nImprint",
        own(4),
    ]
    kept, removed = cleaned(list(texts), TWICE)
    assert kept == [f"{own(1)}\nImprint", own(2), f"{own(3)}\nImprint", own(4)]
    assert removed == [("Home | About us", 3), ("HOME, about us!", 3), ("Home About us", 3)]


def test_copies_of_one_page_are_one_document_and_lose_nothing() -> None:
    """Twenty printings of a manual share every line, and so do ten pages in languages that nobody translated."""
    manual = "\n".join(own(number) for number in range(9))
    printings = [f"{manual}\nPrinting number {number}" for number in range(20)]
    assert cleaned(list(printings), TWICE)[0] == printings
    others = [f"{own(number)}\n{own(0)}" for number in range(100, 104)]
    kept, _ = cleaned([*printings, *others], TWICE)
    assert kept[20:] == [own(number) for number in range(100, 104)]


@pytest.mark.parametrize("share", [20, 60, 120])
def test_the_wrapping_of_a_site_is_found_however_much_of_its_pages_it_is(share: int) -> None:
    """Of 200 pages with 60 words of their own, none is taken for a copy of too many others, whatever the wrapping."""
    for site in range(20):
        wrapping = " ".join(f"site{site}word{word}" for word in range(share))
        texts = [f"{wrapping}\n{own(number)}" for number in range(200)]
        assert cleaned(list(texts), Repetition(documents=10))[0] == [own(number) for number in range(200)]


def test_lines_count_once_per_document() -> None:
    kept, _ = cleaned(["so it goes on and on\n" * 9 + own(1), "so it goes on and on\n" + own(2), "other"], TWICE)
    assert kept[1] == "so it goes on and on\n" + own(2)


def test_traditional_and_simplified_navigation_is_one_line() -> None:
    bodies = ["".join(chr(0x4E00 + 97 * (60 * at + place)) for place in range(60)) for at in range(3)]
    heads = ["網站首頁關於我們", "网站首页关于我们", "网站首页，关于我们"]
    kept, removed = cleaned([f"{head}\n{body}" for head, body in zip(heads, bodies, strict=True)], TWICE)
    assert kept == bodies
    assert removed == [(head, 3) for head in heads]


def test_hosts_count_for_themselves() -> None:
    texts = pa.array([f"menu of the site here\n{own(number)}" for number in range(3)])
    settings = Repetition(documents=1)
    found = lines(texts, settings, np.array([1, 1, 2], np.uint64))
    gone = spans(texts, found, repeated(line_counts(found), settings), settings)
    assert gone.rows.tolist() == [0, 1]


def test_short_lines_inside_a_text_are_its_headings_and_stay() -> None:
    texts = [f"Start | Help\nMenu\n{own(n)}\nExample\n{own(n + 50)}\nSee also\nPrint" for n in range(4)]
    kept, _ = cleaned(list(texts), Repetition(documents=2, tokens=4))
    assert kept == [f"{own(n)}\nExample\n{own(n + 50)}" for n in range(4)]
    notice = "This page is out of date and will be removed"
    kept, _ = cleaned([f"{own(n)}\n{notice}\n{own(n + 50)}" for n in range(4)], Repetition(documents=2, tokens=4))
    assert kept == [f"{own(n)}\n{own(n + 50)}" for n in range(4)]


@pytest.mark.parametrize(
    "line",
    [
        "| Name | Value | Default | Description |",
        "for (int i = 0; i < n; i++) {",
        "        return the whole list of results",
        "export LC_ALL to the shell before you begin",
        "cd into $HOME and unpack the archive there",
        "© 2019 The Contributors to the Handbook of Weather",
        "This work is licensed under CC BY 4.0 by its authors",
        "本作品采用知识共享署名四点零国际许可协议进行许可",
        "このページのライセンスは表示継承です、ご自由にどうぞ",
        "جميع الحقوق محفوظة لأصحاب هذا الموقع وكتابه",
    ],
)
def test_tables_code_and_lines_about_rights_stay(line: str) -> None:
    texts = [f"{own(number)}\n{line}" for number in range(5)]
    assert cleaned(list(texts), TWICE)[0] == texts


def test_a_list_of_links_is_no_code() -> None:
    kept, _ = cleaned([f"    - About the company\n    * News of the day\n{own(n)}" for n in range(4)], TWICE)
    assert kept == [own(n) for n in range(4)]


def test_paragraphs_end_at_empty_lines() -> None:
    footer = "Printed on paper,\nand sold in the shops."
    texts = [f"{own(1)}\nMore.\n\n{footer}", f"{footer}\n\n{own(2)}", f"Printed on paper,\n{own(3)}"]
    kept, removed = cleaned(list(texts), Repetition(documents=1, unit="paragraph"))
    assert kept == [f"{own(1)}\nMore.", own(2), f"Printed on paper,\n{own(3)}"]
    assert removed == [(footer, 2), (footer, 2)]


def test_separators_stay() -> None:
    texts = [f"{own(number)}\n***\na {number}" for number in range(3)]
    assert cleaned(list(texts), Repetition(documents=1))[0] == texts


def test_texts_without_lines_stay() -> None:
    assert cleaned([None, "", "\n\n", "x"], TWICE) == (["", "", "\n\n", "x"], [])
    nothing = lines(pa.array([], pa.string()), TWICE)
    assert len(spans(pa.array([], pa.string()), nothing, repeated(line_counts(nothing), TWICE), TWICE).rows) == 0


def test_what_remains_is_counted_in_tokens() -> None:
    texts = pa.array(["one two three\nfour five 六七", "one two three\nx", "one two three\ny z"])
    settings = Repetition(documents=1, tokens=1)
    found = lines(texts, settings)
    gone = spans(texts, found, repeated(line_counts(found), settings), settings)
    assert tokens_left(found, gone, 3).tolist() == [4, 1, 2]


LINES = st.sampled_from(["a b", "A B!", "c", "", "中文", "x y z", " ", "| c |", "\u200b"])


@given(st.lists(st.lists(LINES, max_size=5).map("\n".join), max_size=12), st.integers(1, 3), st.integers(1, 3))
def test_what_is_removed_is_what_counting_by_hand_removes(texts: list[str], limit: int, shards: int) -> None:
    settings = Repetition(documents=limit, tokens=1)

    def key(line: str) -> str:
        return str(folded(pa.array([line]), settings.fold).to_pylist()[0])

    pairs = lines(pa.array(texts, pa.string()), settings).sketches.tolist()
    sketches = [[half for pair in of for half in divmod(pair, 1 << 32)] for of in pairs]
    held, documents = defaultdict(list), defaultdict(set)
    for at, text in enumerate(texts):
        for line in text.split("\n"):
            if key(line) and not line.startswith("|"):
                held[key(line)].append(sketches[at])
                documents[key(line)].add(at)
    holders = defaultdict(
        int, {line: max(len(set(each)) for each in zip(*of, strict=True)) for line, of in held.items()}
    )
    kept, removed = cleaned(list(texts), settings, shards)
    gone = [line for text in texts for line in text.split("\n") if holders[key(line)] > limit and line[:1] != "|"]
    assert sorted(span for span, _ in removed) == sorted(line for line in gone if key(line))
    assert all(count == len(documents[key(span)]) for span, count in removed)
    for text, left in zip(texts, kept, strict=True):
        stay = [line for line in text.split("\n") if line == "| c |" or holders[key(line)] <= limit]
        assert [line for line in left.split("\n") if key(line)] == [line for line in stay if key(line)]


@given(st.lists(st.text(alphabet="ab\n中🎉 ", max_size=20), max_size=6))
def test_nothing_changes_where_nothing_is_repeated(texts: list[str]) -> None:
    kept, removed = cleaned(list(texts), Repetition(documents=100))
    assert kept == texts
    assert removed == []


def test_lines_lie_where_they_say() -> None:
    found: KeyedLines = lines(pa.array(["skipped", "é\n\n中文"]).slice(1), TWICE)
    assert list(zip(found.rows.tolist(), found.starts.tolist(), found.ends.tolist(), strict=True)) == [
        (0, 0, 2),
        (0, 4, 10),
    ]
