"""Word lists: whole words where a script has them, phrases that excuse, and languages without a list."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.bad_words import BadWords, WordList, risks
from filters.base import OneOf, Range
from filters.chain import judge
from filters.documents import Documents
from filters.lists import terms
from filters.text import segment

Batch = Callable[..., pa.RecordBatch]

LISTS = {
    "en": "cock\ndamn\nbloody hell\nass\n",
    "fr": "con\n",
    "zh": "性\n赌博\n",
    "ja.txt": "グロ\n女の子\n博打\nカジノ\n",
    "th": "พนัน\n",
    "ar": "قمار\n",
    "ko": "도박\n",
    "ru": "чёрт\n",
    "README.md": "wet\n",
}
ALLOWED = {"en": "cock a leg\nwise ass\n", "zh": "性别\n女性\n", "ja": "女の子\n"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, files in (("lists", LISTS), ("allowed", ALLOWED)):
        (tmp_path / name).mkdir()
        for file, content in files.items():
            (tmp_path / name / file).write_text(content, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("eng_Latn", "Hitchcock, cockpit, peacock, Cockburn and assets", 0),
        ("eng_Latn", "a COCK, (cock) “cock” ｃｏｃｋ", 4),
        ("eng_Latn", "bloody\nhell, bloody hell", 1),
        ("eng_Latn", "dogs cock a leg, wise ass", 0),
        ("eng_Latn", "damned, damn2, 2damn, pre-damn", 1),
        ("fra_Latn", "Le con, les conseils, garçon et façon", 1),
        ("zho_Hans", "网络赌博网站，男性用品", 2),
        ("zho_Hans", "性别与女性", 0),
        ("jpn_Jpan", "グローバル、エログロ、グロい、博打打ち", 2),
        ("jpn_Jpan", "女の子", 0),
        ("jpn_Jpan", "オンラインカジノのサイト", 1),
        ("tha_Thai", "เว็บพนันออนไลน์", 1),
        ("arb_Arab", "موقع قمار، القمار وبالقمار، المقمار", 3),
        ("kor_Hang", "도박을 하다. 온라인도박", 1),
        ("rus_Cyrl", "Чёрт! Чёртов", 1),
    ],
)
def test_terms_are_whole_where_the_script_has_words(
    batch: Batch, folder: Path, language: str, text: str, count: int
) -> None:
    filter = BadWords(lists=(WordList(path=folder / "lists"),), allowed=folder / "allowed")
    assert judge([filter], batch(text, language=language)).signals["bad_words.occurrences"].to_pylist() == [count]


def test_a_language_without_a_list_is_not_judged(batch: Batch, folder: Path) -> None:
    found = judge([BadWords(lists=(WordList(path=folder / "lists"),))], batch("damn damn", language="swh_Latn"))
    assert np.isnan(found.signals["bad_words.distinct"][0].as_py())
    assert found.documents["rejected_by"].to_pylist() == [None]


def test_one_file_is_for_every_language(batch: Batch, folder: Path) -> None:
    found = judge([BadWords(lists=(WordList(path=folder / "lists" / "zh"),))], batch("赌博", language="jpn_Jpan"))
    assert found.signals["bad_words.distinct"].to_pylist() == [1]


def test_one_term_says_little_and_several_flag(batch: Batch, folder: Path) -> None:
    filter = BadWords(lists=(WordList(path=folder / "lists"),), distinct=Range(max=2, undefined="keep", action="flag"))
    texts = ("damn damn damn", "damn, cock and bloody hell")
    found = judge([filter], batch(*texts, language="eng_Latn")).documents
    assert found["flagged_by"].to_pylist() == [None, ["bad_words.distinct"]]
    assert found["rejected_by"].to_pylist() == [None, None]


def test_the_rule_of_c4_is_one_configuration(batch: Batch, folder: Path) -> None:
    filter = BadWords(lists=(WordList(path=folder / "lists"),), occurrences=Range(max=0, undefined="keep"))
    found = judge([filter], batch("Hitchcock", "oh damn", language="eng_Latn")).documents
    assert found["rejected_by"].to_pylist() == [None, "bad_words.occurrences"]


def test_density_is_the_share_of_letters(batch: Batch, folder: Path) -> None:
    found = judge([BadWords(lists=(WordList(path=folder / "lists"),))], batch("赌博是坏的", language="zho_Hans"))
    assert found.signals["bad_words.density"].to_pylist() == [pytest.approx(2 / 5)]


def test_a_list_carries_the_name_of_its_risk(batch: Batch, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("赌博\n")
    (tmp_path / "b").write_text("暴力\n色情\n")
    lists = (WordList(path=tmp_path / "a", risk="gambling"), WordList(path=tmp_path / "b", risk="A.1.6"))
    filter = BadWords(lists=lists, risk=OneOf(values=("none", "gambling")), distinct=Range())
    found = judge([filter], batch("赌博", "赌博，暴力和色情", "和平"))
    assert found.signals["bad_words.risk"].to_pylist() == ["gambling", "A.1.6", "none"]
    assert found.documents["rejected_by"].to_pylist() == [None, "bad_words.risk", None]


def test_the_standard_has_31_risks_and_no_other_number_is_taken(tmp_path: Path) -> None:
    assert len(risks()) == 31
    with pytest.raises(ValueError, match=r"A\.1\.9"):
        WordList(path=tmp_path, risk="A.1.9")


def test_the_lists_decide_the_result_along_with_the_settings(folder: Path) -> None:
    found = BadWords(lists=(WordList(path=folder / "lists"),), allowed=folder / "allowed").resources()
    assert {path.name for path in found} == set(LISTS) - {"README.md"} | set(ALLOWED)


def plain(text: str, wanted: list[str]) -> int:
    """The rule without buckets or folding, for letters that are never part of longer words: leftmost, longest."""
    found = position = 0
    while position < len(text):
        here = [len(term) for term in wanted if term and text.startswith(term, position)]
        found += bool(here)
        position += max(here, default=1)
    return found


@given(st.text("天地人和", max_size=40), st.lists(st.text("天地人和", max_size=4), max_size=8))
def test_terms_are_found_leftmost_and_longest(text: str, wanted: list[str]) -> None:
    characters = segment.characters(pa.array(["天地", text], pa.string()))
    found = terms.find(characters, np.array([1]), terms.terms([wanted]))
    assert len(found.terms) == plain(text, wanted)
    assert set(found.documents.tolist()) <= {1}


@pytest.mark.parametrize("number", [63, 64, 65, 1000])
def test_any_number_of_terms_is_found(batch: Batch, tmp_path: Path, number: int) -> None:
    (tmp_path / "eng.txt").write_text("damn\n", encoding="utf-8")
    filter = BadWords(lists=(WordList(path=tmp_path / "eng.txt"),))
    signals = filter.measure(Documents(batch("damn it " * number, language="eng_Latn")))
    assert list(signals["occurrences"]) == [number]
