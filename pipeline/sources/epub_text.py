"""The text of a chapter of a book, XHTML or HTML, as blocks of Markdown, with a count of the elements left out.

Carried over: headings, paragraphs with their line breaks (verse), lists, tables, code, formulas as TeX, superscripts
and subscripts. Left out and counted by element: pictures and other media, links to notes.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, repeat
from typing import TypeAlias

from lxml import etree

from pipeline.mathml import tex
from pipeline.scripts import Readings, is_note_mark, subscript, superscript, with_reading
from pipeline.sources.grid import Cell, markdown, span

Lost: TypeAlias = Counter[str]

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SKIPPED = frozenset({"script", "style", "nav", "head", "template", "rp", "noscript"})
_LEFT_OUT = frozenset({"svg", "img", "image", "audio", "video", "canvas", "iframe", "object", "embed", "map"})
_BLOCKS = frozenset(
    [
        *("p", "div", "section", "article", "aside", "header", "footer", "main", "blockquote", "figure", "figcaption"),
        *("body", "dl", "dt", "dd", "details", "summary", "address", "center", "fieldset", "hr"),
    ]
)
_MATHML = "http://www.w3.org/1998/Math/MathML"
_TYPE = "{http://www.idpf.org/2007/ops}type"
_PAGE = re.compile(r"\b(?:page-?(?:break|num(?:ber)?|no)?|pagenum\w*|folio)\b", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"\W*(?:p\w*\.?\s*)?(?:\d{1,4}|[ivxlcdm]{1,9})\W*", re.IGNORECASE)
_UNSEEN = re.compile(r"\b(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f\u00a0]+")
_BREAK = "\0"  # a line break, until the lines are cut


@dataclass(frozen=True)
class Block:
    """A block of text.

    `item` if it is one of a list; `number` is what a paragraph says that is a number and nothing else.
    """

    text: str
    item: bool = False
    number: int | None = None


def blocks_of(page: etree._Element, readings: Readings, lost: Lost) -> list[Block]:
    """Return the blocks of a page of a book."""
    writer = _Writer(readings, lost)
    writer.write(page)
    writer.end()
    return writer.blocks


def joined(chapters: Sequence[Sequence[Block]], lost: Lost) -> str:
    """Return the chapters as one text, without the numbers of pages that stand as paragraphs.

    Such a number has its neighbour somewhere in the book, or stands first or last in its file; one of four digits is
    taken for a year.
    """
    numbers = {block.number for blocks in chapters for block in blocks if block.number is not None}
    parts, after_item = list[str](), False
    for blocks in chapters:
        for place, block in enumerate(blocks):
            at_edge = place in (0, len(blocks) - 1)
            if (number := block.number) is not None and number < 1000:
                beside = not {number - 1, number + 1}.isdisjoint(numbers)
                lost["pagebreak"] += at_edge or beside
                if at_edge or beside:
                    continue
            parts += ["\n" if block.item and after_item else "\n\n", block.text]
            after_item = block.item
    return "".join(parts[1:])


@dataclass
class _Writer:
    """Writes elements as blocks; the last one is open for what follows."""

    readings: Readings
    lost: Lost
    blocks: list[Block] = field(default_factory=list)
    open: list[str] = field(default_factory=list)  # of the block that goes on
    mark: str = ""  # what it begins with: "# ", "- ", "1. "
    lists: list[Iterator[str]] = field(default_factory=list)  # of each open list, the marks of the items to come

    def write(self, element: etree._Element) -> None:
        """Add the text of an element."""
        if not isinstance(element.tag, str):
            return
        name = _name(element)
        if name in _SKIPPED:
            return
        if name in _LEFT_OUT:
            self.lost[name] += 1
        elif element.get("hidden") is not None or _UNSEEN.search(element.get("style") or ""):
            self.lost["hidden"] += 1
        elif name == "a" and _is_note(element):
            self.lost["noteref"] += 1
        elif _is_page_number(element):
            self.lost["pagebreak"] += 1
        elif name in _WRITERS:
            _WRITERS[name](self, element)
        elif name in _BLOCKS or name in _HEADINGS:
            self.end()
            self.mark = f"{'#' * _HEADINGS[name]} " if name in _HEADINGS else self.mark
            self.within(element)
            self.end()
        else:
            self.within(element)

    def within(self, element: etree._Element) -> None:
        """Add the text in an element."""
        self.say(element.text)
        for child in element:
            self.write(child)
            self.say(child.tail)

    def say(self, text: str | None) -> None:
        """Add running text to the block that goes on."""
        if text:
            self.open.append(_SPACE.sub(" ", text))

    def end(self) -> None:
        """End the block that goes on; a mark waits for the first that has text."""
        lines = [" ".join(line.split()) for line in "".join(self.open).split(_BREAK)]
        lines = [line for line in lines if line]
        self.open = []
        if not lines:
            return
        depth, is_item = len(self.lists), bool(self.lists) and bool(self.mark)
        number = int(lines[0]) if not self.mark and not depth and len(lines) == 1 and _is_number(lines[0]) else None
        text = self.mark + (" " if self.mark.startswith("#") else "\n" + "  " * depth).join(lines)
        self.blocks.append(Block("  " * (depth - is_item) + text, is_item, number))
        self.mark = ""

    def inline(self, element: etree._Element) -> str:
        """Return the text in an element, in one line."""
        writer = _Writer(self.readings, self.lost)
        writer.within(element)
        writer.end()
        return " ".join(" ".join(block.text for block in writer.blocks).split())

    def script(self, element: etree._Element) -> None:
        """Add a superscript or subscript."""
        write = superscript if _name(element) == "sup" else subscript
        self.open.append(write("".join(self.open[-2:]), self.inline(element)))

    def ruby(self, element: etree._Element) -> None:
        """Add a word with its reading."""
        reading = "".join("".join(child.itertext()) for child in element.iter() if _name(child) == "rt")
        base = _Writer(self.readings, self.lost)
        base.say(element.text)
        for child in element:
            if _name(child) not in ("rt", "rtc"):
                base.write(child)
            base.say(child.tail)
        self.open.append(with_reading("".join(base.open), reading, self.readings))

    def math(self, element: etree._Element) -> None:
        """Add a formula."""
        source = tex(element)
        if not source:
            self.lost["math"] += 1
        elif element.get("display") == "block":
            self.end()
            self.blocks.append(Block(f"$${source}$$"))
        else:
            self.open.append(f"${source}$")

    def switch(self, element: etree._Element) -> None:
        """Add the first case that is a formula, or else what is given for readers without any."""
        cases = [child for child in element if _name(child) == "case" and child.get("required-namespace") == _MATHML]
        for child in cases[:1] or [child for child in element if _name(child) == "default"]:
            self.within(child)

    def code(self, element: etree._Element) -> None:
        """Add a block of code as it stands."""
        self.end()
        text = "".join(_verbatim(element)).strip("\n")
        if text.strip():
            self.blocks.append(Block(f"```\n{text}\n```"))

    def line_break(self, element: etree._Element) -> None:
        """End a line of the block that goes on."""
        self.open.append(_BREAK)

    def table(self, element: etree._Element) -> None:
        """Add the caption and the rows of a table; one that has a single column is no more than its cells."""
        self.end()
        rows = [[cell for cell in row if _name(cell) in ("td", "th")] for row in _rows(element)]
        if all(len(cells) <= 1 for cells in rows):
            self.within(element)
            self.end()
            return
        captions = [self.inline(child) for child in element if _name(child) == "caption"]
        text = markdown(
            [Cell(self.inline(cell), span(cell.get("colspan")), span(cell.get("rowspan"))) for cell in cells]
            for cells in rows
        )
        self.blocks += [Block(part) for part in (*captions, text) if part]

    def listed(self, element: etree._Element) -> None:
        """Add the items of a list."""
        self.end()
        self.lists.append(_marks(element))
        self.within(element)
        self.end()
        self.lists.pop()
        self.mark = ""

    def item(self, element: etree._Element) -> None:
        """Add an item of a list; its first block has the mark."""
        self.end()
        value = element.get("value") or ""
        if self.lists and _is_number(value):
            self.lists[-1] = _numbered(int(value), 1)
        self.mark = next(self.lists[-1]) if self.lists else "- "
        self.within(element)
        self.end()
        self.mark = ""


_WRITERS: Mapping[str, Callable[[_Writer, etree._Element], None]] = {
    **dict.fromkeys(("sup", "sub"), _Writer.script),
    **dict.fromkeys(("ol", "ul", "menu"), _Writer.listed),
    "ruby": _Writer.ruby,
    "math": _Writer.math,
    "switch": _Writer.switch,
    "pre": _Writer.code,
    "br": _Writer.line_break,
    "table": _Writer.table,
    "li": _Writer.item,
}


def _name(element: etree._Element) -> str:
    """Return the local name of an element, which in a page read as HTML may have its prefix still."""
    return element.tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(element.tag, str) else ""


def _kinds(element: etree._Element) -> list[str]:
    return f"{element.get(_TYPE) or element.get('epub:type') or ''} {element.get('role') or ''}".split()


def _is_note(link: etree._Element) -> bool:
    """Return whether a link leads to a note and says no more than its number."""
    text = "".join(link.itertext()).strip()
    if not is_note_mark(text):
        return False
    parent = link.getparent()
    raised = any(_name(element) == "sup" for element in (parent, *link) if element is not None)
    return (
        not {"noteref", "doc-noteref"}.isdisjoint(_kinds(link))
        or "noteref" in (link.get("class") or "").lower().split()
        or ("#" in (link.get("href") or "") and (raised or not text[0].isalnum()))
    )


def _is_page_number(element: etree._Element) -> bool:
    """Return whether an element is marked as the number of a page of the printed book, and says nothing else."""
    marked = not {"pagebreak", "doc-pagebreak"}.isdisjoint(_kinds(element)) or _PAGE.search(element.get("class") or "")
    return bool(marked) and len(element) < 3 and _PAGE_NUMBER.fullmatch("".join(element.itertext()).strip()) is not None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _marks(element: etree._Element) -> Iterator[str]:
    if _name(element) != "ol":
        return repeat("- ")
    start, items = element.get("start") or "", sum(_name(child) == "li" for child in element)
    down = element.get("reversed") is not None
    return _numbered(int(start) if _is_number(start) else items if down else 1, -1 if down else 1)


def _numbered(start: int, step: int) -> Iterator[str]:
    return (f"{number}. " for number in count(start, step))


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for child in table:
        if _name(child) == "tr":
            yield child
        elif _name(child) in ("thead", "tbody", "tfoot"):
            yield from (row for row in child if _name(row) == "tr")


def _verbatim(element: etree._Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str):
            yield "\n" if _name(child) == "br" else ""
            yield from _verbatim(child)
        yield child.tail or ""
