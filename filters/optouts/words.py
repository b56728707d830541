"""Reservations in words: sentences that refuse the use of a text for training or mining, in 34 languages.

No court has settled whether they count, so they are evidence with their place, and flag a document for people to see. A
sentence must name such a use and refuse it, and either what it speaks of is its own site or work, or the refusal stands
beside the use; one that tells of others (a court, a study, publishers at large) is none. `words.yaml` has the words.
"""

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, RootModel

from filters.licences.finding import Finding, Subject
from filters.licences.names import folded
from filters.licences.words import Words, find, is_shown, spellings, words
from filters.text.charset import decode
from shards.arrays import Bytes, utf8
from shards.tables import table

TABLE = Path(__file__).with_name("words.yaml")
KIND = "words"  # of the evidence

MOST = 100  # places of a document that are looked at, at either end
AROUND = 1_200  # bytes of a page, tags included, in which a sentence is looked for
LONGEST = 400  # characters of a sentence that are read before and after a place
FAR = 200  # characters between a use and its refusal
BESIDE = 45  # between a use and a refusal that does not say of what
CHARSET_TOLD = 64 << 10  # bytes of a page by which its charset is told

TAG = re.compile(
    rb"<!--.*?-->|<script\b.*?</script\s*>|<style\b.*?</style\s*>|</?([a-z][a-z0-9]*)[^>]*>?", re.DOTALL | re.IGNORECASE
)
NOT_TEXT_END = re.compile(rb".*(?:</script\s*>|</style\s*>|-->)", re.DOTALL | re.IGNORECASE)
META_CONTENT = re.compile(rb"""<meta\s[^<>]*?content\s*=\s*(?:"([^"]*)|'([^']*))\Z""", re.IGNORECASE)
INLINE = frozenset(
    b"a b i em strong span u small sup sub font abbr mark code cite q bdi bdo time wbr s ins del big tt".split()
)
SENTENCE_END = re.compile(r"""[。！？\n।]|(?<=[^\W_]{2})[.!?؟]+["'”»)\]]*\s+(?=[^\W\d_])""")
ABBREVIATED = frozenset(
    [
        *("art", "arts", "abs", "gem", "sec", "nr", "vgl", "bzw", "inc", "ltd", "ggf", "sog", "co", "no", "al", "cf"),
        *("pp", "vs", "dr", "mr", "ms", "st", "jr", "núm", "jf"),
    ]
)
FOOTER = re.compile(rb"<(/?)footer\b", re.IGNORECASE)


class Place(NamedTuple):
    """Where in a text words stand that may speak of training: bytes, and the languages whose words they are."""

    start: int
    end: int
    languages: tuple[str, ...]


class Wording(BaseModel, frozen=True, extra="forbid"):
    """How one language words it; the comments of `words.yaml` say what each section is."""

    charsets: tuple[str, ...]
    anchors: tuple[str, ...]
    mining: tuple[str, ...]
    train: tuple[str, ...]
    models: tuple[str, ...]
    reach: tuple[int, int]
    refusals: tuple[str, ...]
    bans: tuple[str, ...]
    ours: tuple[str, ...]
    told: tuple[str, ...]

    @cached_property
    def use(self) -> re.Pattern[str]:
        """What training or mining is called."""
        train, models = _any(self.train), _any(self.models)
        after, before = self.reach
        pairs = f"{train}[^;:]{{0,{after}}}?{models}|{models}[^;:]{{0,{before}}}?{train}"
        return re.compile(f"{_any(self.mining)}|{pairs}")

    @cached_property
    def refusal(self) -> re.Pattern[str]:
        """What refuses, whether or not it says what of."""
        return re.compile(_any((*self.bans, *self.refusals)))

    @cached_property
    def ban(self) -> re.Pattern[str]:
        """What refuses by itself."""
        return re.compile(_any(self.bans))

    @cached_property
    def own(self) -> re.Pattern[str]:
        """What names the site or work itself."""
        return re.compile(_any(self.ours))

    @cached_property
    def others(self) -> re.Pattern[str]:
        """What only whoever tells of others says."""
        return re.compile(_any(self.told))

    def reserves(self, sentence: str) -> bool:
        """Whether a folded sentence refuses the use of its own site or work, and does not tell of others."""
        return self.refuses(sentence) and not self.tells(sentence)

    def tells(self, sentence: str) -> bool:
        """Whether a folded sentence has words of whoever tells of others."""
        return self.others.search(sentence) is not None

    def refuses(self, sentence: str) -> bool:
        """Whether a folded sentence refuses the use of its own site or work for training or mining, whoever says so."""
        if not any(word in sentence for word in (*self.bans, *self.refusals)):
            return False  # nearly all; and words are sooner looked for than patterns
        uses = [match.span() for match in self.use.finditer(sentence)]
        if not uses:
            return False
        refusals = [match.span() for match in self.refusal.finditer(sentence)]
        if _apart(uses, refusals) <= FAR and self.own.search(sentence):
            return True
        bans = [match.span() for match in self.ban.finditer(sentence)]
        return _apart(uses, bans, unless=[at for at, letter in enumerate(sentence) if letter == ";"]) <= BESIDE


