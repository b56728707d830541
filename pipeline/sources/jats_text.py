"""The text of a JATS article: blocks of Markdown, and a count of the elements that were not carried over."""

import copy
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from html import unescape
from typing import TypeAlias

from lxml import etree

from pipeline.mathml import tex

Lost: TypeAlias = Counter[str]
Blocks: TypeAlias = Iterator[str]

_LEFT_OUT = frozenset(
    [
        *("ref-list", "ack", "fn-group", "fn", "notes", "glossary", "bio", "attrib", "copyright-statement"),
        *("supplementary-material", "media", "graphic", "inline-graphic", "inline-supplementary-material"),
        *("object-id", "processing-meta", "permissions", "kwd-group", "funding-group", "related-article", "history"),
        *("author-notes", "custom-meta-group", "aff", "contrib-group", "sub-article", "response"),
    ]
)
_CITATION = re.compile(r"[\s\d,;–—-]*")  # a number is left out; "Sun et al., 2010" is part of the sentence
_EMPTIED = re.compile(r"\s*[\[(][\s,;–—-]*[\])]|(?<=\w)\s*,(?:\s*,)+\s*(?=\.)")
_SPACE = re.compile(r"[ \t\r\n\u00a0]+")
_TEX_BODY = re.compile(r"\\begin\{document\}(.*)\\end\{document\}", re.DOTALL)


def article_text(article: etree._Element, lost: Lost) -> str:
    """Return the abstracts, the body and the appendices of an article, as paragraphs of Markdown."""
    title = title_of(article)
    blocks = [f"# {title}"] if title else []
    for abstract in article.iterfind("front/article-meta/abstract"):
        if abstract.get("abstract-type") in ("graphical", "toc", "teaser"):
            lost["abstract"] += 1
        else:
            blocks += _section(abstract, 1, lost, "Abstract")
    for part in ("body", "floats-group", "back"):
        for element in article.iterfind(part):
            blocks += _blocks(element, 1, lost)
    return "\n\n".join(block for block in blocks if block) if len(blocks) > bool(title) else ""


def title_of(article: etree._Element) -> str | None:
    """Return the title of an article with its subtitle."""
    title = article.find("front//title-group/article-title")
    if title is None:
        return None
    subtitle = article.find("front//title-group/subtitle")
    parts = [inline(title, Lost()), inline(subtitle, Lost()) if subtitle is not None else ""]
    return ": ".join(part for part in parts if part) or None


def inline(element: etree._Element, lost: Lost) -> str:
    """Return the running text of an element, in one line; formulas are TeX between dollar signs."""
    text = _SPACE.sub(" ", "".join(_runs(element, lost))).strip()
    return _EMPTIED.sub("", text) if "[" in text or "(" in text or "," in text else text


def _runs(element: etree._Element, lost: Lost) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        yield from _child(child, lost)
        yield child.tail or ""


def _child(child: etree._Element, lost: Lost) -> Iterator[str]:
    if child.tag is etree.Entity:
        yield unescape(child.text or "")
    elif not isinstance(child.tag, str):
        return
    elif child.tag in _LEFT_OUT:
        lost[child.tag] += 1
    elif child.tag in ("inline-formula", "disp-formula"):
        yield _formula(child, lost)
    elif child.tag == "xref" and child.get("ref-type") == "bibr" and _CITATION.fullmatch("".join(child.itertext())):
        lost["xref"] += 1
    elif child.tag == "{http://www.w3.org/1998/Math/MathML}math":
        yield f"${tex(child)}$"
    elif child.tag in ("sup", "sub"):
        yield from _script(child, lost)
    elif child.tag == "break":
        yield " "
    else:
        yield from _runs(child, lost)


def _script(element: etree._Element, lost: Lost) -> Iterator[str]:
    text = "".join(_runs(element, lost)).strip()
    if text.strip(",–- "):
        yield ("^" if element.tag == "sup" else "_") + (text if len(text) == 1 else f"{{{text}}}")


def _formula(element: etree._Element, lost: Lost) -> str:
    mark = "$$" if element.tag == "disp-formula" else "$"
    given = element.find(".//tex-math")
    if given is not None:
        source = "".join(given.itertext())
        body = _TEX_BODY.search(source)
        return mark + (body[1] if body else source).strip().strip("$").strip() + mark
    math = element.find(".//{http://www.w3.org/1998/Math/MathML}math")
    if math is not None:
        return mark + tex(math) + mark
    text = "".join(_runs(element, lost)).strip()
    if not text:
        lost[element.tag] += 1  # an image of a formula
    return text


def _section(element: etree._Element, level: int, lost: Lost, heading: str | None = None) -> Blocks:
    title = element.find("title")
    own = inline(title, lost) if title is not None else ""
    label = element.findtext("label") or ""
    content = list(_blocks(element, level + 1, lost))
    if any(content) and (own or heading):
        yield f"{'#' * min(level + 1, 6)} {' '.join(f'{label} {own or heading}'.split())}"
    yield from content


