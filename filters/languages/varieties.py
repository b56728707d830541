"""Varieties that few words tell apart: which they are, and those of Chinese that need a word of their own.

The models take any traditional text for Cantonese: what passes for Cantonese in their training data (and, checked, in
FLORES-200) is mostly written Mandarin.
"""

import re

STANDARD = "zho"
_OWN = {
    "yue": re.compile("[嘅咗唔喺啲嚟冇佢哋嗰咁乜嘢睇俾畀嘥噉咩嘞囉攞諗搵瞓嘈]|係咪|而家|點解|邊個|鍾意|幾時"),
    "wuu": re.compile("[侬勿伐搿]|交关|辰光|白相|伊拉|阿拉|老底子"),
}
VARIETIES = tuple(_OWN)
_CLOSE = (
    ("bos", "hrv", "srp"),
    ("ind", "zsm"),
    ("kin", "run"),
    ("nob", "nno"),
    ("nso", "sot", "tsn"),
    ("ssw", "xho", "zul"),
)


def close(language: str) -> tuple[str, ...]:
    """Return the languages that few words tell apart from one, itself included."""
    return next((group for group in _CLOSE if language in group), (language,))


def belied(text: str) -> list[str]:
    """Return the varieties of which the text has no sign."""
    return [language for language, own in _OWN.items() if not own.search(text)]
