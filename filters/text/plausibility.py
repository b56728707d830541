"""How much a decoded text looks like writing, and like a language, by which one charset's reading is preferred."""

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from itertools import islice, pairwise

SAMPLE = 20_000  # non-ASCII characters looked at
IDEOGRAPHS = re.compile("[\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]")
WORDS = re.compile(r"[^\W\d_]*[^\x00-\x7f]+[^\W\d_]*")  # words with a non-ASCII character in them
# What East Asian texts are mostly made of: the most frequent ideographs of Chinese in both scripts and of Japanese, and
# syllables of Korean. Kana are not asked: they stand in the same rows of most charsets.
COMMON = frozenset(
    "的一是不了在人有我他这這个個们們中来來上大为為和国國地到以说說时時要就出会會可也你对對生能而子那得于於着著下自之年过過发發後后作里裡"
    "用道行所然家种種事成方多经經么麼去法学學如都同现現当當没沒动動面起看定天分还還进進好小部其些主样樣理心她本前开開但因只从從想实實日者意"
    "与與由公高最新月第名市区區关關民全信业業网網文化水名工电電机機美长長明已通此十二三四五六七八九百千万萬及将將两兩应應该該各性度表系无無"
    "見内入合目何間者金言立手今田社山気話書東京北南西外海車員力元回原口正世界物加度点同議党選府県報務感問題特体取受安門院語私彼思知使持始"
    "이다는의에가을를은고하지도한서로기사대해시자인일그수리아스어나정있라부정상장과보여제전주국공만적것성조원음요안년비선들게위무화"
)


def commonness(text: str) -> float:
    """Return the share of the ideographs and Korean syllables that are among the commonest; 1 if there are none."""
    letters = IDEOGRAPHS.findall(text)[:SAMPLE]
    return sum(letter in COMMON for letter in letters) / len(letters) if letters else 1.0


def script_of(text: str) -> tuple[str, int]:
    """Return the script of most letters beyond ASCII, ideographs and kana being one, and how many letters there are."""
    letters = (letter for word in WORDS.findall(text) for letter in word if letter > "\x7f")
    found = Counter[str]()
    for letter, number in Counter(islice(letters, SAMPLE)).items():
        found[_kind(letter)] += number
    return found.most_common(1)[0][0] if found else "", found.total()


def implausibility(text: str) -> float:
    """Return the share, in [0, 1], of non-ASCII characters that do not fit where they stand.

    Unfitting are: controls, private and unassigned characters, replacement characters; symbols inside words; capitals
    after small letters; a word's letters of another script than the letter before; half-width kana; accented Latin
    letters in long runs.
    """
    words, total = [], 0
    for match in WORDS.finditer(text):
        words.append(match[0])
        total += len(match[0]) - len(match[0].encode("ascii", "ignore"))
        if total > SAMPLE:
            break
    spaced = f" {'  '.join(words)} "  # two spaces between words: no pair that counts
    bad = sum(number for pair, number in Counter(pairwise(spaced)).items() if _unfit(*pair))
    return min(1.0, bad / total) if total else 0.0


@lru_cache(maxsize=1 << 16)
def _unfit(before: str, after: str) -> bool:
    kind, previous = _kind(after), _kind(before)
    if kind == "bad":
        return True
    if after <= "\x7f" and before <= "\x7f":
        return False
    if kind == "symbol":
        return previous not in {"space", "symbol", "han"} and before > "\x7f"
    if kind == "space" or previous in {"space", "symbol", "bad"}:
        return False
    if before.islower() and after.isupper():
        return True
    if kind == previous == "latin":
        return before > "\x7f" and after > "\x7f"
    return kind != previous


@lru_cache(maxsize=1 << 14)
def _kind(character: str) -> str:
    category = unicodedata.category(character)
    if character.isspace() or category.startswith("P"):
        return "space"
    if category in {"Cc", "Co", "Cn", "Cs"} or character == "\ufffd" or "\uff61" <= character <= "\uff9f":
        return "bad"
    if category.startswith(("S", "N", "C")):
        return "symbol"
    name = unicodedata.name(character, "").split(" ", 1)[0].split("-")[0]
    return {"LATIN": "latin", "CJK": "han", "HIRAGANA": "han", "KATAKANA": "han", "COMBINING": "space"}.get(name, name)