class Wordings(RootModel[dict[str, Wording]], frozen=True):
    """What `words.yaml` holds, by language."""


def wordings() -> Mapping[str, Wording]:
    """Return the table."""
    return table(TABLE, Wordings).root


def _any(terms: Sequence[str]) -> str:
    return "(?:" + "|".join(_term(term) for term in sorted(terms, key=len, reverse=True)) + ")"


def _term(term: str) -> str:
    """Return the pattern of a term: at the beginning of a word, and a whole one if it is as short as `ai`."""
    for letters in ("a-z0-9\u00df-\u024f\u1ea0-\u1ef9", "\u0400-\u052f"):
        if re.match(f"[{letters}]", term):
            return f"(?<![{letters}]){re.escape(term)}" + (f"(?![{letters}])" if len(term) < 4 else "")
    attached = "(?<![\u0621-\u064a])[وفبلك]{0,2}" if re.match("[\u0621-\u064a]", term) else ""
    return attached + re.escape(term)


def _apart(some: Sequence[tuple[int, int]], others: Sequence[tuple[int, int]], unless: Sequence[int] = ()) -> float:
    """Return how many characters lie between the nearest two, none of `unless` between them; 0 where they overlap."""
    gaps = [(min(c, a), max(d, b)) for d, c in some for b, a in others]
    return min(
        (max(high - low, 0) for low, high in gaps if not any(low <= at < high for at in unless)), default=float("inf")
    )


class Anchors(NamedTuple):
    """What a text must hold to be read, with its number; and by number, in which languages it is a word."""

    forms: tuple[tuple[bytes, int], ...]
    languages: tuple[tuple[str, ...], ...]


@cache
def anchors() -> Anchors:
    """Return what texts are searched for."""
    languages: dict[bytes, dict[str, None]] = {}
    for language, wording in wordings().items():
        for form in (form for anchor in wording.anchors for form in spellings(anchor, wording.charsets)):
            languages.setdefault(form, {})[language] = None
    groups = list(dict.fromkeys(map(tuple, languages.values())))
    return Anchors(tuple((form, groups.index(tuple(group))) for form, group in languages.items()), tuple(groups))


@cache
def _wanted() -> Words:
    return words(anchors().forms)


def in_page(payload: bytes, content_type: str | None, found: Sequence[Place]) -> tuple[Finding, ...]:
    """Return the reservations of a page; `where` is its part, and the bytes of the page at which they stand."""
    encoding = decode(payload[:CHARSET_TOLD], content_type).encoding
    data = np.frombuffer(payload, np.uint8)
    statements = _statements(found, lambda place: _page_around(payload, data, place, encoding))
    return tuple(_finding(text, _part(payload, start), start, end) for text, start, end in statements)


def in_texts(texts: pa.StringArray) -> dict[int, tuple[Finding, ...]]:
    """Return, by row, the reservations of texts that are no pages, with the bytes of their UTF-8 at which they stand.

    All of them are searched at once; of a page, `filters.licences.prefilter` tells where it may speak of training.
    """
    offsets, data = utf8(texts)
    may_speak: dict[int, list[Place]] = {}
    for row, number, start, end in zip(*(column.tolist() for column in find(data, offsets, _wanted())), strict=True):
        may_speak.setdefault(row, []).append(Place(start, end, anchors().languages[number]))
    return {row: _in_text(data[offsets[row] : offsets[row + 1]].tobytes(), found) for row, found in may_speak.items()}


def _in_text(content: bytes, found: Sequence[Place]) -> tuple[Finding, ...]:
    statements = _statements(found, lambda place: _text_around(content, place))
    return tuple(_finding(said, "text", start, end) for said, start, end in statements)


def _finding(text: str, part: str, start: int, end: int) -> Finding:
    subject: Subject = "site" if part == "footer" else "document"
    return Finding(KIND, text, f"{part}:{start}-{end}", subject)


@dataclass(frozen=True)
class _Around:
    """The text around a place, and where each of its pieces lies in the document."""

    text: str
    at: int  # of the place, in characters
    firsts: list[int]  # the first character of each piece
    bounds: list[tuple[int, int]]  # its bytes
    encoding: str

    def byte(self, character: int, *, end: bool = False) -> int:
        """Return the byte of a character; within a piece with escapes, that of the piece's beginning or end."""
        piece = max(bisect_right(self.firsts, character - end) - 1, 0)
        first, (low, high) = self.firsts[piece], self.bounds[piece]
        last = self.firsts[piece + 1] if piece + 1 < len(self.firsts) else len(self.text)
        exact = len(self.text[first:last].encode(self.encoding, "replace")) == high - low
        if not exact:
            return high if end else low
        return low + len(self.text[first:character].encode(self.encoding, "replace"))


