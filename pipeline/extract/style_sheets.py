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
STYLE = re.compile(r"<style\b([^>]{0,400})>(.*?)</style\s*>", re.IGNORECASE | re.DOTALL)
OTHER_MEDIA = re.compile(r"\bmedia\s*=(?!\s*[\"']?(?:all|screen)\b)|amp-boilerplate", re.IGNORECASE)
HIDES = re.compile(r"(?:\bdisplay\s*:\s*none|\bvisibility\s*:\s*hidden)\b", re.IGNORECASE)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
RULE = re.compile(r"([^{};]{1,2000})\{([^{}]{0,4000})\}")
SIMPLE = re.compile(r"([a-z][a-z0-9]{0,15})?([.#])([\w-]{1,80})", re.IGNORECASE)
NAMES = re.compile(r"[.#][\w-]{1,80}")
_PRIME = 0x01000193


def hiding(html: str) -> Hashes:
    """Return hashes of the selectors that hide, as `attributes` computes them."""
    if "<style" not in html and "<STYLE" not in html:
        return NOTHING
    css = "\n".join(
        body for opening, body in STYLE.findall(html) if HIDES.search(body) and not OTHER_MEDIA.search(opening)
    )
    names = hidden_selectors(css[:LONGEST]) if css else frozenset()
    return np.array(sorted(_hashed(name) for name in names), np.uint32)


def hidden_selectors(css: str) -> frozenset[str]:
    """Return the selectors, `.name`, `#name` or `tag.name`, of what a style sheet hides and nothing shows."""
    hidden: set[str] = set()
    shown: set[str] = set()
    for selector, body in _rules(COMMENT.sub("", css)):
        hides = HIDES.search(body) is not None
        for one in selector.split(","):
            if hides and SIMPLE.fullmatch(one.strip()):
                hidden.add(one.strip())
            elif not hides or not SIMPLE.fullmatch(one.strip()):
                shown.update(NAMES.findall(one) if "display" in body or "visibility" in body else ())
    return frozenset(name for name in hidden if "." + name.partition(".")[2] not in shown and name not in shown)


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """Yield selector and body of each rule; of those within at-rules none hides, and each may show."""
    at, depth = 0, 0
    for rule in RULE.finditer(css):
        between = css[at : rule.start()]
        depth += between.count("{") - between.count("}")
        nested = depth > 0 or "@" in rule[1]
        yield rule[1], ("display: block" if nested and HIDES.search(rule[2]) else rule[2])
        at = rule.end()


def _hashed(selector: str) -> int:
    match = SIMPLE.fullmatch(selector)
    if match is None:
        raise ValueError(f"{selector!r} is no selector of one name")
    value = name_hash(match[1].lower()) if match[1] else token_hash("")
    for byte in (match[2] + match[3]).encode():
        value = (value * _PRIME ^ byte) & 0xFFFFFFFF
    return value