def _blocks(element: etree._Element, level: int, lost: Lost) -> Blocks:
    """Yield the blocks in an element; text that stands between blocks is a paragraph of its own."""
    run: list[str] = [element.text or ""]
    for child in element:
        handler = _BLOCKS.get(child.tag) if isinstance(child.tag, str) else None
        if handler is not None:
            yield _joined(run)
            run = []
            yield from handler(child, level, lost)
        else:
            run += _child(child, lost)
        run.append(child.tail or "")
    yield _joined(run)


def _joined(run: list[str]) -> str:
    text = _SPACE.sub(" ", "".join(run)).strip()
    return _EMPTIED.sub("", text)


def _skip(element: etree._Element, level: int, lost: Lost) -> Blocks:
    return iter(())


def _list(element: etree._Element, level: int, lost: Lost) -> Blocks:
    items = []
    ordered = element.get("list-type") in ("order", "arabic")
    for number, item in enumerate(element.iterfind("list-item"), 1):
        content = [block for block in _blocks(item, level, lost) if block]
        items.append(f"{f'{number}.' if ordered else '-'} " + "\n  ".join(content))
    yield "\n".join(items)


def _definitions(element: etree._Element, level: int, lost: Lost) -> Blocks:
    lines = []
    for item in element.iterfind("def-item"):
        term, meaning = item.find("term"), item.find("def")
        parts = [inline(part, lost) for part in (term, meaning) if part is not None]
        lines.append("- " + ": ".join(part for part in parts if part))
    yield "\n".join(lines)


def _captioned(element: etree._Element, level: int, lost: Lost) -> Blocks:
    """Yield the caption of a figure or table, and the table."""
    label, caption = element.findtext("label") or "", element.find("caption")
    parts = [" ".join(label.split())]
    if caption is not None:
        parts += [inline(part, lost) for part in caption if isinstance(part.tag, str) and part.tag not in _LEFT_OUT]
    text = " ".join(part if part.endswith((".", "。", "?", "!", ":")) else f"{part}." for part in parts if part)
    yield text
    for child in element:
        if child.tag in ("table", "alternatives", "fig", "table-wrap", "disp-formula", "table-wrap-foot"):
            yield from _blocks(_shell(child), level, lost)
        elif isinstance(child.tag, str) and child.tag not in ("label", "caption"):
            lost[child.tag] += 1


def _shell(child: etree._Element) -> etree._Element:
    """Return an element with nothing but a copy of the child: what stands behind the child is not its own."""
    shell = etree.Element("shell")
    copied = copy.copy(child)  # with the entities that its document declares, which text of its own would lack
    copied.tail = None
    shell.append(copied)
    return shell


def _table(element: etree._Element, level: int, lost: Lost) -> Blocks:
    rows = []
    for row in element.iter("tr"):
        cells = [inline(cell, lost).replace("|", r"\|") for cell in row if cell.tag in ("td", "th")]
        if any(cells):
            rows.append("| " + " | ".join(cells) + " |")
    yield "\n".join(rows)


def _foot(element: etree._Element, level: int, lost: Lost) -> Blocks:
    for paragraph in element.iter("p"):
        yield inline(paragraph, lost)


def _display(element: etree._Element, level: int, lost: Lost) -> Blocks:
    yield _formula(element, lost)


def _quote(element: etree._Element, level: int, lost: Lost) -> Blocks:
    for block in _blocks(element, level, lost):
        if block:
            yield "\n".join(f"> {line}" for line in block.split("\n"))


def _code(element: etree._Element, level: int, lost: Lost) -> Blocks:
    text = "".join(element.itertext()).strip("\n")
    yield f"```\n{text}\n```" if text.strip() else ""


def _alternatives(element: etree._Element, level: int, lost: Lost) -> Blocks:
    table = element.find("table")
    if table is not None:
        yield from _table(table, level, lost)
    else:
        lost["alternatives"] += 1


_BLOCKS: Mapping[str, Callable[[etree._Element, int, Lost], Blocks]] = {
    "title": _skip,
    "label": _skip,
    "p": _blocks,
    "sec": _section,
    "app": _section,
    "app-group": _section,
    "boxed-text": _section,
    "statement": _section,
    "list": _list,
    "def-list": _definitions,
    "fig": _captioned,
    "fig-group": _captioned,
    "table-wrap": _captioned,
    "table-wrap-group": _captioned,
    "table": _table,
    "table-wrap-foot": _foot,
    "alternatives": _alternatives,
    "disp-formula": _display,
    "disp-formula-group": _blocks,
    "disp-quote": _quote,
    "verse-group": _quote,
    "verse-line": _blocks,
    "code": _code,
    "preformat": _code,
}
