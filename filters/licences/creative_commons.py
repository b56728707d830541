"""The names of Creative Commons' licences, in any language: every part of a name is understood, or it grants nothing.

A name is read from where Creative Commons is named, in both directions, word by word: the elements in the words of the
official titles, codes (BY-NC), a version, a port, and the few words that may stand between them. It ends at its
version, at the word for a licence, or where its sentence does. Any other word may be an element, in a language or a
spelling that is not in the table.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, NamedTuple, TypeAlias

from pydantic import BaseModel, BeforeValidator, model_validator

from filters.licences.addresses import ELEMENTS, Named, creative_commons
from shards.tables import rows, table

TABLE = Path(__file__).with_name("titles.yaml")
PORTS = Path(__file__).with_name("ports.tsv")

VAGUE = "LicenseRef-CC"  # Creative Commons, which licence is not said, or not in words that are understood
REACH = 200  # characters before and after Creative Commons that are read; the longest title we know has 160
ALONE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30fa\u30fc-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
BETWEEN = "(?:['’\u200c]? ?|-)"  # what may stand between two words of an element
ARABIC = frozenset(map(chr, range(0x600, 0x700)))
MARKS = "[\u064b-\u0652\u0640]*"  # vowel signs and lengthening, which stand in Arabic titles and seldom in texts
CODE = re.compile("by|nc|nd|sa")
BETWEEN_CODES = frozenset({"space", "join", "comma", "bracket", "connector"})
LONGEST_PORT = 16  # tokens: in Thai, a letter each
LONGEST_CODE = 3
BEHIND = 24  # words, in Thai letters, between a version and Creative Commons: the name of a port, in any language

Alternatives: TypeAlias = Annotated[re.Pattern[str], BeforeValidator("|".join)]


class Titles(BaseModel, frozen=True, extra="forbid"):
    """What `titles.yaml` holds; its comments say what each section is."""

    creative_commons: Alternatives
    elements: dict[str, dict[str, tuple[str, ...]]]

    nouns: tuple[str, ...]
    scopes: tuple[str, ...]
    fillers: tuple[str, ...]
    connectors: tuple[str, ...]
    closers: tuple[str, ...]

    @model_validator(mode="after")
    def _elements_that_there_are(self) -> "Titles":
        if others := {name for words in self.elements.values() for name in words} - set(ELEMENTS):
            raise ValueError(f"elements: {', '.join(sorted(others))} is none; there are {', '.join(ELEMENTS)}")
        return self


class PortRow(BaseModel, frozen=True, extra="forbid"):
    """A line of `ports.tsv`: the code of a port in an address, and what titles call it, separated by `|`."""

    port: str
    names: str


class Token(NamedTuple):
    """A piece of a text, and what it may be in a name."""

    kind: str
    text: str
    start: int
    end: int


class Reading(NamedTuple):
    """A name that was read; `understood` is false where it has a part that may be an element."""

    start: int
    end: int
    named: Named
    understood: bool


def plain(text: str) -> str:
    """Return a folded text without the accents of Latin and Greek letters; its length stays."""
    return text if text.isascii() else text.translate(_unaccented())


@cache
def _unaccented() -> dict[int, str]:
    letters = (*range(0xC0, 0x250), *range(0x386, 0x3CF), *range(0x1E00, 0x2000))
    bases = {point: unicodedata.normalize("NFKD", chr(point))[0] for point in letters if chr(point).isalpha()}
    return {**bases, ord("ı"): "i"}


@cache
def ports() -> dict[str, str]:
    """Return the codes of ports by themselves and by what titles call them."""
    listed = {row.port: row.names.split("|") for row in rows(PORTS, PortRow)}
    return {_squeezed(name): port for port, names in listed.items() for name in (port, *names)}


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_ー]", "", plain(text.casefold()))  # a final ー was folded to a hyphen


@cache
def _pattern() -> re.Pattern[str]:
    """Return the expression that cuts a plain text into tokens, each a named group; what counts more stands first."""
    titles = table(TABLE, Titles)
    words = {name: [word for listed in titles.elements.values() for word in listed.get(name, ())] for name in ELEMENTS}
    words |= {"noun": [*titles.nouns], "scope": [*titles.scopes], "connector": [*titles.connectors]}
    words |= {"closer": [*titles.closers], "filler": [*titles.fillers]}
    named = [f"(?P<{kind}>{_any_of(listed)})" for kind, listed in words.items()]
    groups = [
        r"(?P<space>\s+)",  # half of all tokens
        *named[: len(ELEMENTS)],
        rf"(?P<anchor>{titles.creative_commons.pattern}|cc(?=by)|cc(?![a-z0-9]))",
        r"(?P<code>(?:by|nc|nd|(?:nc|nd|sa)(?=[ /_-]{0,3}(?:by|nc|nd|sa)(?![a-z0-9]))|(?<=[-/])sa)"
        r"(?:[ /_-]{0,3}(?:by|nc|nd|sa))*(?:(?![a-z0-9])|(?=[1-4]\.[015])))",
        r"(?P<version>(?:v\.? ?)?(?<![\d.])\d[.٫]\d(?![\d.]*\d))",
        *named[len(ELEMENTS) :],
        r"(?P<stop>[.!?;。।॥…\n](?=\s|$|[^\x00-\x7f]))",
        r"(?P<comma>[,،、:&])|(?P<join>[-/+_~·•|・‧∙─—–=])|(?P<bracket>[^\w\s])",
        rf"(?P<word>[{ALONE}]|(?:(?![{ALONE}])\w)+)",
    ]
    return re.compile("|".join(groups))


def _any_of(phrases: Sequence[str]) -> str:
    """Return the expression of phrases of the table, the longest first: a final `*` is any ending."""
    listed = sorted({plain(phrase.casefold()) for phrase in phrases}, key=lambda phrase: (-len(phrase), phrase))
    alone = re.compile(f"[{ALONE}]")
    stems = [_expression(phrase[:-1]) for phrase in listed if phrase.endswith("*")]
    whole = [_expression(phrase) for phrase in listed if not phrase.endswith("*") and not alone.match(phrase[-1])]
    unspaced = [_expression(phrase) for phrase in listed if alone.match(phrase[-1])]
    bounded = rf"(?:{_by_first(whole)})(?!(?![{ALONE}])\w)!?"
    return "|".join([bounded, *([rf"(?:{_by_first(stems)})\w*"] if stems else []), *unspaced])


def _by_first(expressions: Sequence[str]) -> str:
    """Return expressions that each begin with a letter as one, those of a letter behind it: most places have none."""
    groups: dict[str, list[str]] = {}
    for expression in expressions:
        groups.setdefault(expression[0], []).append(expression[1:])
    return "|".join(f"{letter}(?:{'|'.join(ends)})" for letter, ends in groups.items())


def _expression(phrase: str) -> str:
    words = [
        MARKS.join(map(re.escape, word)) + MARKS if word[0] in ARABIC else re.escape(word) for word in phrase.split()
    ]
    return BETWEEN.join(words)


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a plain text; of codes that stand one by one, "sa" is one only behind another."""
    behind = False
    for match in _pattern().finditer(text):
        kind = match.lastgroup or "word"
        kind = "code" if behind and match[0] == "sa" else kind
        behind = kind == "code" or (behind and (kind in BETWEEN_CODES or match[0] == ";"))
        yield Token(kind, match[0], match.start(), match.end())


