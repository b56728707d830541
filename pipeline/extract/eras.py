"""Days as East Asian pages write them besides digits of our era: 令和4年2月13日, 民國111年…, 二〇二二年二月十三日."""

import re

_BEGAN = {"令和": 2019, "平成": 1989, "昭和": 1926, "民國": 1912, "民国": 1912}  # the first year
_DIGITS = {sign: str(value) for value, sign in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0", "Ｏ": "0"}
_SIGNS = "".join(_DIGITS)
ERA = re.compile(r"(令和|平成|昭和|民國|民国)\s?(\d{1,3}|元)\s?年(?=\s?\d{1,2}\s?月)")
IN_WORDS = re.compile(rf"([一二][{_SIGNS}]{{3}})年([{_SIGNS}十]{{1,3}})月([{_SIGNS}十廿卅]{{1,3}})(?=日)")
WORDS = ("令和", "平成", "昭和", "民國", "民国", "年十", *(f"年{sign}" for sign in "一二三四五六七八九"))


def western(text: str) -> str:
    """Return a text in which dates of these kinds are of our era, in digits: 2022年2月13日."""
    if "年" not in text or not any(word in text for word in WORDS):
        return text
    text = ERA.sub(lambda found: f"{_BEGAN[found[1]] - 1 + (1 if found[2] == '元' else int(found[2]))}年", text)
    return IN_WORDS.sub(
        lambda found: f"{''.join(map(_DIGITS.__getitem__, found[1]))}年{_number(found[2])}月{_number(found[3])}", text
    )


def _number(words: str) -> int:
    """Return a number up to 39: 十三, 二十, 廿一, 三十一."""
    words = words.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = words.rpartition("十")
    units = int(_DIGITS.get(ones, "0") if len(ones) <= 1 else "".join(_DIGITS[sign] for sign in ones))
    return units + (10 * int(_DIGITS.get(tens, "1") or 1) if ten else 0)
