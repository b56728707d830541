"""The normal form of a text: NFC, one kind of line end, no invisible characters, no stray white space; words untouched.

What is invisible but part of the writing stays: joiners in Persian, Indic and other scripts, the zero-width spaces that
separate words in Khmer, Lao, Myanmar and Thai, emoji sequences, variation selectors. Indentation stays. Ligatures,
width and Chinese script are folded on request only: text is kept as written. UTF-8 that was read as another charset
before it came here is put right where that is certain. Every change is counted by kind.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
import opencc
import pyarrow as pa

from filters.chain import REASONS, Judgement, Step
from shards.compiled import compiled, inner
from shards.schema import with_columns

# Letters of scripts in which a zero-width (non-)joiner chooses between two spellings of a word.
JOINED = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u1800-\u18af\u1b00-\u1bff\ua840-\ua87f\ua8e0-\ua8ff"
    "\ua980-\ua9ff\uaa60-\uaa7f\ufb50-\ufdff\ufe70-\ufefe]"
)
SPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f]"
)  # a zero-width space parts words
PICTURES = re.compile("[\u2190-\u2bff\u3030\u303d\u3297\u3299\ufe0f\u20e3\U0001f000-\U0001faff]")

LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028]")
PARAGRAPH_SEPARATORS = re.compile("\u2029")
CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u206a-\u206f\ufff9-\ufffc\ufdd0-\ufdef\ufffe\uffff]")
# Tags that spell no flag. What begins with a set is searched for five times as fast as what begins with a look behind.
TAGS = re.compile(
    "[\U000e0000-\U000e007f](?<!\U0001f3f4.)(?<![\U000e0020-\U000e007e].)[\U000e0000-\U000e007f]*", re.DOTALL
)
ZERO_WIDTH = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+"
)
SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f]")
# Those of the sets above: nearly all texts hold none, and are not searched for each.
RARE = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\xa0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180e\u2000-\u200f"
    "\u202a-\u202f\u205f-\u2064\u2066-\u206f\ufdd0-\ufdef\ufeff\ufff9-\ufffc\ufffe\uffff\U000e0000-\U000e007f]"
)
INNER_SPACES = re.compile(r"[ \t](?<=\S[ \t])[ \t]+(?=\S)|\t(?<=\S\t)(?=\S)")
TRAILING = re.compile("[ \t\u3000](?<![ \t\u3000]{2})[ \t\u3000]*$", re.MULTILINE)
LEADING = re.compile("^[ \t]*\u3000[ \t\u3000]*", re.MULTILINE)
BLANK_LINES = re.compile(r"\n{3,}")

LATIN_LIGATURES = {
    ord(character): unicodedata.normalize("NFKC", character) for character in map(chr, range(0xFB00, 0xFB07))
}
ASCII_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code - 0xFEE0).isalnum()}
KANA_WIDTH = re.compile("[\uff66-\uff9f]+")
# A first byte of UTF-8, and then a later one, as windows-1252 and ISO-8859-1 read them.
MOJIBAKE = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014\u2018-\u201a"
    "\u201c-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
)
# What windows-1252 has where Unicode has control characters that nobody writes; the line end among them, U+0085, is
# its ellipsis only beside others.
C1 = re.compile("[\x80\x82-\x84\x86-\x8c\x8e\x91-\x9c\x9e\x9f]")
OF_C1 = {code: character for code in range(0x80, 0xA0) if (character := bytes([code]).decode("cp1252", "ignore"))}
KINDS = (
    "mojibake",
    "nfc",
    "line_ends",
    "controls",
    "zero_width",
    "spaces",
    "blank_lines",
    "ligatures",
    "width",
    "script",
)

Conversion = Literal[
    "t2s", "s2t", "s2tw", "tw2s", "s2twp", "tw2sp", "s2hk", "hk2s", "t2tw", "tw2t", "t2hk", "hk2t", "t2jp", "jp2t"
]


class Normalize(Step):
    """Write every text in its normal form; a text that is nothing but invisible characters is rejected as empty."""

    name: Literal["normalize"] = "normalize"
    reads_text: ClassVar[bool] = True
    # repair UTF-8 that was read as windows-1252, where ftfy is certain (14 of 34,752 texts in 204 languages, two
    # wrongly), and C1 controls that are windows-1252 characters
    mojibake: bool = True
    ligatures: bool = False  # replace typographic ligatures (ﬁ by fi), as in texts set for print
    # convert full-width letters and digits, and half-width kana; punctuation stays as the language writes it
    width: bool = False
    # convert between traditional and simplified Chinese by this OpenCC configuration, e.g. `t2s`; null: no
    # conversion
    opencc: Conversion | None = None

    def run(self, batch: pa.RecordBatch) -> Judgement:
        """Return the documents in their normal form, and how many changes of each kind (`KINDS`) that took."""
        column = batch.column("text")
        rejected = batch.column("rejected_by").to_pylist()
        broken: list[list[str]] = [[] for _ in rejected]
        counts = {kind: np.zeros(len(column), dtype=np.int32) for kind in KINDS}
        texts: list[str] | None = None
        for row in np.flatnonzero(self._suspects(column)).tolist():
            if rejected[row] is not None:
                continue
            before = column[row].as_py() or ""
            text, changes = self.normal(before)
            if text != before:
                texts = texts if texts is not None else column.to_pylist()
                texts[row] = text
            for kind, count in changes.items():
                counts[kind][row] = count
            if not text:
                rejected[row] = "normalize.empty"
                broken[row] = ["normalize.empty"]
        columns = {"rejected_by": pa.array(rejected, pa.string())}
        if texts is not None:
            columns["text"] = pa.array(texts, pa.string())
        signals = {f"normalize.{kind}": pa.array(count) for kind, count in counts.items()}
        return Judgement(with_columns(batch, columns), signals, pa.array(broken, REASONS))

    def measures(self) -> Mapping[str, pa.DataType]:
        return {f"normalize.{kind}": pa.int32() for kind in KINDS}

    def normal(self, text: str) -> tuple[str, dict[str, int]]:
        """Return the normal form of one text and the number of changes of each kind that was made."""
        text, changes = self._once(text)
        more = changes
        while more and self.mojibake and MOJIBAKE.search(text):  # what was removed may have stood within mojibake
            text, more = self._once(text)
            changes = {kind: changes.get(kind, 0) + more.get(kind, 0) for kind in KINDS if kind in changes | more}
        return text, changes

    def _once(self, text: str) -> tuple[str, dict[str, int]]:
        changes: dict[str, int] = {}
        if self.mojibake and not text.isascii() and (suspects := len(MOJIBAKE.findall(text))):
            text = _counted("mojibake", text, _put_right(text), changes, suspects)
        rare = RARE.search(text) is not None
        if rare and self.mojibake and C1.search(text):
            changes["mojibake"] = changes.get("mojibake", 0) + len(C1.findall(text))
            text = text.translate(OF_C1)
        if not unicodedata.is_normalized("NFC", text):
            composed = unicodedata.normalize("NFC", text)
            changes["nfc"] = max(1, len(text) - len(composed))
            text = composed
        for kind, signs, pattern, substitute in STEPS:
            if not (any(sign in text for sign in signs) if signs else rare):
                continue
            text, count, before = *pattern.subn(substitute, text), text
            if text != before:
                changes[kind] = changes.get(kind, 0) + count
        trimmed = text.strip("\n").rstrip()
        if trimmed != text:
            changes["spaces"] = changes.get("spaces", 0) + 1
        text = self._folded(trimmed, changes)
        # What was removed may have kept a letter and its mark apart.
        return (text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)), changes

    def resources(self) -> Sequence[Path]:
        """Return OpenCC's dictionaries."""
        if self.opencc is None:
            return ()
        folder = Path(opencc.__file__).parent
        return sorted(path for path in folder.rglob("*") if path.suffix in {".json", ".ocd2"})

    def _folded(self, text: str, changes: dict[str, int]) -> str:
        if self.ligatures:
            text = _counted("ligatures", text, text.translate(LATIN_LIGATURES), changes)
        if self.width:
            kana = KANA_WIDTH.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
            text = _counted("width", text, kana.translate(ASCII_WIDTH), changes)
        if self.opencc is not None:
            text = _counted("script", text, str(_converter(self.opencc).convert(text)), changes)
        return text

    def _suspects(self, column: pa.StringArray) -> npt.NDArray[np.bool_]:
        """Return which texts may not be in normal form; all of them where a folding is asked for."""
        if self.ligatures or self.width or self.opencc is not None or len(column) == 0:
            return np.ones(len(column), dtype=np.bool_)
        column = column.cast(pa.large_string())
        _, offsets, values = column.buffers()
        ends = np.frombuffer(offsets, np.int64)[column.offset : column.offset + len(column) + 1]
        return _unclean(np.frombuffer(values or b"", np.uint8), ends)


