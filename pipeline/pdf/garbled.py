"""Text that is no text: fonts without a map to characters, with a false one, or with one that clashes.

Characters without a meaning are counted as they are read. A font whose map exchanges letters (as copy protection does)
gives words of an alphabet among which there are no function words of any language, and in whose letters the vowels are
rare: the tables of function words do not know every language, so both must hold. A font whose map clashes gives words
of one script with a sign of another inside.
"""

import re
import unicodedata
from collections import Counter
from functools import cache
from typing import NamedTuple

from filters.text.stop_words import TABLE, StopWords
from shards.tables import rows

UNMAPPED = 0.1  # share of characters: sound files have .007 at most, damaged Indic ones .05 to .15, others .99
FUNCTION = 0.06  # share of words: sound files have .08 and more, texts with exchanged letters .06 at most (median .02)
PROVED = 0.1  # share of words from which on what characters mean was guessed well: texts of exchanged letters have .06
VOWELS = 0.36  # share of letters: sound files have .39 and more
MIXED = 0.2  # share of words: sound files have .005 at most
_FEWEST = 60  # words below which nothing is judged
_SAMPLE = 20_000  # characters that are looked at
_WORD = re.compile(r"[^\W\d_][^\W\d_A-ZА-Я]+")
_VOWEL = re.compile("[aeiouyæœøıəɛɔаеиоуыэюяєіαεηιουω]")
_LETTER = re.compile("[a-zæœøßıəɛɔđħłŋþðа-яєіїґђјљњћџα-ω]")
_OTHERS = re.compile(r"[\u0900-\u0dff\u0600-\u06ff\u0590-\u05ff\u0e00-\u0e7f\u1200-\u137f]")
_INSIDE = re.compile(r"(?<=[^\W\d_])[A-Za-z0-9\u0250-\u02af/{|}~²³¶\ufffd]+(?=[^\W\d_])")


class Signs(NamedTuple):
    """Shares, from 0 to 1; None where there is too little to judge."""

    function: float | None  # of the words in an alphabet, the function words of the language that has most of them
    vowels: float | None  # of the letters of an alphabet
    mixed: (
        float | None
    )  # of the words in another script, those with a sign of Latin fonts inside, or one without meaning


def signs(text: str) -> Signs:
    """Return the signs of garbage in a text."""
    sample = text[:_SAMPLE]
    found = [word.lower() for word in _WORD.findall(sample)]
    letters = unicodedata.normalize("NFD", "".join(found))
    written = len(_LETTER.findall(letters))
    function = vowels = mixed = None
    if len(found) >= _FEWEST and written > 0.6 * len(letters):
        by_language: Counter[int] = Counter()
        for word in found:
            by_language.update(_function_words().get(word, ()))
        function = max(by_language.values(), default=0) / len(found)
        vowels = len(_VOWEL.findall(letters)) / written
    others = [word for word in sample.split() if len(word) > 3 and _OTHERS.search(word)]
    if len(others) >= _FEWEST:
        mixed = sum(_INSIDE.search(word) is not None for word in others) / len(others)
    return Signs(function, vowels, mixed)


def is_garbled(text: str) -> bool:
    """Return whether a text is none."""
    function, vowels, mixed = signs(text)
    exchanged = function is not None and vowels is not None and function < FUNCTION and vowels < VOWELS
    return exchanged or (mixed is not None and mixed > MIXED)


def is_proved(text: str) -> bool:
    """Return whether a text whose characters were guessed is one: it has function words and vowels of a language."""
    function, vowels, _ = signs(text)
    return function is not None and vowels is not None and function >= PROVED and vowels >= VOWELS


@cache
def _function_words() -> dict[str, list[int]]:
    """Return the words, each with the lists that it is on."""
    found: dict[str, list[int]] = {}
    for number, row in enumerate(rows(TABLE, StopWords)):
        for word in row.words:
            found.setdefault(word, []).append(number)
    return found
