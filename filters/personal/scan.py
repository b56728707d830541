"""Where personal data could stand: one compiled pass over the characters of a batch, before any pattern is tried.

A pattern of `types.yaml` can match only inside a place of its kind, so patterns see places and not whole texts:

    NUMBER    digits with at most three of ` .()-` between them: at least six of them
    EMAIL     a run of the characters of addresses, in any script, that has an @
    CODE      letters and digits that begin with two letters, two digits side by side among them
    DOTS      four numbers with dots between, where the first begins
    COLONS    a run of hexadecimal digits and colons, at least seven of these, or two side by side
    PLATE     the name of a province before a capital letter
    ACCOUNT   a name of at least five characters after a colon or one of the words for "is" and "number"
    SECRET    one of the beginnings of known keys
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from filters.personal.openings import bits_between
from filters.personal.signs import signs, undotted
from shards.arrays import Array
from shards.compiled import compiled, inner

NUMBER, EMAIL, CODE, DOTS, COLONS, PLATE, ACCOUNT, SECRET = range(8)
SCANS = ("number", "email", "code", "dots", "colons", "plate", "account", "secret")

LEAST_DIGITS = 6
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"  # how a number plate of China begins
LONGEST_GAP = 3  # `) (`: the most that stands between two digits of a telephone number
SHORTEST_NAME = 5
SHORTEST_IPV6 = 7  # 2001::1

_DIGIT, _LETTER, _HEX, _GAP, _ADDRESS, _NAME, _SAYS, _ENDS, _EVENT, _SECRET, _PROVINCE, _WORD, _BETWEEN = (
    1 << bit for bit in range(13)
)
_AT, _COLON, _UNDERSCORE, _TWO, _D, _I, _PLUS, _SPACE = (ord(character) for character in "@:_2di+ ")
_MARKS = 0x2FF  # above it stand the vowel signs that Thai and Indic words end in, which are no letters to Python

# What there is in and about a NUMBER: signs between its digits, what stands right before it, a word near enough to say
# what it is, one that stands right before it, one right after it.
BETWEEN = " \t\n\r\x0b\x0c.:№@号號是为idID"  # may stand between the words that say what a number is, and it
AFTER_PLUS, AFTER_LETTER, WORDED, NAMED, LABELLED = (1 << bit for bit in range(6, 11))
_WORD_BEFORE, _WORD_AFTER, _LABEL = 44, 20, 3  # characters
_LONGEST_CODE = 16  # characters of a code that a word must name


class Places(NamedTuple):
    """Columns of equal length, a row per place, ordered by document; offsets count a document's code points."""

    documents: npt.NDArray[np.int64]
    scans: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    digits: npt.NDArray[np.int64]  # of a NUMBER: how many
    runs: npt.NDArray[np.int64]  # of a NUMBER: the most side by side
    about: npt.NDArray[np.int64]  # of a NUMBER: which of DASHED and the others hold
    words: npt.NDArray[np.int64]  # of a NUMBER or CODE: the bits of the kinds that a word near may name
    undotted: npt.NDArray[np.int64]  # of a NUMBER: the most digits with no dot between them


@cache
def _properties(beginnings: tuple[str, ...]) -> npt.NDArray[np.uint16]:
    capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    table = np.zeros(0x110000, np.uint16)
    table[_points(str.isalpha)] = _WORD
    table[_points(lambda character: f"a{character}".isidentifier())] |= _ADDRESS  # letters, their marks, digits
    for characters, bit in (
        ("0123456789", _DIGIT),
        (capitals + capitals.lower(), _LETTER),
        ("0123456789abcdefABCDEF:", _HEX),
        (" .()-", _GAP),
        ("@_%+.-", _ADDRESS),
        ("_-", _NAME),
        (":号號是为", _SAYS),
        ("txqnmeTXQNME", _ENDS),  # of weixin, wechat, line, telegram, vx, QQ: the word "id" may follow
        ("0123456789@:号號是为dD_-" + capitals, _EVENT),
        (PROVINCES, _PROVINCE),
        (BETWEEN, _BETWEEN),
        ([text[_first(text)] for text in beginnings], _SECRET),
    ):
        table[[ord(character) for character in characters]] |= bit
    table[table & (_DIGIT | _LETTER) != 0] |= _ADDRESS | _NAME
    return table