def _kept(match: re.Match[str]) -> str:
    """Return what stays of a run of invisible characters: the one joiner or space that its neighbours need, or nothing.

    A non-joiner shapes a word with such a letter on either side (Persian suffixes follow Latin words too); a joiner
    shapes the letter before it, at the end of a word too (Malayalam, Sinhala), and ties pictures together.
    """
    run, text = match[0], match.string
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    within = bool(before.strip() and after.strip())
    joined = JOINED.match(before), JOINED.match(after)
    if "\u200c" in run and within and any(joined):
        return "\u200c"
    if "\u200d" in run and (joined[0] or (PICTURES.match(before) and PICTURES.match(after))):
        return "\u200d"
    return "\u200b" if "\u200b" in run and SPACED.match(before) and SPACED.match(after) else ""


# Each with strings of which one is in every text that it changes, or none if one of `RARE` is: to look is cheap.
STEPS: tuple[tuple[str, tuple[str, ...], re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    ("line_ends", tuple("\r\x0b\x0c\x1c\x1d\x1e\x85\u2028"), LINE_ENDS, "\n"),
    ("line_ends", ("\u2029",), PARAGRAPH_SEPARATORS, "\n\n"),
    ("controls", (), TAGS, ""),
    ("controls", (), CONTROLS, ""),
    ("zero_width", (), ZERO_WIDTH, _kept),
    ("spaces", (), SPACES, " "),
    ("spaces", ("  ", "\t"), INNER_SPACES, " "),
    ("spaces", (" \n", "\t\n", "\u3000"), TRAILING, ""),
    ("spaces", ("\u3000",), LEADING, ""),
    ("blank_lines", ("\n\n\n",), BLANK_LINES, "\n\n"),
)


def _counted(kind: str, before: str, after: str, changes: dict[str, int], number: int = 1) -> str:
    """Return the text after a change and count it: the characters that differ, or the number given where lengths do."""
    if before != after:
        same_length = len(before) == len(after)
        changes[kind] = sum(a != b for a, b in zip(before, after, strict=True)) if same_length else number
    return after


def _put_right(text: str) -> str:
    """Return the text with its mojibake undone; as it was where what comes out is not certain to be what was meant."""
    import ftfy  # brings tables of widths, and most texts are whole

    lines = []
    for line in text.split("\n"):
        suspects = len(MOJIBAKE.findall(line))
        fixed = ftfy.fix_encoding(line) if suspects else line
        worse = fixed.count("\ufffd") > line.count("\ufffd") or 2 * len(MOJIBAKE.findall(fixed)) > suspects
        lines.append(line if worse else fixed)
    return "\n".join(lines)


@lru_cache(maxsize=4)
def _converter(conversion: str) -> opencc.OpenCC:
    return opencc.OpenCC(conversion)


@compiled
def _unclean(data: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return, per text, whether a step of the normal form could change it; a few that none changes are among them."""
    found = np.zeros(len(ends) - 1, dtype=np.bool_)
    for row in range(len(ends) - 1):
        start, end = ends[row], ends[row + 1]
        if start == end or data[start] == 10 or data[end - 1] <= 32:
            found[row] = True
            continue
        before, newlines, inside = np.uint8(10), 0, False
        for at in range(start, end):
            byte = data[at]
            if byte == 32:
                suspect = inside and before == 32
            elif byte == 10:
                newlines += 1
                suspect = before == 32 or newlines > 2
                inside = False
            else:
                suspect = byte < 32 or byte == 127 or (byte >= 0xC2 and _watched(data, at, end))
                newlines, inside = 0, True
            if suspect:
                found[row] = True
                break
            before = byte
    return found


@inner
def _watched(data: npt.NDArray[np.uint8], at: int, end: int) -> bool:
    """Return whether the character that starts here may be invisible, a space, or part of what NFC composes."""
    lead, second = data[at], data[at + 1]
    third = data[at + 2] if at + 2 < end else np.uint8(0)
    if lead == 0xC2:
        return bool(second <= 0xA0 or second == 0xAD)  # C1 controls, no-break space, soft hyphen
    if lead == 0xC3 and second >= 0x82 and second <= 0xB4:  # Â to ô, before what may be a later byte of UTF-8
        return bool(third in (0xC2, 0xC5, 0xC6, 0xCB, 0xE2))
    if lead < 0xCC:
        return False
    if lead < 0xE2:  # combining marks, then Greek to Cyrillic, then the scripts of many marks
        composing = (lead == 0xCE and second == 0x87) or (lead == 0xD2 and second < 0x88)
        return bool(composing or lead <= 0xCD or lead >= 0xD6)
    if lead == 0xE2:
        if second == 0x80:  # spaces and marks of direction, but not dashes and quotation marks
            return bool(third < 0x90 or 0xA8 <= third <= 0xAF)
        return bool(
            (second == 0x81 and third >= 0x9F)
            or (second == 0x83 and third >= 0x90)
            or second in (0x84, 0x8C, 0xAB, 0xB3, 0xB5, 0xB7)
        )
    if lead == 0xE3:  # ideographic space and tone marks, voicing marks of kana
        if second == 0x80:
            return bool(third == 0x80 or third >= 0xAA)
        return bool(second == 0x82 and (third == 0x99 or third == 0x9A))
    if lead == 0xEA:
        return bool(second < 0xB0)
    if lead == 0xEF:
        return bool(second < 0xBC or second == 0xBF)
    if lead == 0xF0:
        return bool(second < 0x9F or second == 0xAF)
    return bool(lead > 0xF0)
