import random
import string

import pytest

from pipeline.pdf.garbled import is_garbled

SOUND = {
    "en": "The water of the sea is warmer than it was in the century before, and it has risen since then because the "
    "ice of the land melts into it. It is not known how far it will rise, or when it will be as high as at that time. ",
    "de": "Das Wasser des Meeres ist wärmer als im Jahrhundert davor, und es steigt noch immer, weil das Eis am "
    "Land schmilzt. Es ist nicht bekannt, wie hoch es sein wird, und wann es so weit ist. ",
    "ru": "Вода в море теплее, чем она была в прошлом веке, и она поднимается, потому что лёд на земле тает. Не ясно, "
    "как высоко она поднимется и когда это будет, но она уже не такая, как была раньше, и так это и останется. ",
    "el": "Το νερό της θάλασσας είναι πιο ζεστό από ό,τι ήταν τον προηγούμενο αιώνα και ανεβαίνει ακόμη, επειδή "
    "λιώνουν οι πάγοι στη στεριά. Δεν είναι γνωστό πόσο ψηλά θα φτάσει και πότε θα γίνει αυτό. ",
    "ar": "مياه البحر أدفأ مما كانت عليه في القرن الماضي ولا تزال ترتفع لأن الجليد على اليابسة يذوب. ",
}


@pytest.mark.parametrize("language", SOUND)
def test_text_is_no_garbage(language: str) -> None:
    assert not is_garbled(SOUND[language] * 4)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("shift", [3, 13, 20])
def test_exchanged_letters_are_garbage(language: str, shift: int) -> None:
    letters = string.ascii_lowercase
    exchanged = str.maketrans(letters + letters.upper(), (letters[shift:] + letters[:shift]) * 2)
    assert is_garbled(SOUND[language].translate(exchanged) * 4)


@pytest.mark.parametrize("sign", ["1", "/", "\ufffd"])
def test_signs_inside_most_words_are_garbage(sign: str) -> None:
    draw = random.Random(1)
    words = (SOUND["ar"] * 8).split()
    broken = [word[:2] + sign + word[2:] if len(word) > 3 and draw.random() < 0.5 else word for word in words]
    assert is_garbled(" ".join(broken))


def test_few_words_are_not_judged() -> None:
    assert not is_garbled("xkcd brrr pfft " * 10)