@lru_cache(maxsize=4096)
def reading(text: str, start: int, end: int) -> Reading | None:
    """Return the name around `text[start:end]`, where a folded text names Creative Commons; null if "cc" is none."""
    low = max(0, start - REACH)
    window = plain(text[low : end + REACH])
    after = list(tokens(window[end - low :]))
    name = Name()
    for token in tokens(window[start - low : end - low]):
        name.take(token)  # in Chinese, the word for BY stands for Creative Commons
    ahead = name.read_forward(after)
    if text[start:end] == "cc" and not name.elements:
        return Reading(start, end, Named(VAGUE, None), True) if _is_noun(after) else None
    before = list(tokens(window[: start - low]))
    back = name.read_backward(before)
    first = low + before[-back].start if back else start
    return Reading(first, end + (after[ahead - 1].end if ahead else 0), name.named(), name.understood)


def says_nothing(text: str) -> bool:
    """Whether what stands between Creative Commons and another name of its licence is no word of its own."""
    return all(
        token.kind in ("space", "noun", "scope", "filler", "join", "comma", "bracket") for token in tokens(plain(text))
    )


def only_joins(text: str) -> bool:
    """Whether what stands between two names is a mark or a word like "and", and no more."""
    return all(token.kind in ("space", "join", "comma", "connector") for token in tokens(plain(text)))


def _is_element(found: Sequence[Token]) -> bool:
    """Whether the next word is an element."""
    return next((token.kind for token in found if token.kind != "space"), "") in (*ELEMENTS, "code")


def _is_noun(after: Sequence[Token]) -> bool:
    words = [token.kind for token in after[:3] if token.kind not in ("space", "join")]
    return bool(words) and words[0] == "noun"


