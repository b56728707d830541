"""HTML's elements as the outline needs them: a number for each, and what it does to text and to open elements."""

import numpy as np
import numpy.typing as npt

from pipeline.extract.characters import name_hash

# Block-level elements: their beginning and their end part text.
BLOCK = (
    "html", "body", "head", "p", "div", "section", "article", "main", "header", "footer", "nav", "aside", "h1", "h2",
    "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tfoot", "tr", "td", "th",
    "caption", "blockquote", "pre", "figure", "figcaption", "form", "fieldset", "address", "center", "details",
    "summary", "hr", "menu", "hgroup", "dialog", "listing", "optgroup", "legend",
)  # fmt: skip
VOID = (
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    "frame", "keygen",
)  # fmt: skip
RAW = ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
# Elements whose text no reader sees as text.
SKIPPED = (
    "noscript",
    "template",
    "svg",
    "select",
    "button",
    "object",
    "canvas",
    "audio",
    "video",
    "math",
    "map",
)
OTHER = (
    "a", "b", "i", "em", "strong", "span", "font", "u", "s", "small", "big", "code", "kbd", "samp", "var", "tt", "sub",
    "sup", "q", "cite", "abbr", "time", "mark", "label", "option", "del", "ins", "ruby", "rt", "rp", "picture",
)  # fmt: skip
LEAVES_P_OPEN = (
    "html",
    "body",
    "head",
    "tr",
    "td",
    "th",
    "tbody",
    "thead",
    "tfoot",
    "caption",
    "legend",
    "optgroup",
)

_NAMES = tuple(dict.fromkeys((*BLOCK, *VOID, *RAW, *SKIPPED, *OTHER)))
TAGS = {name: number for number, name in enumerate(_NAMES, start=1)}  # 0: any other element


def _those(*names: str) -> npt.NDArray[np.bool_]:
    mask = np.zeros(len(_NAMES) + 1, dtype=np.bool_)
    mask[[TAGS[name] for name in names]] = True
    return mask


_BY_HASH = sorted((name_hash(name), number) for name, number in TAGS.items())
TAG_HASHES = np.array([value for value, _ in _BY_HASH], dtype=np.uint32)
TAG_IDS = np.array([number for _, number in _BY_HASH], dtype=np.int16)

IS_BLOCK = _those(*BLOCK)
IS_VOID = _those(*VOID)
IS_RAW = _those(*RAW)
IS_SKIPPED = _those(*SKIPPED)
CELL = _those("td", "th")
DECORATES = _those("a", "i", "span")  # hidden from screen readers, they hold marks and what is said beside them
CLOSES_P = _those(*(name for name in BLOCK if name not in LEAVES_P_OPEN))
NOTED = _those("html", "title", "h1", "time")  # whose tags the outline notes, whatever they state
SCOPE = _those("table", "td", "th", "html", "body")  # an end tag from inside closes nothing outside

# Items that close each other, and what holds the items of each kind: a tag in it closes none outside.
_ITEMS = (("li",), ("dt", "dd"), ("tr",), ("td", "th"))
_HOLDERS = (("ul", "ol", "table"), ("dl", "table"), ("table",), ("tr", "table"))
ITEM = np.zeros(len(_NAMES) + 1, np.int8)  # the kind of each tag, from 1; 0: no item
for _kind, _members in enumerate(_ITEMS, 1):
    ITEM[_those(*_members)] = _kind
HOLDS_ITEMS = np.stack([_those(), *(_those(*holders) for holders in _HOLDERS)])  # by kind and tag
