"""What is no language is not taken for one, whatever its script; and prose is not taken for noise."""

import random
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest

from filters.documents import Documents
from filters.language import Language
from filters.languages import noise as noises
from pipeline.training.noise_texts import keywords, noise
from shards.schema import DOCUMENT, batch_of

PROSE = {
    "eng_Latn": "The mill is old and stands by the river, and nobody in the village can say who built it. When "
    "the others were closed it was kept because the people of the town wanted to have one that "
    "works.",
    "deu_Latn": "Die Mühle ist alt und steht am Fluss, und niemand im Dorf kann sagen, wer sie gebaut hat. Als "
    "die anderen geschlossen wurden, blieb sie stehen, weil die Leute eine haben wollten, die noch "
    "mahlt.",
    "spa_Latn": "El molino es viejo y está junto al río, y nadie en el pueblo sabe quién lo construyó. Cuando "
    "cerraron los demás se quedó en pie, porque la gente quería tener uno que todavía funcionara "
    "para moler el trigo.",
    "rus_Cyrl": "Мельница стоит у реки уже давно, и никто в деревне не знает, кто её построил. Когда закрыли все "
    "остальные, эту оставили, потому что люди хотели, чтобы хотя бы одна из них работала и чтобы на "
    "ней можно было молоть.",
    "ell_Grek": "Ο μύλος είναι παλιός και στέκεται δίπλα στο ποτάμι, και κανείς στο χωριό δεν ξέρει ποιος τον "
    "έχτισε. Όταν έκλεισαν οι άλλοι, αυτός έμεινε, γιατί οι άνθρωποι ήθελαν να έχουν έναν που να "
    "δουλεύει ακόμη για το σιτάρι τους.",
    "zho_Hans": "这座磨坊很老了，就在河边，村里没有人知道是谁建的。别的磨坊关门的时候，它被留了下来，因为镇"
    "上的人想要一座还能用的磨坊。",
}
CHANCE = random.Random(5)
NOISE = noise(CHANCE, 20)


def annotated(texts: Sequence[str]) -> tuple[list[str], list[bool]]:
    """Return the label of each text, and whether it is believed."""
    rows = [{"id": str(n), "text": text, "source": "test", "source_id": str(n)} for n, text in enumerate(texts)]
    signals, columns = Language().annotate(Documents(batch_of(rows, DOCUMENT)))
    return columns["language"].to_pylist(), [bool(margin >= 0) for margin in signals["margin"]]


KEYWORDS = {
    "eng_Latn": "cheap hotels flights holiday insurance discount booking luxury apartments beach mountain travel",
    "deu_Latn": "Versicherung Vergleich Gutschein Angebote Ferienwohnung Mietwagen Hotels Reisen Strand Urlaub Flüge",
    "spa_Latn": "vuelos baratos hoteles ofertas seguros alquiler coches playas apartamentos descuentos reservas viajes",
    "rus_Cyrl": "гостиницы билеты дешёвые страхование скидки квартиры аренда путешествия пляжи бронирование "
    "машины отдых",
    "ell_Grek": "ξενοδοχεία εισιτήρια προσφορές ασφάλεια διακοπές ενοικίαση αυτοκίνητα παραλίες κρατήσεις "
    "εκπτώσεις ταξίδια",
}


@pytest.mark.parametrize("kind", NOISE)
def test_noise_is_not_believed_to_be_a_language(kind: str) -> None:
    _, believed = annotated(NOISE[kind])
    assert sum(believed) <= 2  # of 20


def test_of_all_noise_next_to_nothing_is_believed() -> None:
    texts = [text for kind in NOISE.values() for text in kind]
    labels, believed = annotated(texts)
    assert sum(believed) <= len(texts) // 50
    assert labels.count("zxx") > 0.9 * len(texts)


@pytest.mark.parametrize(("label", "text"), PROSE.items())
def test_prose_as_short_and_as_long_as_the_noise_is_believed(label: str, text: str) -> None:
    assert annotated([text, f"{text} {text}"]) == ([label, label], [True, True])


def test_a_list_of_keywords_is_no_language() -> None:
    words = {label: own.split() * 4 for label, own in KEYWORDS.items()}
    for kind, texts in keywords(random.Random(2), words, 40).items():
        assert annotated(texts)[0] == ["zxx"] * len(texts), kind


def test_a_short_title_is_not_taken_for_a_list_of_keywords() -> None:
    assert annotated(["Annual report on drinking water quality"])[0] == ["eng_Latn"]


def test_a_language_whose_function_words_are_endings_is_taken_at_its_word() -> None:
    korean = (
        "데비안 설치 프로그램 사용 설명서 목차 그림 화면 언어 선택 키보드 배열"
        " 네트워크 설정 디스크 나누기 사용자 계정 암호 시간대 설정 "
    )
    assert noises.wordless([korean * 3, korean * 3], ["kor_Hang", "rus_Cyrl"], np.zeros(2, np.bool_)).tolist() == [
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("maxItems and row_id", 13),
        ("the iPhone of McDonald", 14),
        ("me@example.org, you", 12),
        ("B2fK", 3),
        ("COVID-19, 2019 and 5 kg", 0),
        ("5月10日の会議は東京で", 0),
        ("", 0),
    ],
)
def test_letters_of_joined_words_are_counted(text: str, joined: int) -> None:
    assert noises.joined(pa.array(["x", text, "y"]), 1_000)[1] == joined