def _points(has: Callable[[str], bool]) -> Array:
    """Return the code points that have a property, of the planes that have letters."""
    return np.array([point for point in range(0x40000) if has(chr(point))], np.uint32)


@cache
def _table(beginnings: tuple[str, ...]) -> tuple[Array, Array, Array]:
    """Return the beginnings, their lengths, and where the first character that is no small letter stands in each."""
    table = np.zeros((len(beginnings), max(map(len, beginnings))), np.uint32)
    for row, text in enumerate(beginnings):
        table[row, : len(text)] = [ord(char) for char in text]
    return table, np.array([len(text) for text in beginnings]), np.array([_first(text) for text in beginnings])


def _first(text: str) -> int:
    return next(index for index, char in enumerate(text) if not char.islower())


def places(points: Array, documents: Array, beginnings: tuple[str, ...], words: Array) -> Places:
    """Return every place of the documents; the points are those of `shadow_table`, the words of `openings`."""
    tables = (_properties(beginnings), words, *_table(beginnings))
    rows = np.zeros((64 + len(points) // 64, 9), np.int64)
    if (count := _places(points, documents, *tables, rows)) > len(rows):
        rows = np.zeros((count, 9), np.int64)
        _places(points, documents, *tables, rows)
    return Places(*rows[:count].T)


@compiled
def _places(
    points: Array,
    documents: Array,
    table: Array,
    words: Array,
    beginnings: Array,
    lengths: Array,
    firsts: Array,
    rows: Array,
) -> int:
    """Write the places into the rows and return how many there are, which may be more than there is room for."""
    n = 0
    for document in range(len(documents) - 1):
        low, high = documents[document], documents[document + 1]
        start, last, digits, run, longest = low, low - 1, 0, 0, 0  # of the number
        address = hexadecimal = code = low - 1  # how far the last of these reached
        for i in range(low, high):
            here = table[points[i]]
            if not here & _EVENT:
                continue
            if here & _DIGIT:
                if digits and not _joined(points, table, last, i):
                    n = _put_number(
                        points, table, words, low, start, last + 1, high, rows, n, document, digits, longest
                    )
                    digits = 0
                if digits == 0:
                    start, run, longest = i, 0, 0
                run = run + 1 if last == i - 1 else 1
                digits += 1
                longest = max(longest, run)
                last = i
                if run == 2 and i - 2 > code:
                    n, code = _put_code(points, table, words, low, i, high, code, rows, n, document)
                if run == 1 and _four_parts(points, table, low, i, high):
                    n = _put(rows, n, document, DOTS, i - low, i - low, 0, 0)
                continue
            if points[i] == _AT and i > address:
                first, address = _run(points, table, _ADDRESS, low, i, high)
                n = _put(rows, n, document, EMAIL, first - low, address - low, 0, 0)
            if points[i] == _COLON and i > hexadecimal and i + 1 < high and table[points[i + 1]] & _HEX:
                n, hexadecimal = _put_colons(points, table, low, i, high, rows, n, document)
            n = _put_words(points, table, low, i, high, rows, n, document)
            if here & _SECRET:
                n = _put_secret(points, table, low, i, high, beginnings, lengths, firsts, rows, n, document)
        n = _put_number(points, table, words, low, start, last + 1, high, rows, n, document, digits, longest)
    return n


@inner
def _put_number(
    points: Array,
    table: Array,
    words: Array,
    low: int,
    start: int,
    end: int,
    high: int,
    rows: Array,
    n: int,
    document: int,
    digits: int,
    run: int,
) -> int:
    """Write a number, if it has enough digits."""
    if digits < LEAST_DIGITS:
        return n
    about = signs(points, start, end)
    if start > low and points[start - 1] == _PLUS:
        about |= AFTER_PLUS
    if start > low and table[points[start - 1]] & _LETTER:
        about |= AFTER_LETTER
    first, last, named = max(low, start - _WORD_BEFORE), min(high, end + _WORD_AFTER), 0
    if _has_word(points, table, first, start) or _has_word(points, table, end, last):
        about |= WORDED
        named = bits_between(points, words, first, start) | bits_between(points, words, end, last)
    if _named(points, table, low, start):
        about |= NAMED
    if _has_word(points, table, end, min(high, end + _LABEL)):
        about |= LABELLED
    if n < len(rows):
        rows[n, 7], rows[n, 8] = named, undotted(points, start, end)
    return _put(rows, n, document, NUMBER, start - low, end - low, digits, run, about)


@inner
def _named(points: Array, table: Array, low: int, start: int) -> bool:
    """Whether a word ends right before a number, or before the sign or letter that the number begins with."""
    for first in (start, start - 1):
        k = first - 1
        while k >= low and table[points[k]] & _BETWEEN:
            k -= 1
        if k > low and k < first - 1 and table[points[k]] & _DIGIT:  # QQ2: the second of several
            k -= 1 + (points[k - 1] == _SPACE)
        if k >= low and (table[points[k]] & _WORD or points[k] > _MARKS):
            return True
    return False


@inner
def _has_word(points: Array, table: Array, first: int, last: int) -> bool:
    """Whether a letter of any script stands between two places."""
    k = first
    while k < last and not table[points[k]] & _WORD:
        k += 1
    return k < last


@inner
def _put_code(
    points: Array,
    table: Array,
    words: Array,
    low: int,
    i: int,
    high: int,
    code: int,
    rows: Array,
    n: int,
    document: int,
) -> tuple[int, int]:
    """Write the code whose second digit in a row is here, if it is none of the one before; return how far it goes."""
    first = _code_start(points, table, low, i - 2)
    if first <= code:
        return n, code
    if n < len(rows):
        last = min(high, first + _LONGEST_CODE + _WORD_AFTER)
        rows[n, 7] = bits_between(points, words, max(low, first - _WORD_BEFORE), last)
    return _put(rows, n, document, CODE, first - low, first - low, 0, 0), i


@inner
def _put_colons(
    points: Array, table: Array, low: int, i: int, high: int, rows: Array, n: int, document: int
) -> tuple[int, int]:
    """Write the hexadecimal digits and colons around a colon, if these are enough; return where they end."""
    first, last = _run(points, table, _HEX, low, i, high)
    colons, double = 0, False
    for k in range(first, last):
        colons += points[k] == _COLON
        double |= k > first and points[k] == _COLON and points[k - 1] == _COLON
    if colons >= 7 or (double and last - first >= SHORTEST_IPV6):
        n = _put(rows, n, document, COLONS, first - low, last - low, 0, 0)
    return n, last


@inner
def _put_words(points: Array, table: Array, low: int, i: int, high: int, rows: Array, n: int, document: int) -> int:
    """Write the name of an account, or a number plate, if the character says that one follows or begins here."""
    here = table[points[i]]
    if here & _SAYS or ((points[i] | 32) == _D and _ends_id(points, table, low, i)):
        name = _name_after(points, table, i + 1, high)
        if name >= 0:
            n = _put(rows, n, document, ACCOUNT, name - low, name - low, 0, 0)
    if here & _LETTER and i > low and table[points[i - 1]] & _PROVINCE:
        n = _put(rows, n, document, PLATE, i - 1 - low, i - 1 - low, 0, 0)
    return n


@inner
def _put_secret(
    points: Array,
    table: Array,
    low: int,
    i: int,
    high: int,
    beginnings: Array,
    lengths: Array,
    firsts: Array,
    rows: Array,
    n: int,
    document: int,
) -> int:
    """Write the beginning of a known key, if the first capital or sign of one stands here."""
    for row in range(len(lengths)):
        first = i - firsts[row]
        if points[i] == beginnings[row, firsts[row]] and _begins(
            points, table, low, first, high, beginnings[row], lengths[row]
        ):
            return _put(rows, n, document, SECRET, first - low, first - low, 0, 0)
    return n


@inner
def _put(
    rows: Array, n: int, document: int, scan: int, start: int, end: int, digits: int, run: int, about: int = 0
) -> int:
    """Write a row if there is room, and return how many there are."""
    if n < len(rows):
        rows[n, 0], rows[n, 1], rows[n, 2] = document, scan, start
        rows[n, 3], rows[n, 4], rows[n, 5], rows[n, 6] = end, digits, run, about
    return n + 1


@inner
def _joined(points: Array, table: Array, last: int, i: int) -> bool:
    """Whether what stands between two digits may stand within one number."""
    if i - last > LONGEST_GAP + 1:
        return False
    for k in range(last + 1, i):
        # 2A and 2B are departments of France within the numbers of its people.
        corsica = k == last + 1 and 65 <= points[k] <= 66 and points[last] == _TWO
        if not (table[points[k]] & _GAP or corsica):
            return False
    return True


@inner
def _run(points: Array, table: Array, bit: int, low: int, i: int, high: int) -> tuple[int, int]:
    """Return where the run of characters with a property begins and ends around one of them."""
    first, last = i, i + 1
    while first > low and table[points[first - 1]] & bit:
        first -= 1
    while last < high and table[points[last]] & bit:
        last += 1
    return first, last


@inner
def _four_parts(points: Array, table: Array, low: int, i: int, high: int) -> bool:
    """Whether four numbers with dots between begin here, and nothing that they would be part of before them."""
    if i > low and (table[points[i - 1]] & _LETTER or points[i - 1] == _UNDERSCORE):
        return False
    for _ in range(3):
        first = i
        while i < high and 48 <= points[i] <= 57:
            i += 1
        if not 1 <= i - first <= 3 or i + 1 >= high or points[i] != 46:
            return False
        i += 1
    return bool(48 <= points[i] <= 57)


@inner
def _code_start(points: Array, table: Array, low: int, i: int) -> int:
    """Return where the letters and digits that go on to this place begin, if with two letters and near; else -1."""
    first = i
    while first >= low and i - first < 8 and table[points[first]] & (_DIGIT | _LETTER):
        first -= 1
    first += 1
    if i - first < 1 or not (table[points[first]] & _LETTER and table[points[first + 1]] & _LETTER):
        return -1
    inside = first > low and (table[points[first - 1]] & (_DIGIT | _LETTER) or points[first - 1] == _UNDERSCORE)
    return -1 if inside else first


@inner
def _ends_id(points: Array, table: Array, low: int, i: int) -> bool:
    """Whether the word "id" ends here, and is no part of another word than the name of a network."""
    if i - 2 < low or (points[i - 1] | 32) != _I:
        return False
    return bool(table[points[i - 2]] & (_ENDS | _LETTER) != _LETTER)


@inner
def _name_after(points: Array, table: Array, i: int, high: int) -> int:
    """Return where a name begins, a space and an @ apart; -1 if there is none."""
    if i < high and points[i] == 32:
        i += 1
    if i < high and points[i] == _AT:
        i += 1
    if i + SHORTEST_NAME > high:
        return -1
    for k in range(i, i + SHORTEST_NAME):
        if not table[points[k]] & _NAME:
            return -1
    return i


@inner
def _begins(points: Array, table: Array, low: int, i: int, high: int, text: Array, length: int) -> bool:
    if i < low or i + length > high or (i > low and table[points[i - 1]] & (_DIGIT | _LETTER)):
        return False
    k = 0
    while k < length and points[i + k] == text[k]:
        k += 1
    return k == length
