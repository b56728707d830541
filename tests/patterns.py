"""The alternatives of a regular expression, one by one: which of them an example meets, and which can never match.

An alternative that can never match is no error to Python: it is silent for ever. `\\\\b` in a raw string asks for a
backslash; a capital letter never stands in lower-case text, nor a composed vowel sign in text after NFKC.
"""

import re
import string
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from re import _compiler, _parser  # type: ignore[attr-defined]
from re import _constants as op  # type: ignore[attr-defined]
from typing import Any, TypeAlias

Prepare: TypeAlias = Callable[[str], str]  # what the code does to a text before it is searched
Path: TypeAlias = frozenset[int]  # the identities of the trees from the root to an alternative

REPEATS = {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}
AROUND = ("", " ", "x", "1", "。", "/", "\n", '"', "-")  # before and after what is tried
FILLERS = " a1-/_=.:x" + string.printable + "一а"
CATEGORIES = {
    op.CATEGORY_DIGIT: r"\d",
    op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S",
    op.CATEGORY_WORD: r"\w",
    op.CATEGORY_NOT_WORD: r"\W",
}


@dataclass(frozen=True)
class Alternative:
    """One alternative of one branch, as it may be written, and the whole expression with the others taken away."""

    written: str
    alone: re.Pattern[Any]  # which takes text and bytes alike
    texts: tuple[str, ...]  # that the whole should match


@cache
def alternatives(pattern: re.Pattern[Any], *, within: bool) -> tuple[Alternative, ...]:
    """Return the alternatives of every branch, or, unless `within`, of those branches that are in no other.

    `within`, branches elsewhere have only their first alternative, as the texts do: to compile all of a long expression
    for each of its hundreds of alternatives takes half a minute.
    """
    tree = _parsed(pattern)
    found = []
    for chosen, path in _choices(tree, frozenset(), within):
        texts = tuple(_text(tree, path, fuller, {}) for fuller in (False, True))
        alone = _compiler.compile(_without_others(tree, path, everywhere=within), pattern.flags)
        found.append(Alternative(_text(chosen, path, False, {}), alone, texts))
    return tuple(found)


def search(pattern: re.Pattern[Any], text: str) -> bool:
    """Whether an expression, of bytes too, matches anywhere in a text."""
    return pattern.search(_as(pattern, text)) is not None


def unmet(pattern: re.Pattern[Any], examples: Iterable[str]) -> list[str]:
    """Return the outermost alternatives that no example meets; the expression itself, if it has none and none does."""
    texts = list(examples)
    listed = alternatives(pattern, within=False)
    if not listed:
        return [] if any(search(pattern, text) for text in texts) else [str(pattern.pattern)]
    return [one.written for one in listed if not any(one.alone.search(_as(pattern, text)) for text in texts)]


def dead(pattern: re.Pattern[Any], prepare: Prepare) -> list[str]:
    """Return the alternatives, at any depth, that match no text that they themselves spell, once it is prepared."""
    return [
        one.written
        for one in alternatives(pattern, within=True)
        if not any(
            one.alone.search(_as(pattern, prepare(before + text + after)))
            for text in one.texts
            for before in AROUND
            for after in AROUND
        )
    ]


def asks_for(pattern: re.Pattern[Any], character: str) -> bool:
    """Whether an expression asks for a character by itself, as `\\\\b` does for a backslash."""
    return any(code == op.LITERAL and value == ord(character) for code, value in _items(_parsed(pattern)))


def ranges(pattern: re.Pattern[Any]) -> list[tuple[str, str]]:
    """Return the first and last character of every range of every set."""
    return [(chr(value[0]), chr(value[1])) for code, value in _items(_parsed(pattern)) if code == op.RANGE]


def _as(pattern: re.Pattern[Any], text: str) -> Any:
    """Return the text as the expression reads it; of bytes a character is a byte, if all of them can be."""
    if not isinstance(pattern.pattern, bytes):
        return text
    return text.encode("latin-1" if max(text, default="") <= "\xff" else "utf-8")


