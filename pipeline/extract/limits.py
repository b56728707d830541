"""What a page may cost before it is parsed: bytes, tags, nesting and attributes, counted in one compiled pass.

Limits are on work that the bytes themselves decide, so the same page is rejected on every machine and at every load.
"""

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from shards.compiled import compiled, inner

# Elements without an end tag, or whose end tag may be left out: they do not nest by being opened again and again.
UNNESTED = (
    "area", "base", "basefont", "bgsound", "br", "col", "colgroup", "dd", "dt", "embed", "frame", "hr", "img",
    "input", "keygen", "li", "link", "meta", "option", "p", "param", "source", "tbody", "td", "tfoot", "th", "thead",
    "tr", "track", "wbr",
)  # fmt: skip
RAW = ("script", "style")  # their content holds no tags
# Elements that a parser opens again where a block closed them, but of those with the same attributes three at most, of
# links one (HTML, 13.2.4.3): a page of the 1990s leaves hundreds open, and its tree is ten deep.
FORMATTING = ("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u")
ALIKE = 3
DEEPEST = 1_001  # formatting elements that are told apart
# Only inside of SVG does a slash at the end of a tag close it; anything else in there leads back to HTML.
SVG = (
    "svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "use", "defs", "stop",
    "lineargradient", "radialgradient", "clippath", "mask", "image", "text", "tspan", "symbol", "marker", "pattern",
    "filter", "animate", "animatetransform", "feblend", "fecolormatrix", "fegaussianblur", "feoffset", "femerge",
    "femergenode", "fecomposite", "feflood",
)  # fmt: skip


class Limits(BaseModel, frozen=True, extra="forbid"):
    """The most of each that a page may have; the defaults pass every one of 3,402 real pages."""

    max_bytes: int = 10_000_000  # a page of more bytes is rejected
    max_tags: int = 200_000  # a page of more tags is rejected
    # a page whose elements are nested deeper is rejected: parsers are quadratic in the depth (lexbor takes 1.2 s for
    # 20,000)
    max_depth: int = 1_000
    max_attributes: int = 5_000  # a page with a tag of more attributes is rejected, for the same reason

    def broken_by(self, html: bytes) -> str | None:
        """Return the reason to reject markup (UTF-8), or None."""
        if len(html) > self.max_bytes:
            return "too_large"
        if len(html) <= 2 * self.max_attributes and html.count(b"<") <= min(self.max_depth, self.max_tags):
            return None  # an attribute takes two bytes, its value none
        tags, depth, attributes = _measure(np.frombuffer(html, np.uint8), _UNNESTED, _RAW, _SVG, _FORMATTING)
        if tags > self.max_tags:
            return "too_many_tags"
        if depth > self.max_depth:
            return "too_deep"
        return "too_many_attributes" if attributes > self.max_attributes else None


def _hash(name: str) -> int:
    value = 0
    for byte in name.encode("ascii"):
        value = (value * 131 + byte) & 0xFFFFFFFF
    return value


_UNNESTED = np.array(sorted(_hash(name) for name in UNNESTED), dtype=np.uint64)
_RAW = np.array([_hash(name) for name in RAW], dtype=np.uint64)
_SVG = np.array([_hash(name) for name in SVG], dtype=np.uint64)  # svg itself first
_FORMATTING = np.array([_hash(name) for name in FORMATTING], dtype=np.uint64)  # links first