def _statements(found: Sequence[Place], around: Callable[[Place], _Around | None]) -> Iterator[tuple[str, int, int]]:
    """Yield each sentence at one of the places that reserves, with its bytes."""
    last, tried = 0, set[str]()  # the end of the last sentence, and as which languages it was read
    for place in found if len(found) <= 2 * MOST else (*found[:MOST], *found[-MOST:]):
        if place.start < last and tried.issuperset(place.languages):
            continue
        near = around(place)
        if near is None:
            continue
        start, end = _sentence(near.text, near.at)
        sentence = near.text[start:end]
        tried = tried.union(place.languages) if place.start < last else set(place.languages)
        last = near.byte(end, end=True)
        if _reserves(folded(sentence), place.languages):
            tried = set(wordings())
            start += len(sentence) - len(sentence.lstrip())
            end -= len(sentence) - len(sentence.rstrip())
            yield " ".join(sentence.split()), near.byte(start), near.byte(end, end=True)


@lru_cache(maxsize=4096)  # the same sentence stands on every page of a site
def _reserves(sentence: str, languages: Sequence[str]) -> bool:
    refusing = [wordings()[language] for language in languages if wordings()[language].refuses(sentence)]
    return bool(refusing) and not any(wording.tells(sentence) for wording in refusing)  # languages share words


def _sentence(text: str, at: int) -> tuple[int, int]:
    """Return the bounds of the sentence in which a character stands."""
    low, high = max(at - LONGEST, 0), min(at + LONGEST, len(text))
    ends = [match for match in SENTENCE_END.finditer(text, low, high) if not _abbreviates(text, match.start())]
    start = max((match.end() for match in ends if match.end() <= at), default=low)
    return start, min((match.start() + 1 for match in ends if match.start() >= at), default=high)


def _abbreviates(text: str, end: int) -> bool:
    word = re.search(r"\w+\Z", text[max(0, end - 8) : end])
    return text[end] == "." and word is not None and word[0].lower() in ABBREVIATED


def _text_around(content: bytes, place: Place) -> _Around:
    low, high = max(place.start - AROUND, 0), min(place.end + AROUND, len(content))
    before = content[low : place.start].decode("utf-8", "ignore")
    low = place.start - len(before.encode())  # a character cut in two is left out
    text = before + content[place.start : high].decode("utf-8", "ignore")
    return _Around(text, len(before), [0], [(low, low + len(text.encode()))], "utf-8")


def _page_around(payload: bytes, data: Bytes, place: Place, encoding: str) -> _Around | None:
    low, high = max(place.start - AROUND, 0), min(place.end + AROUND, len(payload))
    if not is_shown(data, low, place.start):
        return None
    before = payload[low : place.start]
    opened = before.rfind(b"<")
    if opened > before.rfind(b">"):  # in a tag: what a meta tag says is read, other attributes are not
        meta = META_CONTENT.search(before, opened)
        if meta is None:
            return None
        quote = before[meta.start(meta.lastindex or 1) - 1 :][:1]
        begin, finish = low + meta.start(meta.lastindex or 1), payload.find(quote, place.end)
        return _pieced(payload, [(begin, place.start), (place.start, max(finish, place.end))], 1, encoding)
    if cut := NOT_TEXT_END.match(before):
        low += cut.end()
    elif 0 <= before.find(b">") < (before.find(b"<") % (len(before) + 1)):
        low += before.find(b">") + 1
    left = list(_pieces(payload, low, place.start))
    return _pieced(payload, [*left, *_pieces(payload, place.start, high)], len(left), encoding)


def _pieces(payload: bytes, low: int, high: int) -> Iterator[tuple[int, int]]:
    """Yield the bounds of the text between tags, and of the tags that part paragraphs (from high to low)."""
    at = low
    for tag in TAG.finditer(payload, low, high):
        if tag.start() > at:
            yield at, tag.start()
        if tag[1] and tag[1].lower() not in INLINE:
            yield tag.end(), tag.start()
        at = tag.end()
    if high > at:
        yield at, high


def _pieced(payload: bytes, pieces: Sequence[tuple[int, int]], middle: int, encoding: str) -> _Around:
    texts = [
        _read(payload[low:high], encoding)
        if low < high
        else " "
        if payload[high : high + 3].lower() == b"<br"
        else "\n"
        for low, high in pieces
    ]
    firsts = np.concatenate([[0], np.cumsum([len(text) for text in texts])]).astype(int).tolist()
    bounds = [(min(piece), max(piece)) for piece in pieces]
    return _Around("".join(texts), firsts[middle], firsts[:-1], bounds, encoding)


def _read(piece: bytes, encoding: str) -> str:
    return html.unescape(piece.decode(encoding, "replace").replace("\n", " ").replace("\r", " "))


def _part(payload: bytes, start: int) -> str:
    """Return the part of a page in which a byte stands."""
    opened = payload.rfind(b"<", max(0, start - AROUND), start)
    if opened >= 0 and META_CONTENT.search(payload[opened:start]):
        return "head"
    footers = list(FOOTER.finditer(payload, 0, start))
    return "footer" if footers and not footers[-1][1] else "body"
