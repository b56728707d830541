"""Words that a line end divides: whether the hyphen is the line's or the word's."""

import re
from collections import Counter

_HYPHENS = "-\u2010\u00ad"
_LAST = re.compile(r"[^\W\d_]+$")
_FIRST = re.compile(r"[^\W\d_]+")
_WORDS = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")
# What follows a hyphen that stands for a part of a compound: Vor- und Nachteile
_TOGETHER = frozenset({"und", "oder", "bzw", "sowie", "och", "eller", "og"})


class Words:
    """The words of a document, counted when they are first asked for."""

    def __init__(self, texts: list[str]) -> None:
        self._texts = texts
        self._counts: Counter[str] | None = None

    def count(self, word: str) -> int:
        """Return how often a word stands in the document, in small letters."""
        if self._counts is None:
            self._counts = Counter(
                word.replace("\u2010", "-") for text in self._texts for word in _WORDS.findall(text.lower())
            )
        return self._counts[word]


def joined(before: str, after: str, words: Words) -> str:
    """Return two lines as one, of which the first ends in a letter and a hyphen."""
    stem, hyphen = before[:-1], before[-1]
    first = _FIRST.match(after)
    if hyphen == "\u00ad":
        return stem + after
    if first is None or not after[0].islower():
        return before + after if after[:1].isalnum() else f"{before} {after}"
    if first[0] in _TOGETHER:
        return f"{before} {after}"
    last = _LAST.search(stem)
    if last is None or len(last[0]) == 1:  # behind a number, or one letter, no word is divided: 800-m-runners
        return before + after
    one, two = last[0].lower(), first[0].lower()
    if words.count(f"{one}-{two}") > words.count(one + two):
        return before + after
    return stem + after