@compiled
def _measure(
    html: npt.NDArray[np.uint8],
    unnested: npt.NDArray[np.uint64],
    raw: npt.NDArray[np.uint64],
    svg: npt.NDArray[np.uint64],
    formatting: npt.NDArray[np.uint64],
) -> tuple[int, int, int]:
    """Return the number of tags, the deepest nesting and the most attributes of one tag."""
    size, at, tags, depth, deepest, most = len(html), 0, 0, 0, 0, 0
    open_names, open_tags = np.zeros(DEEPEST, np.uint64), np.zeros(DEEPEST, np.uint64)  # formatting elements
    formats = 0
    drawing = False
    while at < size - 1:
        if html[at] != 60:  # <
            at += 1
            continue
        at += 1
        closing = html[at] == 47  # /
        if closing:
            at += 1
        name, end = _name(html, at)
        if end == at:
            continue
        tags += 1
        attributes, at = _tag_end(html, end)
        most = max(most, attributes)
        closed = html[at - 1] == 47
        drawing = (drawing or (name == svg[0] and not closing and not closed)) and _among(name, svg)
        if _among(name, formatting):
            tag = name if name == formatting[0] else _hash_of(html, end, at, name)
            formats = _formatted(open_names, open_tags, formats, name, tag, closing)
            deepest = max(deepest, depth + formats)
        elif closing:
            drawing = drawing and name != svg[0]
            if depth > 0 and not _among(name, unnested):
                depth -= 1
        elif not (_among(name, unnested) or (drawing and closed)):
            depth += 1
            deepest = max(deepest, depth + formats)
            if _among(name, raw):
                at = _end_of_raw(html, at)
    return tags, deepest, most


@inner
def _hash_of(html: npt.NDArray[np.uint8], start: int, end: int, name: np.uint64) -> np.uint64:
    value = name
    for at in range(start, end):
        value = (value ^ np.uint64(html[at])) * np.uint64(0x100000001B3)
    return value


@inner
def _formatted(
    names: npt.NDArray[np.uint64],
    tags: npt.NDArray[np.uint64],
    used: int,
    name: np.uint64,
    tag: np.uint64,
    closing: bool,
) -> int:
    """Open or close a formatting element among those that are open; return how many are."""
    alike = 0
    for at in range(used - 1, -1, -1):
        if closing and names[at] == name:
            for later in range(at, used - 1):
                names[later], tags[later] = names[later + 1], tags[later + 1]
            return used - 1
        alike += not closing and tags[at] == tag
    if closing or alike >= ALIKE or (alike > 0 and tag == name) or used == len(names):
        return used
    names[used], tags[used] = name, tag
    return used + 1


@inner
def _name(html: npt.NDArray[np.uint8], at: int) -> tuple[np.uint64, int]:
    """Return the hash of the tag's name that begins here, and where it ends."""
    name, start = np.uint64(0), at
    while at < len(html):
        byte = html[at] | 32
        if not (97 <= byte <= 122 or (at > start and 48 <= html[at] <= 57)):
            break
        name = (name * np.uint64(131) + np.uint64(byte if html[at] > 57 else html[at])) & np.uint64(0xFFFFFFFF)
        at += 1
    return name, at


@inner
def _tag_end(html: npt.NDArray[np.uint8], at: int) -> tuple[int, int]:
    """Return how many attributes the tag has, and where its > is, as HTML tells (13.2.5.32 to 40).

    Spaces, slashes and closing quotes divide attributes; a value in quotes may hold a >.
    """
    size, attributes = len(html), 0
    while at < size and html[at] != 62:
        if html[at] <= 32 or html[at] == 47:
            at += 1
            continue
        attributes += 1
        at += 1  # a name may begin with =
        while at < size and html[at] > 32 and html[at] != 47 and html[at] != 62 and html[at] != 61:
            at += 1
        while at < size and html[at] <= 32:
            at += 1
        if at >= size or html[at] != 61:
            continue
        at += 1
        while at < size and html[at] <= 32:
            at += 1
        if at < size and (html[at] == 34 or html[at] == 39):
            quote = html[at]
            at += 1
            while at < size and html[at] != quote:
                at += 1
            at += 1
        else:
            while at < size and html[at] > 32 and html[at] != 62:
                at += 1
    return attributes, min(at, size)


@inner
def _among(name: np.uint64, names: npt.NDArray[np.uint64]) -> bool:
    for other in names:  # noqa: SIM110 - compiled
        if name == other:
            return True
    return False


@inner
def _end_of_raw(html: npt.NDArray[np.uint8], at: int) -> int:
    """Return where the next </s… stands: the end of a script or style, whose content holds no tags."""
    while at < len(html) - 2:
        if html[at] == 60 and html[at + 1] == 47 and (html[at + 2] | 32) == 115:
            return at
        at += 1
    return at
