"""What is an attack on people, and what is said about one: by templates, over groups and scripts."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.risks.folding import folded
from filters.risks.lexicon import lexicon, role_of
from filters.risks.statements import Terms, joined, kinds_in, terms_in
from filters.text import segment


def found(text: str, language: str = "eng_Latn") -> Terms:
    words = lexicon(language)
    assert words is not None
    return terms_in(folded(segment.characters(pa.array([text]))), np.arange(1), words)


def attacks(text: str, language: str = "eng_Latn") -> float:
    return round(float(found(text, language).attacks.sum()), 3)


GROUPS = st.sampled_from(["women", "Muslims", "immigrants", "gay people", "disabled people"])
ATTACKS = st.sampled_from(["are vermin", "are disgusting", "should be wiped out", "deserve to die", "are scum"])


@given(GROUPS, ATTACKS)
def test_an_attack_on_a_group_counts_once(group: str, attack: str) -> None:
    assert attacks(f"{group} {attack}.") == 1
    assert attacks(f"All the {group} of this town {attack}, I tell you.") == 1


@given(GROUPS, ATTACKS)
def test_an_attack_that_is_denied_is_none(group: str, attack: str) -> None:
    assert attacks(f"I do not think that {group} {attack}.") == 0
    assert float(found(f"No {group} {attack}.").excused.sum()) == 1


@given(GROUPS, ATTACKS)
def test_what_is_quoted_or_condemned_counts_for_a_fifth(group: str, attack: str) -> None:
    assert attacks(f"Saying that {group} {attack} is unacceptable.") == 0.2
    assert attacks(f"He wrote: {group} {attack}. That is hate speech.") == 0.2


@given(GROUPS, ATTACKS)
def test_without_people_there_is_no_attack_and_without_an_attack_none_either(group: str, attack: str) -> None:
    assert attacks(f"These soups {attack}.") == 0
    assert attacks(f"I met {group} at the station.") == 0


@given(GROUPS)
def test_they_are_the_group_of_the_sentence_before(group: str) -> None:
    assert attacks(f"I saw {group} today. They are vermin.") == 1
    assert attacks(f"I saw {group} today. The rain stopped. They are vermin.") == 0


@given(GROUPS)
def test_a_right_that_is_denied_is_an_attack(group: str) -> None:
    assert attacks(f"{group} do not deserve rights.") == 1
    assert attacks(f"{group} deserve rights.") == 0


@pytest.mark.parametrize(
    ("text", "language", "counted"),
    [
        ("Frauen sind Ungeziefer.", "deu_Latn", 1),
        ("Frauen sind kein Ungeziefer.", "deu_Latn", 0),
        ("女人都是人渣。", "zho_Hans", 1),
        ("女人不是人渣。", "zho_Hans", 0),
        ("女*人*都*是*人*渣。", "zho_Hans", 1),
        ("說女人都是人渣，這是不可接受的。", "zho_Hant", 0.2),
        ("Les femmes ne sont que des ordures.", "fra_Latn", 1),
        ("w-o-m-e-n are v3rmin", "eng_Latn", 1),
    ],
)
def test_in_other_languages_and_spellings(text: str, language: str, counted: float) -> None:
    assert attacks(text, language) == counted


def test_what_is_found_stands_where_it_was_written() -> None:
    text = "I know: W-O-M-E-N are v\u200bermin."
    terms = found(text)
    pieces = [text[a:b] for a, b, on in zip(terms.starts, terms.ends, terms.attacks, strict=True) if on]
    assert pieces == ["W-O-M-E-N", "v\u200bermin"]


def test_terms_of_a_kind_are_counted_with_their_context() -> None:
    terms = found("Casino bonus, free spins, roulette and roulette. The police and the court said so.")
    kinds = kinds_in(terms, 1)
    gambling = role_of("gambling") - role_of("hateful")
    assert (kinds.counts[0, gambling], kinds.distinct[0, gambling], kinds.context[0]) == (4, 3, 2)


@given(st.sampled_from(["women scum not deserve racist ", "女人不是人渣配", "women not ", "racist vermin they "]))
def test_a_text_without_full_stops_is_looked_at_in_pieces(piece: str) -> None:
    language = "zho_Hans" if "女" in piece else "eng_Latn"
    terms = found(piece * 3000, language)
    assert len(terms.terms) >= 3000
    assert 0 <= terms.attacks.sum() <= 3000


def test_nothing_is_found_in_nothing() -> None:
    assert len(joined([]).terms) == 0
    assert kinds_in(joined([]), 2).counts.shape[0] == 2
