"""What a page's own style sheets hide: the classes and ids under `display: none` or `visibility: hidden`.

Only selectors of one name, with or without a tag, outside of at-rules; and only where no other rule names the same
class or id along with something else, by which a script, a click or a wide screen would show it.
"""

import re
from collections.abc import Iterator

import numpy as np

from pipeline.extract.attributes import Hashes, token_hash
from pipeline.extract.characters import name_hash
from pipeline.extract.markup import NOTHING

LONGEST = 500_000  # characters of style sheets read of one page
OTHER_MEDIA = re.compile(r"\bmedia\s*=(?!\s*[\"']?(?:all|screen)\b)|amp-boilerplate", re.IGNORECASE)
HIDES = re.compile(r"(?:\bdisplay\s*:\s*none|\bvisibility\s*:\s*hidden)\b", re.IGNORECASE)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SIMPLE = re.compile(r"([a-z][a-z0-9]{0,15})?([.#])([\w-]{1,80})", re.IGNORECASE)
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
    simple = set()
    for at in _hiding(css):
        opens = css.rfind("{", 0, at)
        start = max(css.rfind(mark, 0, opens) for mark in "{};") + 1
        names = [one.strip() for one in css[start:opens].split(",")] if opens >= 0 else []
        names = [name for name in names if SIMPLE.fullmatch(name)]
        if names and not _is_nested(css, start):
            simple.update(names)
    return frozenset(selector for selector in simple if not _is_shown(css, selector))


def _hiding(css: str) -> Iterator[int]:
    """Yield where a declaration hides: near the words that it ends with, which are found faster than an expression."""
    for word in ("none", "hidden"):
        at = css.find(word)
        while at >= 0:
            if match := HIDES.search(css, max(0, at - 14), at + len(word) + 1):
                yield match.start()
            at = css.find(word, at + 1)


def _is_nested(css: str, at: int) -> bool:
    return css.count("{", 0, at) > css.count("}", 0, at)


def _is_shown(css: str, selector: str) -> bool:
    """Return whether another rule names what this one hides, and says how it is displayed."""
    name = selector[max(selector.find("."), selector.find("#")) :]
    at = css.find(name)
    while at >= 0:
        opens, end = css.find("{", at), css.find("}", at)
        if 0 <= opens < end and not (css[at + len(name)].isalnum() or css[at + len(name)] in "-_"):
            body = css[opens:end]
            if ("display" in body or "visibility" in body) and not _hides_so(css, at, opens, body, name):
                return True
        at = css.find(name, at + 1)
    return False


def _hides_so(css: str, at: int, opens: int, body: str, name: str) -> bool:
    """Return whether the rule whose selector is at a place hides, and names it alone, outside of at-rules."""
    start = max(css.rfind(mark, 0, at) for mark in "{};") + 1
    selector = css[start:opens]
    one = next((each for each in selector.split(",") if name in each and start + selector.find(each) <= at), selector)
    hides = HIDES.search(body) is not None and SIMPLE.fullmatch(one.strip()) is not None
    return hides and not _is_nested(css, start)


def _hashed(selector: str) -> int:
    match = SIMPLE.fullmatch(selector)
    if match is None:
        raise ValueError(f"{selector!r} is no selector of one name")
    value = name_hash(match[1].lower()) if match[1] else token_hash("")
    for byte in (match[2] + match[3]).encode():
        value = (value * _PRIME ^ byte) & 0xFFFFFFFF
    return value