def _parsed(pattern: re.Pattern[Any]) -> Any:
    return _parser.parse(pattern.pattern, pattern.flags)


def _without_others(tree: Any, path: Path, everywhere: bool) -> Any:
    """Return a copy of a tree in which each branch on a path has the alternative of the path alone; `everywhere`: and
    each other branch its first.
    """
    copy = _parser.SubPattern(tree.state)
    for code, value in tree.data:
        children = _children(code, value)
        chosen = next((child for child in children if id(child) in path), children[0] if children else None)
        if chosen is None or not (everywhere or id(chosen) in path):
            copy.data.append((code, value))
            continue
        child = _without_others(chosen, path, everywhere)
        match code:
            case op.BRANCH:
                copy.data.append((op.SUBPATTERN, (None, 0, 0, child)))
            case op.ATOMIC_GROUP:
                copy.data.append((code, child))
            case _:
                copy.data.append((code, (*value[:-1], child)))
    return copy


def _children(code: Any, value: Any) -> list[Any]:
    if code == op.SUBPATTERN:
        return [value[3]]
    if code in REPEATS:
        return [value[2]]
    if code == op.ASSERT:
        return [value[1]]
    if code == op.ATOMIC_GROUP:
        return [value]
    return list(value[1]) if code == op.BRANCH else []


def _choices(tree: Any, path: Path, within: bool) -> Iterator[tuple[Any, Path]]:
    """Yield each alternative of a tree, with the path to it from the root."""
    path |= {id(tree)}
    for code, value in tree.data:
        if code == op.BRANCH:
            yield from ((chosen, path | {id(chosen)}) for chosen in value[1])
        if code != op.BRANCH or within:
            for child in _children(code, value):
                yield from _choices(child, path, within)


def _items(tree: Any) -> Iterator[tuple[Any, Any]]:
    for code, value in tree.data:
        yield code, value
        if code == op.IN:
            yield from value
        for child in _children(code, value):
            yield from _items(child)


def _text(tree: Any, path: Path, fuller: bool, groups: dict[int, str]) -> str:
    """Return a text that the tree describes, by way of a path; `fuller`: with what may be left out."""
    return "".join(_piece(code, value, path, fuller, groups) for code, value in tree.data)


def _piece(code: Any, value: Any, path: Path, fuller: bool, groups: dict[int, str]) -> str:
    if code == op.LITERAL:
        return chr(value)
    if code == op.NOT_LITERAL:
        return next(filler for filler in FILLERS if ord(filler) != value)
    if code == op.ANY:
        return " "
    if code == op.IN:
        return _member(value)
    if code == op.GROUPREF:
        return groups[value]
    if code in REPEATS:
        least, most, child = value
        times = max(least, 1) if id(child) in path else min(most, least + fuller)
        return "".join(_text(child, path, fuller, groups) for _ in range(times))
    children = _children(code, value)
    chosen = next((child for child in children if id(child) in path), children[0] if children else None)
    text = "" if chosen is None else _text(chosen, path, fuller, groups)
    if code == op.SUBPATTERN and value[0]:
        groups[value[0]] = text
    return text


def _member(items: list[tuple[Any, Any]]) -> str:
    """Return a character of a set."""
    code, value = items[0]
    if code == op.LITERAL:
        return chr(value)
    if code == op.RANGE:
        return chr(value[0])
    negated = code == op.NEGATE
    return next(one for one in FILLERS if negated != any(_is(one, *item) for item in items if item[0] != op.NEGATE))


def _is(character: str, code: Any, value: Any) -> bool:
    if code == op.RANGE:
        return bool(value[0] <= ord(character) <= value[1])
    if code == op.CATEGORY:
        return re.match(CATEGORIES[value], character) is not None
    return ord(character) == value
