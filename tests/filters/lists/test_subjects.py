"""Lists of terms for heads: each term is found where it stands, and nowhere else."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest

from filters.documents import Documents
from filters.domain import SUBJECTS
from filters.lists import subjects
from filters.lists.subjects import find, in_terms, said_by_terms
from filters.models.codes import codes_of
from filters.quality import Quality

QUALITY = ("informative", "commercial")
HEADS = (*SUBJECTS, *QUALITY)
ROWS = subjects._rows()
LISTED = [(row, term) for row in ROWS for term in row.terms.split(" | ")]


def said(texts: Sequence[str], languages: Sequence[str | None], heads: tuple[str, ...] = HEADS) -> np.ndarray:
    columns = {"text": texts, "language": languages}
    documents = Documents(pa.record_batch({name: pa.array(column, pa.string()) for name, column in columns.items()}))
    read = codes_of(documents)
    return said_by_terms(find(documents, read, heads), read, heads)


def capital(term: str) -> str:
    return term.upper() if term.upper().lower() == term else term  # not where it is İ, ẞ or Σ


def test_every_term_of_every_language_is_found_for_its_head() -> None:
    languages = ["xxx_Latn" if row.language == "mul" else f"{row.language}_Latn" for row, _ in LISTED]
    plain = [f"qzq {term.removesuffix('*')} qzq" for _, term in LISTED]
    longer = [f"{term[:-1]}x" if term.endswith("*") else f"{capital(term)} qzq" for _, term in LISTED]
    for texts in (plain, longer):
        found = said(texts, languages)
        missing = [term for (row, term), values in zip(LISTED, found, strict=True) if not values[HEADS.index(row.head)]]
        assert missing == []


def test_the_heads_of_the_lists_are_those_of_the_filters() -> None:
    assert {row.head for row in ROWS} == set(HEADS)
    assert set(QUALITY) <= set(Quality.model_fields) | {"informative"}
    assert len({(row.head, row.language) for row in ROWS if row.head in SUBJECTS and row.language != "mul"}) >= 40


def test_no_term_speaks_for_a_head_and_against_it() -> None:
    signs = {(row.language, row.head, term, row.weight > 0) for row, term in LISTED}
    assert [key for *key, speaks_for in sorted(signs) if not speaks_for and (*key, True) in signs] == []
    assert all(row.weight for row in ROWS)


def test_a_term_is_no_part_of_another_word() -> None:
    whole = [term for row, term in LISTED if row.language == "deu" and term.isalpha() and len(term) > 3]
    inside = [f"qz{term}qz" for term in whole]
    found = said(inside, ["deu_Latn"] * len(inside))
    assert found.any(axis=1).sum() == 0


def test_lists_are_of_a_language_but_english_names_and_formulas_are_read_in_all() -> None:
    assert not said(["Strömungen"], ["fra_Latn"]).any()
    both = said(["Navier-Stokes equations", "SiO2 TiO2"], ["fra_Latn", None])
    assert both[0, HEADS.index("fluid_mechanics")] > 0
    assert both[1, HEADS.index("materials")] > 0


def test_a_term_counts_once_and_more_terms_say_more_and_other_words_less() -> None:
    others = " ".join(f"word{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(300))
    texts = ["turbulence airfoil", "airfoil airfoil", "turbulence airfoil vorticity", f"airfoil {others}"]
    found = said(texts, ["eng_Latn"] * 4)[:, HEADS.index("fluid_mechanics")]
    once = said(["airfoil"], ["eng_Latn"])[0, HEADS.index("fluid_mechanics")]
    assert found[2] > found[0]
    assert found[1] == pytest.approx(once, rel=0.02)
    assert found[3] < once / 1.5


def test_terms_of_near_misses_speak_against_a_head_and_are_not_shown() -> None:
    texts, place = ["antibodies of patients", "antibodies of patients in the lawsuit"], HEADS.index("life_health")
    plain, court = said(texts, ["eng_Latn"] * 2)[:, place]
    assert 0 < court < plain
    assert said(["a lawsuit"], ["eng_Latn"])[0, place] < 0
    documents = Documents(pa.record_batch({"text": texts[1:], "language": ["eng_Latn"]}))
    read = codes_of(documents)
    starts, ends = (bounds[read.tokens] for bounds in (documents.tokens.starts, documents.tokens.ends))
    shown = in_terms(find(documents, read, HEADS), 0, starts, "life_health", HEADS)
    assert [texts[1][starts[i] : ends[i]] for i in shown] == ["antibodies", "patients"]


def test_a_text_that_is_repeated_says_what_it_says_once() -> None:
    text = "The turbulence behind an airfoil sheds vorticity into the wake of the blade. "
    once, twice, often = said([text, text * 2, text * 20], ["eng_Latn"] * 3)
    assert once.max() > 0
    assert once.tolist() == twice.tolist() == often.tolist()


def test_spelling_is_folded() -> None:
    found = said(["鈦合金的顯微組織", "钛合金的显微组织", "Ａｌ２Ｏ３", "Al2O3"], ["zho_Hant", "zho_Hans", None, None])
    assert found[0].tolist() == found[1].tolist()
    assert found[2].tolist() == found[3].tolist()
    assert (found[:, HEADS.index("materials")] > 0).all()


def test_the_words_of_a_term_are_shown() -> None:
    text = "The reynolds number of an airfoil."
    columns = {"text": [text], "language": ["eng_Latn"]}
    documents = Documents(pa.record_batch({name: pa.array(column, pa.string()) for name, column in columns.items()}))
    read = codes_of(documents)
    starts = documents.tokens.starts[read.tokens]
    shown = in_terms(find(documents, read, HEADS), 0, starts, "fluid_mechanics", HEADS)
    ends = documents.tokens.ends[read.tokens]
    assert [text[starts[i] : ends[i]] for i in shown] == ["reynolds", "number", "airfoil"]


def test_a_head_without_a_list_has_no_terms() -> None:
    assert said(["airfoil"], ["eng_Latn"], ("law",)).tolist() == [[0.0]]


def test_a_term_that_cannot_be_found_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    row = subjects.SubjectRow(language="eng", head="law", weight=1, terms="act*")
    monkeypatch.setattr(subjects, "_rows", lambda: (row,))
    with pytest.raises(ValueError, match=r"act: `\*` needs 4 letters"):
        subjects._listed.__wrapped__(("law",))
