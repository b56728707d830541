"""Varieties that few words tell apart: which they are, and those of Chinese, which their own words tell apart.

The models take any traditional text for Cantonese (what passes for it in their training data, and, checked, in
FLORES-200, is mostly written Mandarin) or none: a text needs one word of Cantonese to be it, and is it where such words
run through it: of 4,211 short sentences in Cantonese .79, of 2,412 in Mandarin none.
"""

import re

STANDARD, CANTONESE = "zho", "yue"
_OWN = {
    CANTONESE: re.compile(
        "[嘅咗喺啲嚟嗰佢哋嘢㗎冚嚿]|[唔冇](?=[\u3400-\u9fff])"
        "|[我你都就只但真仲淨净即梗定話话能該该]係|係咪|而家|依家|點解|点解|點樣|邊個|边个|邊度|边度|呢[啲個个種种間间條条單单樣样度]"
        "|鍾意|钟意|幾時|几时|尋日|寻日|琴日|聽日|听日|傾偈|倾偈|同埋|屋企|返工|放工|細佬|多謝晒"
    ),
    "wuu": re.compile("[侬勿伐搿]|交关|辰光|白相|伊拉|阿拉|老底子"),
}
VARIETIES = tuple(_OWN)
# Words of Cantonese that are met in other Chinese too, but seldom: two count for one of its own.
_SHARED = re.compile(
    "[唔冇咁睇俾畀嘥噉咩嘞囉攞諗谂搵揾瞓嘈喎攰嬲氹掟揼嗌啱惗啫噃啩撳黐靚掂揀仲叻咪嘩噏孭]|(?<![關关聯联干維维])係(?![數数指])"
    "|入面|幾多|好耐|一齊|吖嘛|男仔|女仔|細個|等陣|食飯|落去|阿媽|點[會知算先做]|好似|頭先|成日|搞掂|得閒|講緊|飲茶"
)
_APART = 10  # characters, for which a text has at least one word that counts
_ENOUGH = 2  # one word of its own, or two that are shared
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


def is_cantonese(text: str) -> bool:
    """Return whether words of Cantonese run through the text."""
    own = 2 * len(_OWN[CANTONESE].findall(text))
    found = own + len(_SHARED.findall(_OWN[CANTONESE].sub(" ", text)))
    return found >= max(_ENOUGH, len(text) / _APART)
