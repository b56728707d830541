"""Wikitext as Markdown: headings, paragraphs, lists, tables and formulas; templates, references and media left out."""

import re
from collections.abc import Iterator, Mapping

import mwparserfromhell
from mwparserfromhell.nodes import Argument, Comment, ExternalLink, Heading, HTMLEntity, Tag, Template, Text, Wikilink
from mwparserfromhell.wikicode import Wikicode

_LEFT_OUT = frozenset(
    {"ref", "references", "gallery", "timeline", "imagemap", "score", "graph", "mapframe", "templatestyles"}
)
_CODE = frozenset({"syntaxhighlight", "source", "pre"})
_LINES = frozenset({"li", "dd", "dt", "br", "hr"})
_BLOCK = frozenset({"p", "div", "blockquote", "center", "table"})

# The parameter of a template that stands in the sentence; of the other templates nothing is kept.
_SHOWN: Mapping[str, str] = {
    **dict.fromkeys(("nowrap", "nobr", "small", "big", "abbr", "tooltip", "sic", "not a typo"), "1"),
    **dict.fromkeys(("lang", "transl", "transliteration", "le", "link-en", "internal link helper"), "2"),
    **dict.fromkeys(("tsl", "link-fr", "link-de", "link-ja"), "3"),
    **dict.fromkeys(("ill", "interlanguage link"), "1"),
}
_MEASURE = frozenset({"convert", "cvt"})
_VARIANTS = re.compile(r"-\{(.*?)\}-", re.DOTALL)
_MAGIC_WORD = re.compile(r"__[A-Z]{3,}__")
_ORPHANED = re.compile(r"([(（])\s*[;,；，、]\s*")  # a template of pronunciation stood there
_BROKEN_LINE = re.compile(r"(?<=[\w,;])\n(?=\w)(?!1\. )")  # wikitext ends a paragraph by a blank line
_EMPTY_BRACKETS = re.compile(r"\s+[(（][\s,;:，；：、]*[)）]|（[\s，；：、]*）|[\s,;:，；：、]+(?=[)）])")
_NESTED = re.compile(r"^((?:(?:-|1\.) )+)(?=(?:-|1\.) )")
_HEADING = re.compile(r"(#{1,6}) ")
_MAX_DEPTH = 60


def text_of(wikitext: str, dropped: frozenset[str]) -> str:
    """Return the text of a page; links into the namespaces `dropped` (in lower case) are left out."""
    code = mwparserfromhell.parse(_VARIANTS.sub(_variant, wikitext))
    return _tidy("".join(_render(code, dropped, 0)))


def _variant(match: re.Match[str]) -> str:
    """Return what a conversion mark shows: its text, or the first of its variants, which is the one without a rule."""
    body = match[1]
    if "|" in body:
        body = body.rpartition("|")[2]
    first = body.split(";")[0]
    language, colon, shown = first.partition(":")
    return (shown if colon and language.strip().startswith("zh") else body).strip()


def _render(code: Wikicode, dropped: frozenset[str], depth: int) -> Iterator[str]:
    if depth > _MAX_DEPTH:
        return
    for node in code.nodes:
        if isinstance(node, Text):
            yield str(node.value)
        elif isinstance(node, Wikilink):
            yield from _link(node, dropped, depth)
        elif isinstance(node, Tag):
            yield from _tag(node, dropped, depth)
        elif isinstance(node, Heading):
            yield f"\n\n{'#' * node.level} {''.join(_render(node.title, dropped, depth + 1)).strip()}\n\n"
        elif isinstance(node, Template):
            yield from _template(node, dropped, depth)
        elif isinstance(node, ExternalLink):
            yield from _render(node.title, dropped, depth + 1) if node.title is not None else ()
        elif isinstance(node, HTMLEntity):
            yield node.normalize()
        elif isinstance(node, Argument) and node.default is not None:
            yield from _render(node.default, dropped, depth + 1)
        else:
            assert isinstance(node, Comment | Argument), node


def _link(link: Wikilink, dropped: frozenset[str], depth: int) -> Iterator[str]:
    target = str(link.title).strip()
    namespace, colon, _ = target.partition(":")
    if colon and namespace.strip().casefold() in dropped:
        return
    if link.text is not None:
        yield from _render(link.text, dropped, depth + 1)
    else:
        yield target.lstrip(":")


def _template(template: Template, dropped: frozenset[str], depth: int) -> Iterator[str]:
    name = str(template.name).strip().casefold().replace("_", " ")
    if name in _MEASURE:
        values = [str(param.value).strip() for param in template.params if not param.showkey]
        yield " ".join(values[:2])
        return
    shown = "1" if name.startswith("lang-") else _SHOWN.get(name)
    if shown is not None and template.has(shown):
        yield from _render(template.get(shown).value, dropped, depth + 1)


def _tag(tag: Tag, dropped: frozenset[str], depth: int) -> Iterator[str]:
    name = str(tag.tag).strip().casefold()
    if name in _LEFT_OUT:
        return
    if name in _LINES:
        yield _MARKERS.get(str(tag.wiki_markup or ""), "\n")
        return
    if name in ("math", "chem", "ce"):
        yield f"${' '.join(str(tag.contents).split())}$"
    elif name in _CODE:
        yield f"\n\n```\n{str(tag.contents).strip(chr(10))}\n```\n\n"
    elif name == "table":
        yield f"\n\n{_table(tag, dropped, depth)}\n\n"
    else:
        yield "\n\n" if name in _BLOCK else ""
        yield from _render(tag.contents, dropped, depth + 1) if tag.contents is not None else ()
        yield "\n\n" if name in _BLOCK else ""


_MARKERS = {"*": "- ", "#": "1. ", ":": "", ";": ""}


def _table(table: Tag, dropped: frozenset[str], depth: int) -> str:
    lines = []
    for row in [table, *_below(table, "tr")]:  # the first row may stand in the table itself
        texts = [
            " ".join("".join(_render(cell.contents, dropped, depth + 1)).split()) for cell in _below(row, "td", "th")
        ]
        if any(texts):
            lines.append("| " + " | ".join(text.replace("|", r"\|") for text in texts) + " |")
    return "\n".join(lines)


def _below(tag: Tag, *names: str) -> list[Tag]:
    found: list[Tag] = tag.contents.filter_tags(recursive=False, matches=lambda node: node.tag in names)
    return found


def _tidy(text: str) -> str:
    """Return the text with clean lines, code as it is; a heading over nothing is left out."""
    segments = text.split("```")
    segments[::2] = [_prose(segment) for segment in segments[::2]]
    kept: list[str] = []
    deepest = 0  # level of the heading that the last line kept stands under, 0 for content
    for line in reversed("```".join(segments).split("\n")):
        heading = _HEADING.match(line)
        if heading and (not kept or 0 < deepest <= len(heading[1])):
            continue
        if line or kept:
            kept.append(line)
        if line:
            deepest = len(heading[1]) if heading else 0
    return re.sub(r"\n{3,}", "\n\n", "\n".join(reversed(kept))).strip("\n")


def _prose(text: str) -> str:
    text = _EMPTY_BRACKETS.sub("", _MAGIC_WORD.sub("", text))
    text = _ORPHANED.sub(r"\1", text)
    text = _BROKEN_LINE.sub(" ", text)
    lines = [re.sub(r"[ \t\u00a0]+", " ", line).strip() for line in text.split("\n")]
    lines = [_NESTED.sub(lambda match: "  " * (len(match[1].split())), line) for line in lines]
    return "\n".join(line for line in lines if line not in ("-", "1."))
