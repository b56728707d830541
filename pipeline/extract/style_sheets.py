"""What a page's own style sheets hide: the classes and ids under `display: none` or `visibility: hidden`.

Only selectors of one name, with or without a tag, outside of at-rules; and only where no other rule names the same
class or id along with something else, by which a script, a click or a wide screen would show it.
"""

import bisect
import re
from collections.abc import Iterator, Mapping

import numpy as np

from pipeline.extract.attributes import Hashes, token_hash
from pipeline.extract.characters import name_hash
from pipeline.extract.markup import NOTHING

LONGEST = 500_000  # characters of style sheets read of one page
OTHER_MEDIA = re.compile(r"\bmedia\s*=(?!\s*[\"']?(?:all|screen)\b)|amp-boilerplate", re.IGNORECASE)
HIDES = re.compile(r"(?:\bdisplay\s*:\s*none|\bvisibility\s*:\s*hidden)\b", re.IGNORECASE)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SIMPLE = re.compile(r"([a-z][a-z0-9]{0,15})?([.#])([\w-]{1,80})", re.IGNORECASE)
NAME = re.compile(r"[.#][\w-]{1,80}")
_PRIME = 0x01000193


def hiding(html: str) -> Hashes:
    """Return hashes of the selectors that hide, as `attributes` computes them."""
    css = "\n".join(_sheets(html))
    if not css:
        return NOTHING
    names = hidden_selectors(css[:LONGEST])
    return np.array(sorted(_hashed(name) for name in names), np.uint32)


def _sheets(html: str) -> Iterator[str]:
    """Yield the style sheets in a page that are for screens and hide something; plain strings are found the fastest."""
    opening = "<style" if "<style" in html else "<STYLE"
    at = html.find(opening)
    while at >= 0:
        starts = html.find(">", at) + 1
        end = html.find("</", starts)
        if starts == 0 or end < 0:
            return
        body = html[starts:end]
        if ("none" in body or "hidden" in body) and not OTHER_MEDIA.search(html[at:starts]):
            yield body
        at = html.find(opening, end)


def hidden_selectors(css: str) -> frozenset[str]:
    """Return the selectors, `.name`, `#name` or `tag.name`, of what a style sheet hides and nothing shows."""
    css = COMMENT.sub("", css)
    simple, nested = set(), _Nesting(css)
    for at in _hiding(css):
        opens = css.rfind("{", 0, at)
        start = max(css.rfind(mark, 0, opens) for mark in "{};") + 1
        names = [one.strip() for one in css[start:opens].split(",")] if opens >= 0 else []
        names = [name for name in names if SIMPLE.fullmatch(name)]
        if names and not nested.at(start):
            simple.update(names)
    if not simple:
        return frozenset()
    rules = _displaying(css)
    return frozenset(selector for selector in simple if not _is_shown(css, selector, rules, nested))


def _hiding(css: str) -> Iterator[int]:
    """Yield where a declaration hides: near the words that it ends with, which are found faster than an expression."""
    for word in ("none", "hidden"):
        at = css.find(word)
        while at >= 0:
            if match := HIDES.search(css, max(0, at - 14), at + len(word) + 1):
                yield match.start()
            at = css.find(word, at + 1)


class _Nesting:
    """How deep in braces a place of a style sheet is; counted from the nearest place before it that was asked for."""

    def __init__(self, css: str) -> None:
        self._css = css
        self._places, self._depths = [0], [0]

    def at(self, place: int) -> bool:
        """Return whether a place is within braces."""
        index = bisect.bisect_right(self._places, place)
        start, depth = self._places[index - 1], self._depths[index - 1]
        if start < place:
            depth += self._css.count("{", start, place) - self._css.count("}", start, place)
            self._places.insert(index, place)
            self._depths.insert(index, depth)
        return depth > 0


def _displaying(css: str) -> dict[str, list[tuple[int, int]]]:
    """Return, by class or id, where the rules name it that say how something is displayed: there, and where they open.

    Most rules of a style sheet say nothing of it.
    """
    opening, names = set[int](), dict[str, list[tuple[int, int]]]()
    for word in ("display", "visibility"):
        at = css.find(word)
        while at >= 0:
            opening.add(css.rfind("{", 0, at))
            at = css.find(word, at + 1)
    for opens in opening - {-1}:
        start = max(css.rfind(mark, 0, opens) for mark in "{}") + 1
        for name in NAME.finditer(css, start, opens):
            names.setdefault(name[0], []).append((name.start(), opens))
    return names


def _is_shown(css: str, selector: str, rules: Mapping[str, list[tuple[int, int]]], nested: _Nesting) -> bool:
    """Return whether another rule names what this one hides, and says how it is displayed."""
    name = selector[max(selector.find("."), selector.find("#")) :]
    return any(not _hides_so(css, at, opens, name, nested) for at, opens in rules.get(name, ()))


def _hides_so(css: str, at: int, opens: int, name: str, nested: _Nesting) -> bool:
    """Return whether the rule whose selector is at a place hides, and names it alone, outside of at-rules."""
    start = max(css.rfind(mark, 0, at) for mark in "{};") + 1
    selector = css[start:opens]
    one = next((each for each in selector.split(",") if name in each and start + selector.find(each) <= at), selector)
    hides = HIDES.search(css, opens, css.find("}", opens) + 1) is not None and SIMPLE.fullmatch(one.strip()) is not None
    return hides and not nested.at(start)


def _hashed(selector: str) -> int:
    match = SIMPLE.fullmatch(selector)
    if match is None:
        raise ValueError(f"{selector!r} is no selector of one name")
    value = name_hash(match[1].lower()) if match[1] else token_hash("")
    for byte in (match[2] + match[3]).encode():
        value = (value * _PRIME ^ byte) & 0xFFFFFFFF
    return value
