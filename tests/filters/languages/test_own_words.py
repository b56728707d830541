"""Words of close varieties: sentences made for the test, each in two or more of them."""

import re

import numpy as np
import pytest

from filters.language import Language
from filters.languages import ensemble, own_words
from filters.languages.labels import scripts_of
from pipeline.training.languages import batch

PAIRS = {
    "ind": "Pemerintah kota mencoba membangun kantor yang berbeda karena warga butuh, namun uang itu hilang.",
    "zsm": "Kerajaan bandar cuba membina pejabat yang berbeza kerana rakyat memintanya, namun wang itu hilang.",
    "hrv": "Tko je prošlog tjedna putovao vlakom na otok, točno zna što je povijest ovog kazališta u Europi.",
    "bos": "Ko je prošle sedmice putovao vozom, tačno zna šta je historija ovog pozorišta u Evropi.",
    "kin": "Icyo gihe abantu byose babikoraga cyane cyangwa bakabireka, ariko ubwo ntibyari bikwiye.",
    "run": "Ico gihe abantu vyose babikora cane canke bakabireka, mugabo ivyo ntivyari bikwiye muri uno musi.",
    "hin": "यह वही गाँव है जो नदी के पास था और जहाँ वे रहते थे, लेकिन अब वहाँ कोई नहीं है।",
    "mai": "ई गाम नदीक कात मे अछि आओर एहि ठाम बेसी लोक नहि रहैत छल, मुदा हुनक घर एखनहुँ ओतय अछि।",
    "arz": "مش عارف ليه الناس دول بيقولو كده، علشان الحاجه دى بتاعت المدرسة وكمان النهارده مفيش حد.",
    "ary": "هاد الناس ديال الحومة غادي يمشيو دابا، حيت بزاف ديال الحوايج كاين فالسوق باش يشريو.",
}
NAMES = list(scripts_of())


def spoken(text: str, named: str) -> dict[str, float]:
    """Return how much own words speak for each language where a model names one."""
    places = np.flatnonzero(own_words.looked_for(np.array([[name == named for name in NAMES]]))[0]).tolist()
    columns = own_words.table().columns[places]
    return dict(zip([NAMES[column] for column in columns], own_words.spoken(text, places), strict=True))


@pytest.mark.parametrize("language", PAIRS)
def test_close_varieties_are_told_apart_by_their_own_words(language: str) -> None:
    _, columns = Language().annotate(batch([PAIRS[language], f"{PAIRS[language]} " * 3]))
    assert [tag[:3] for tag in columns["language"].to_pylist()] == [language, language]


@pytest.mark.parametrize("language", PAIRS)
def test_the_words_of_a_variety_speak_for_it_and_not_for_its_neighbour(language: str) -> None:
    found = spoken(PAIRS[language], language)
    assert found[language] > 1
    assert all(weight < found[language] for other, weight in found.items() if other != language)


def test_words_are_looked_for_only_beside_the_languages_that_take_their_place() -> None:
    assert spoken(PAIRS["ind"], "eng") == {}


def test_a_text_without_words_of_its_own_speaks_against_a_variety_by_its_length() -> None:
    weights = [spoken("abantu " * count, "run")["run"] for count in (1, 10, 100)]
    assert 0 > weights[0] > weights[1] > weights[2]


def test_no_word_is_in_the_lists_of_two_neighbours() -> None:
    table = own_words.table()
    for word, places in table.lists.items():
        for place in places:
            others = [other for other in places if other != place and table.near[place, table.columns[other]]]
            shared = {NAMES[table.columns[one]] for one in (place, *others)}
            assert not others or shared in SHARED, (word, shared)


SHARED = (
    {"bos", "srp"},
    {"bho", "mai"},
    {"lmo", "vec"},
    {"ceb", "fil"},
    {"ceb", "war"},
)


def test_every_pattern_meets_a_word() -> None:
    for stems in own_words.table().stems:
        if stems is not None:
            for one in stems.pattern.split("|"):
                assert re.search(one, re.sub(r"\\\\b", "", one).replace("\\b", ""))


def test_the_languages_of_the_lists_are_known_to_a_model() -> None:
    known = np.asarray(ensemble.known().any(axis=0))
    assert known[own_words.table().columns].all()
