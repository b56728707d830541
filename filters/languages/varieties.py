"""Varieties that few words tell apart: which they are, and those of Chinese, which their own words tell apart.

The models take any traditional text for Cantonese (what passes for it in their training data, and, checked, in
FLORES-200, is mostly written Mandarin) or none: a text needs one word of Cantonese to be it, and is it with several.
"""

import re

STANDARD = "zho"
_OWN = {
    "yue": re.compile(
        "[嘅咗唔喺啲嚟冇佢哋嗰咁乜嘢睇俾畀嘥噉咩嘞囉攞諗搵瞓嘈㗎喎攰嬲氹掟揼嗌嘥啱孭惗谂揾]"
        "|係咪|系咪|而家|點解|点解|邊個|边个|鍾意|钟意|幾時|几时|尋日|寻日|琴日|聽日|听日|呢度|呢個|呢个|邊度|边度"
        "|點樣|傾偈|倾偈|淨係|净系|即係|梗係|定係|同埋|屋企|返工|放工|細佬|啱啱|多謝晒|好似話|飲茶先"
    ),
    "wuu": re.compile("[侬勿伐搿]|交关|辰光|白相|伊拉|阿拉|老底子"),
}
VARIETIES = tuple(_OWN)
_SURE = {"yue": 3}  # words, of two kinds or more, that a text of the standard language does not have
_APART = 30  # characters, of which at least one word is the variety's own
_CLOSE = (
    ("bos", "hrv", "srp"),
    ("ind", "zsm"),
    ("kin", "run"),
    ("nob", "nno"),
    ("nso", "sot", "tsn"),
    ("ssw", "xho", "zul"),
    ("wuu", "yue", "zho"),
)


def close(language: str) -> tuple[str, ...]:
    """Return the languages that few words tell apart from one, itself included."""
    return next((group for group in _CLOSE if language in group), (language,))


def belied(text: str) -> list[str]:
    """Return the varieties of which the text has no sign."""
    return [language for language, own in _OWN.items() if not own.search(text)]


def worded(text: str) -> list[str]:
    """Return the varieties whose own words run through the text."""
    found = {language: _OWN[language].findall(text) for language in _SURE}
    return [
        language
        for language, words in found.items()
        if len({*words}) > 1 and len(words) >= max(_SURE[language] if len(text) > _APART else 2, len(text) / _APART)
    ]