@dataclass
class Name:
    """What has been read of a name so far; `closed` by its version or by the word for a licence."""

    elements: set[str] = field(default_factory=set)
    version: str | None = None
    port: str | None = None
    closed: bool = False
    understood: bool = True

    def named(self) -> Named:
        """Return the licence of this name: every one since 2.0 includes BY."""
        if not self.understood or not self.elements:
            return Named(VAGUE, None)
        elements = [element for element in ELEMENTS if element in self.elements or element == "by"]
        return creative_commons(elements, self.version, self.port)

    def take(self, token: Token) -> bool:
        """Take a token that is a part of the name; return whether it is one."""
        if token.kind in ELEMENTS:
            self.elements.add(token.kind)
        elif token.kind == "code":
            self.elements.update(CODE.findall(token.text))
        elif token.kind == "version" and self.version is None:
            self.version = ".".join(str(unicodedata.digit(digit)) for digit in token.text if digit.isdigit())
        elif token.kind not in ("noun", "scope", "version"):
            return False
        self.closed |= bool(self.elements) and token.kind in ("version", "noun")
        return True

    def read_forward(self, found: Sequence[Token]) -> int:
        """Read what follows, and return how many tokens belong to the name."""
        taken, last, joined, at = 0, "", "", 0
        while at < len(found):
            token = found[at]
            if (token.kind == "stop" and not self._goes_on(found[at + 1 :])) or (
                token.kind == "anchor" and self.elements
            ):
                break
            if last == "version" and self.version != "4.0" and (port := port_at(found, at)):
                self.port, at = port[0], at + port[1]
                taken, last = at, "port"
                continue
            if self.take(token):
                taken = at + 1 if self.elements else taken
            elif token.kind in ("word", "closer"):
                self.understood &= not self.elements or self._ends(last, joined, token, found[at - 1] if at else None)
                break
            if token.kind in (*ELEMENTS, "code", "version", "noun"):
                last, joined = token.kind, ""
            elif token.kind in ("join", "comma", "connector"):
                joined = token.kind
            if last == "version" and token.kind in ("comma", "connector", "filler"):
                last = "noun"  # what follows is no port
            at += 1
        return taken

    def _goes_on(self, found: Sequence[Token]) -> bool:
        """Whether a name goes on after a full stop: "Attribution. Non-commercial."."""
        return bool(self.elements) and not self.closed and _is_element(found)

    def _ends(self, last: str, joined: str, token: Token, previous: Token | None) -> bool:
        """Whether a word that is not understood follows the name and is no part of it."""
        hyphen = previous is not None and previous.kind == "join" and previous.text != "/"
        if last == "code" or (last == "version" and hyphen):
            return not hyphen
        return self.closed or (token.kind == "closer" and not joined)

    def read_backward(self, found: Sequence[Token]) -> int:
        """Read what precedes, and return how many tokens belong to the name.

        Between its version and Creative Commons a port may stand, in any words. Of a name that has its elements after
        Creative Commons, only what stands right before it is read.
        """
        ended = ("comma", "connector") if self.elements else ()
        elements_ahead = bool(self.elements)
        elements: set[str] = set()
        taken, joined = 0, ""
        start = 0 if self.elements else self._version_before(found)
        for at in range(start, len(found)):
            token = found[-1 - at]
            if token.kind == "stop" and elements and _is_element(found[: -1 - at][::-1]):
                continue
            attached = at > 0 and found[-at].kind == "join"
            if token.kind in ("stop", "word", "closer", "anchor", *ended):
                if elements and token.kind in ("word", "closer") and (attached or (joined and "by" not in elements)):
                    self.understood = False
                taken = at + 1 if elements and token.text == "cc" else taken
                break
            if elements_ahead and token.text in ("nc", "nd") and not attached and _is_state(found, at):
                break  # "Durham, NC | Creative Commons Attribution"
            if token.kind in (*ELEMENTS, "code"):
                elements |= set(CODE.findall(token.text)) if token.kind == "code" else {token.kind}
                taken, joined = at + 1, ""
            elif token.kind in ("join", "comma", "connector"):
                joined = token.kind
        self.elements |= elements
        return taken

    def _version_before(self, found: Sequence[Token]) -> int:
        """Take the version that stands before Creative Commons, and return how many tokens from it on do."""
        words = 0
        for at in range(len(found)):
            token = found[-1 - at]
            words += token.kind in ("word", "closer")
            if token.kind in ("stop", "anchor") or words > BEHIND:
                break
            if token.kind == "version":
                self.take(token)
                ports = (port_at(found, place) for place in range(len(found) - at, len(found)))
                self.port = next((port for port, _ in filter(None, ports)), None)
                return at
            if token.kind in (*ELEMENTS, "code"):
                break
        return 0


def _is_state(found: Sequence[Token], at: int) -> bool:
    """Whether NC or ND is a state: in "NC CC BY" it is none, a comma before it or a mark behind it tells that it is."""
    before = next((token.kind for token in found[: -1 - at][::-1] if token.kind != "space"), "")
    return before == "comma" or any(token.kind != "space" for token in found[len(found) - at :])


def port_at(found: Sequence[Token], at: int) -> tuple[str, int] | None:
    """Return the port that tokens after a version name, and how many: `3.0 Deutschland`, `3.0-DE`, `3.0 DE)`."""
    if found[at].kind in ("space", "join", "bracket"):
        return None
    for length in range(min(LONGEST_PORT, len(found) - at), 0, -1):
        words = "".join(token.text for token in found[at : at + length])
        port = ports().get(_squeezed(words)) if found[at + length - 1].kind not in ("space", "join") else None
        if port is not None and (len(words) > LONGEST_CODE or not words.isascii() or _is_code(found, at)):
            return port, length
    return None


def _is_code(found: Sequence[Token], at: int) -> bool:
    """Whether two or three letters after a version are the code of a port, and no word of the sentence."""
    following = next((token.kind for token in found[at + 1 :] if token.kind != "space"), "stop")
    return (at > 0 and found[at - 1].kind == "join") or following in ("stop", "bracket", "comma", "noun")
