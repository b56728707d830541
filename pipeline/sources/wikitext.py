"""Wikitext as Markdown: headings, paragraphs, lists, tables and formulas, and the templates that stand in sentences.

Left out and counted: other templates, notes, media, and the links to other languages.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import TypeAlias

import mwparserfromhell
from mwparserfromhell.nodes import Argument, Comment, ExternalLink, Heading, HTMLEntity, Tag, Template, Text, Wikilink
from mwparserfromhell.wikicode import Wikicode

from filters.languages.labels import meaning
from pipeline.scripts import Readings, subscript, superscript, with_reading
from pipeline.sources import wiki_templates
from pipeline.sources.grid import Cell, markdown, span
from pipeline.sources.wiki_source import BREAK, INDENT, LINE, MARK, prepared

Lost: TypeAlias = Counter[str]

_LEFT_OUT = frozenset(
    {"ref", "references", "gallery", "timeline", "imagemap", "score", "graph", "mapframe", "templatestyles", "rp"}
)
_LINES = frozenset({"li", "dd", "dt", "hr"})
_BLOCK = frozenset({"p", "div", "blockquote", "center", "table", "ul", "ol", "dl", "section", "poem"})
_MAGIC_WORD = re.compile(r"__[A-Z]{3,}__")
_ORPHANED = re.compile(r"([(（])\s*[;,；，、]\s*")  # a template of pronunciation stood there
_EMPTY_BRACKETS = re.compile(r"\s+[(（][\s,;:，；：、]*[)）]|（[\s，；：、]*）|[\s,;:，；：、]+(?=[)）])")
_HEADING = re.compile(r"(#{1,6}) ")
# Tags without a partner, which the parser takes for text; `a < b and b > c` is none.
_LOOSE_TAG = re.compile(
    r"</?(?:p|li|ul|ol|small|big|s|b|i|u|br|div|span|center|font|sub|sup|ref|td|tr|th|table|blockquote|em|strong|code|tt|nowiki"
    r"|noinclude|includeonly|onlyinclude|gallery|poem|del|ins|abbr|cite|dl|dt|dd|hr|var|kbd|section|references)"
    r"(?:\s+[\w:-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>]+))*\s*/?>",
    re.IGNORECASE,
)
_LOOSE_REF = re.compile(r"<ref(?:\s[^<>]*)?(?<!/)>[^\n]*", re.IGNORECASE)
_LOOSE_TEMPLATE = re.compile(r"\{\{[^{}|\n]{1,80}\|[^\n]*|\}\}|\{\{#\w+:[^\n]*")
_ATTRIBUTES = re.compile(
    r"\s*(?:(?:colspan|rowspan|style|class|align|valign|width|height|bgcolor|scope|data-[\w-]+)"
    r"\s*=\s*(?:\"[^\"]*\"|\S+)\s*)+",
    re.IGNORECASE,
)
_HAN = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}])\n(?=[{_HAN}])")
_LANGUAGES = frozenset(  # of wikis whose prefix is no code of two or three letters, or is not known as such
    {"simple", "zh-min-nan", "zh-yue", "zh-classical", "be-tarask", "be-x-old", "bat-smg", "fiu-vro", "map-bms"}
    | {"nds-nl", "roa-rup", "roa-tara", "cbk-zam", "als", "nds", "sco", "ang", "cdo", "hak", "gan", "wuu", "yue", "lzh"}
)
_MARKS = re.compile(f"[{BREAK}{LINE}{INDENT}]")
_MAX_DEPTH = 60


def text_of(
    wikitext: str,
    dropped: frozenset[str],
    lost: Lost | None = None,
    *,
    language: str = "en",
    readings: Readings = "drop",
) -> str:
    """Return the text of a page; links into the namespaces `dropped` (in lower case) are left out.

    `language` is that of the wiki, which decides how dates and numbers are written.
    """
    writer = _Writer(dropped, Counter() if lost is None else lost, language, readings)
    kept: list[str] = []
    code = mwparserfromhell.parse(prepared(wikitext, writer.linked, kept), skip_style_tags=True)
    text = _tidy("".join(writer.write(code, 0)))
    return MARK.sub(lambda match: kept[int(match[1])] if int(match[1]) < len(kept) else "", text)


@dataclass
class _Writer:
    """Writes the nodes of a page as text and counts what it leaves out."""

    dropped: frozenset[str]
    lost: Lost
    language: str
    readings: Readings
    before: str = ""  # the last text that was written
    tables: int = 0  # how many tables what is written stands in

    def write(self, code: Wikicode, depth: int) -> Iterator[str]:
        """Yield the text of the nodes."""
        for node in code.nodes if depth < _MAX_DEPTH else ():
            for text in self._node(node, depth + 1):
                self.before = text or self.before
                yield text

    def text(self, code: Wikicode | None, depth: int) -> str:
        """Return the text of the nodes as one."""
        return "" if code is None else "".join(self.write(code, depth))

    def _node(self, node: object, depth: int) -> Iterator[str]:
        if isinstance(node, Text):
            yield str(node.value)
        elif isinstance(node, Wikilink):
            yield self._link(node, depth)
        elif isinstance(node, Tag):
            yield from self._tag(node, depth)
        elif isinstance(node, Heading):
            yield f"\n\n{LINE}{'#' * node.level} {self.text(node.title, depth).strip()}\n\n"
        elif isinstance(node, Template):
            yield self._template(node, depth)
        elif isinstance(node, ExternalLink):
            yield self.text(node.title, depth) if node.title is not None or node.brackets else str(node.url)
        elif isinstance(node, HTMLEntity):
            yield node.normalize()
        elif isinstance(node, Argument) and node.default is not None:
            yield self.text(node.default, depth)
        else:
            assert isinstance(node, Comment | Argument), node

    def linked(self, target: str, text: str | None) -> str | None:
        """Return what a link prints; None if its text is for the parser to read."""
        if text is not None and "{{" in text:
            return None
        target = unescape(target).strip()
        namespace, colon, _ = target.partition(":")
        namespace = namespace.strip().casefold()
        if colon and namespace in self.dropped:
            self.lost["link"] += 1
            return ""
        if colon and namespace and _is_language(namespace):
            self.lost["link"] += 1
            return ""
        return text or target.lstrip(":")

    def _link(self, link: Wikilink, depth: int) -> str:
        shown = self.linked(str(link.title), None)
        return self.text(link.text, depth) if shown and link.text is not None else shown or ""

    def _template(self, template: Template, depth: int) -> str:
        name, colon, argument = str(template.name).strip().partition(":")
        if colon and argument:
            argument = self.text(template.name, depth).partition(":")[2].strip()
        call = wiki_templates.Call(
            name.strip().casefold().replace("_", " ").removeprefix("template:"),
            {str(param.name).strip(): self.text(param.value, depth) for param in template.params},
            self.language,
            argument if colon else None,
        )
        text = wiki_templates.rendered(call)
        if text is None:
            self.lost["template"] += 1
        return text or ""

    def _tag(self, tag: Tag, depth: int) -> Iterator[str]:
        name = str(tag.tag).strip().casefold()
        if name in _LEFT_OUT:
            self.lost[name] += 1
        elif name in _LINES:
            yield "\n"
            yield self.text(tag.contents, depth)
        elif name == "table":
            yield f"\n\n{self._table(tag, depth)}\n\n"
        elif name in ("sup", "sub"):
            before = self.before
            yield (superscript if name == "sup" else subscript)(before, self.text(tag.contents, depth))
        elif name == "ruby":
            yield self._ruby(tag, depth)
        else:
            yield "\n\n" if name in _BLOCK else ""
            yield self.text(tag.contents, depth)
            yield "\n\n" if name in _BLOCK else ""

    def _ruby(self, tag: Tag, depth: int) -> str:
        base, reading = "", ""
        for node in tag.contents.nodes if tag.contents is not None else ():
            text = "".join(self._node(node, depth))
            if isinstance(node, Tag) and str(node.tag).casefold() in ("rt", "rtc"):
                reading += text
            else:
                base += text
        return with_reading(base, reading, self.readings)

    def _table(self, table: Tag, depth: int) -> str:
        self.tables += 1
        rows = [
            [self._cell(cell, depth) for cell in _below(row, "td", "th")]
            for row in (table, *_below(table, "tr"))  # the first row may stand in the table itself
        ]
        captions = [self.text(caption.contents, depth) for caption in _below(table, "caption")]
        self.tables -= 1
        if self.tables:
            return "; ".join(", ".join(cell.text for cell in row if cell.text) for row in rows if row)
        return "\n\n".join(
            part for part in (*(f"{LINE}{text}" for text in captions), _own_lines(markdown(rows))) if part
        )

    def _cell(self, cell: Tag, depth: int) -> Cell:
        text = " ".join(
            self.text(cell.contents, depth).replace(BREAK, " ").replace(LINE, " ").replace(INDENT, "").split()
        )
        if attributes := _ATTRIBUTES.match(text):  # of a cell whose bar comes out of a template
            text = text[attributes.end() :]
        columns, rows = (span(str(cell.get(name).value)) if cell.has(name) else 1 for name in ("colspan", "rowspan"))
        return Cell(text, columns, rows)


def _is_language(prefix: str) -> bool:
    if prefix in _LANGUAGES:
        return True
    try:
        return len(prefix) <= 3 and bool(meaning(prefix))
    except ValueError:
        return False


def _below(tag: Tag, *names: str) -> list[Tag]:
    if tag.contents is None:
        return []
    tags: list[Tag] = tag.contents.filter_tags(recursive=False, matches=lambda node: node.tag in names)
    return tags


def _own_lines(text: str) -> str:
    return "\n".join(LINE + line for line in text.split("\n")) if text else ""


def _tidy(text: str) -> str:
    """Return the text with clean lines; a heading over nothing is left out."""
    kept: list[str] = []
    deepest = 0  # level of the heading that the last line kept stands under, 0 for content
    for line in reversed(_prose(text).split("\n")):
        heading = _HEADING.match(line)
        if heading and (not kept or 0 < deepest <= len(heading[1])):
            continue
        if line or kept:
            kept.append(line)
        if line:
            deepest = len(heading[1]) if heading else 0
    return re.sub(r"\n{3,}", "\n\n", "\n".join(reversed(kept))).strip("\n")


def _prose(text: str) -> str:
    text = _LOOSE_TAG.sub("", _LOOSE_REF.sub("", _MAGIC_WORD.sub("", _LOOSE_TEMPLATE.sub("", text))))
    text = _ORPHANED.sub(r"\1", _EMPTY_BRACKETS.sub("", text))
    return "\n".join(_lines(text))


def _lines(text: str) -> Iterator[str]:
    """Yield lines: those of a paragraph as one, those of lists and tables as they are, apart from what follows."""
    held, after_list = list[str](), False
    for line in [*text.split("\n"), ""]:
        own = line.startswith(LINE)
        if held and (own or not line.strip()):
            yield from _paragraph(held)
            held = []
        if own:
            indent = "  " * line.count(INDENT)
            shown = " ".join(line.replace(LINE, "").replace(INDENT, "").replace(BREAK, " ").split())
            if shown not in ("", "-", "1."):
                yield indent + shown
            after_list = True
        elif line.strip():
            if after_list:
                yield ""
            held.append(line)
            after_list = False
        else:
            yield ""
            after_list = False


def _paragraph(lines: list[str]) -> Iterator[str]:
    joined = _BETWEEN_HAN.sub("", "\n".join(line.strip() for line in lines)).replace("\n", " ")
    for line in joined.replace(INDENT, "").replace(LINE, " ").split(BREAK):
        yield " ".join(line.split())
