"""The text of a JATS article: blocks of Markdown, and a count of the elements that were not carried over."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from lxml import etree

from pipeline.mathml import tex
from pipeline.scripts import is_note_mark, subscript, superscript
from pipeline.sources.grid import Cell, markdown, span

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
_EMPTIED = re.compile(r"\s*[\[(][\s,;–—-]*[\])]|(?<=\w),(?:\s*,)+\s*(?=\.)|(?<=[(\[])[,;]\s+|[,;][\s,;–—-]*(?=[)\]])")
_NOTES = frozenset({"bibr", "fn", "table-fn", "aff", "corresp", "author-notes"})
_OTHER_ABSTRACTS = ("graphical", "toc", "teaser")
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_SPACE = re.compile(r"[ \t\r\n\u00a0]+")
_TEX_BODY = re.compile(r"\\begin\{document\}(.*)\\end\{document\}", re.DOTALL)
_TEX_MARKS = re.compile(r"\s*(?:\$\$?|\\[\[(])?(.*?)(?:\$\$?|\\[\])])?\s*", re.DOTALL)
_NUMERAL = re.compile(r"[(\[]?(\d{1,4})[.)\]]?")
_BEFORE_STOP = re.compile(r"(?<=[^\s(\[]) +(?=[,.](?: |$))")  # where something was left out


@dataclass(frozen=True)
class Translation:
    """An article, or its abstract alone, in another language than its own."""

    name: str  # tells it from the article and the other translations
    language: str | None  # as BCP 47 has it
    title: str | None
    text: str


def article_text(article: etree._Element, lost: Lost) -> str:
    """Return the abstracts, the body and the appendices of an article, as paragraphs of Markdown."""
    title = title_of(article)
    blocks = [f"# {title}"] if title else []
    for abstract in article.iterfind("front/article-meta/abstract"):
        blocks += _abstract(abstract, lost, "Abstract")
    for abstract in article.iterfind("front-stub/abstract"):
        blocks += _abstract(abstract, lost)
    for part in ("body", "floats-group", "back"):
        for element in article.iterfind(part):
            blocks += _blocks(element, 1, lost)
    for part in ("sub-article", "response"):
        for element in article.iterfind(part):
            lost[part] += element.get("article-type") != "translation"
    return "\n\n".join(block for block in blocks if block) if len(blocks) > bool(title) else ""


def translations(article: etree._Element, lost: Lost) -> Iterator[Translation]:
    """Yield the translations of an article, and those of its abstract into languages that have no more than that."""
    with_abstract = set[str | None]()
    for number, element in enumerate(article.iterfind("sub-article[@article-type='translation']"), 1):
        language = element.get(_LANGUAGE)
        if element.find("front-stub/abstract") is not None:
            with_abstract.add(language)
        name = element.get("id") or f"translation-{number}"
        yield Translation(name, language, title_of(element), article_text(element, lost))
    abstracts = dict[str | None, list[etree._Element]]()
    for element in article.iterfind("front/article-meta/trans-abstract"):
        language = element.get(_LANGUAGE)
        if language in with_abstract:
            lost["trans-abstract"] += 1
        else:
            abstracts.setdefault(language, []).append(element)
    titles = {group.get(_LANGUAGE): group for group in article.iterfind("front//title-group/trans-title-group")}
    for number, (language, elements) in enumerate(abstracts.items(), 1):
        group = titles.get(language)
        title = None if group is None else _titled(group.find("trans-title"), group.find("trans-subtitle"))
        blocks = [block for element in elements for block in _abstract(element, lost) if block]
        text = "\n\n".join([f"# {title}", *blocks] if title else blocks) if blocks else ""
        yield Translation(f"abstract-{language or number}", language, title, text)


def _abstract(abstract: etree._Element, lost: Lost, heading: str | None = None) -> Blocks:
    if abstract.get("abstract-type") in _OTHER_ABSTRACTS:
        lost[abstract.tag] += 1
    else:
        yield from _section(abstract, 1, lost, heading)


def title_of(article: etree._Element) -> str | None:
    """Return the title of an article with its subtitle."""
    for front in ("front", "front-stub"):
        title = article.find(f"{front}//title-group/article-title")
        if title is not None:
            return _titled(title, article.find(f"{front}//title-group/subtitle"))
    return None


def _titled(title: etree._Element | None, subtitle: etree._Element | None) -> str | None:
    return ": ".join(text for part in (title, subtitle) if part is not None and (text := inline(part, Lost()))) or None


def inline(element: etree._Element, lost: Lost) -> str:
    """Return the running text of an element, in one line; formulas are TeX between dollar signs."""
    return _joined(_runs(element, lost))


def _runs(element: etree._Element, lost: Lost) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        yield from _child(child, lost)
        yield child.tail or ""


def _child(child: etree._Element, lost: Lost) -> Iterator[str]:
    if not isinstance(child.tag, str):
        return
    if child.tag in _LEFT_OUT:
        lost[child.tag] += 1
    elif child.tag in ("inline-formula", "disp-formula"):
        yield _formula(child, lost)
    elif child.tag == "xref" and _is_note(child):
        lost["xref"] += 1
    elif child.tag == "{http://www.w3.org/1998/Math/MathML}math":
        yield f"${tex(child)}$"
    elif child.tag in ("sup", "sub"):
        yield _script(child, lost)
    elif child.tag == "break":
        yield " "
    else:
        yield from _runs(child, lost)


def _is_note(xref: etree._Element) -> bool:
    text, kind = "".join(xref.itertext()), xref.get("ref-type")
    return kind in _NOTES and (is_note_mark(text) if kind != "bibr" else _CITATION.fullmatch(text) is not None)


def _script(element: etree._Element, lost: Lost) -> str:
    text = "".join(_runs(element, lost)).strip()
    if not text.strip(",–- ") and element.find(".//xref") is not None:  # what stands between citation numbers
        return ""
    previous, parent = element.getprevious(), element.getparent()
    before = previous.tail if previous is not None else parent.text if parent is not None else ""
    return superscript(before or "", text) if element.tag == "sup" else subscript(before or "", text)


def _formula(element: etree._Element, lost: Lost) -> str:
    mark = "$$" if element.tag == "disp-formula" else "$"
    given = element.find(".//tex-math")
    if given is not None:
        source = "".join(given.itertext())
        body = _TEX_BODY.search(source)
        inner = _TEX_MARKS.fullmatch(body[1] if body else source)
        return mark + (inner[1] if inner else source).strip() + mark
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


def _joined(run: Iterable[str]) -> str:
    text = _SPACE.sub(" ", "".join(run)).strip()
    text = _EMPTIED.sub("", text) if "[" in text or "(" in text or "," in text else text
    return _BEFORE_STOP.sub("", text) if " ," in text or " ." in text else text


def _skip(element: etree._Element, level: int, lost: Lost) -> Blocks:
    return iter(())


def _list(element: etree._Element, level: int, lost: Lost) -> Blocks:
    title = element.find("title")
    yield inline(title, lost) if title is not None else ""
    items = []
    ordered = element.get("list-type") not in (None, "bullet", "simple")
    for number, item in enumerate(element.iterfind("list-item"), 1):
        content = [block for block in _blocks(item, level, lost) if block]
        label = " ".join((item.findtext("label") or "").split())  # as the article refers to it: (a), R1
        if numeral := _NUMERAL.fullmatch(label):
            mark = f"{numeral[1]}."
        else:
            mark = f"- {label}" if _says(label) else f"{number}." if ordered else "-"
        items.append(f"{mark} " + "\n  ".join(content))
    yield "\n".join(items)


def _says(label: str) -> bool:
    """Return whether a label is more than a dot or dash."""
    return any(character.isalnum() for character in label)


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
            yield from _BLOCKS[child.tag](child, level, lost)
        elif isinstance(child.tag, str) and child.tag not in ("label", "caption"):
            lost[child.tag] += 1


def _table(element: etree._Element, level: int, lost: Lost) -> Blocks:
    yield markdown(
        [Cell(inline(cell, lost), span(cell.get("colspan")), span(cell.get("rowspan"))) for cell in _cells(row)]
        for row in element.iter("tr")
    )


def _cells(row: etree._Element) -> list[etree._Element]:
    return [cell for cell in row if cell.tag in ("td", "th")]


def _foot(element: etree._Element, level: int, lost: Lost) -> Blocks:
    for paragraph in element.iter("p"):
        yield inline(paragraph, lost)


def _statement(element: etree._Element, level: int, lost: Lost) -> Blocks:
    """Yield a theorem or its like, with its label and title before its first paragraph."""
    parts = [inline(part, lost) for part in element if part.tag in ("label", "title")]
    head = " ".join(part if part.endswith((".", ":")) else f"{part}." for part in parts if part)
    for block in _blocks(element, level, lost):
        if block:
            yield f"{head} {block}".strip()
            head = ""


def _speech(element: etree._Element, level: int, lost: Lost) -> Blocks:
    speaker = element.find("speaker")
    name = inline(speaker, lost).rstrip(":：") if speaker is not None else ""
    for block in _blocks(element, level, lost):
        if block:
            yield f"{name}: {block}" if name else block
            name = ""


def _verse(element: etree._Element, level: int, lost: Lost) -> Blocks:
    """Yield the lines of a stanza, and the stanzas in it."""
    lines = list[str]()
    for child in element:
        if child.tag == "verse-line":
            lines.append(inline(child, lost))
        elif child.tag in ("verse-group", "title", "attrib"):
            yield "\n".join(filter(None, lines))
            lines = []
            inner = {"verse-group": _verse, "attrib": _source}.get(child.tag)
            yield from inner(child, level, lost) if inner else [inline(child, lost)]
    yield "\n".join(filter(None, lines))


def _source(element: etree._Element, level: int, lost: Lost) -> Blocks:
    """Yield whose words a quotation is; of a picture or table it is the owner, which is left out."""
    parent = element.getparent()
    if parent is None or parent.tag not in ("disp-quote", "verse-group"):
        lost[element.tag] += 1
    elif text := inline(element, lost):
        yield f"— {text.lstrip('—– ')}"


def _display(element: etree._Element, level: int, lost: Lost) -> Blocks:
    yield _formula(element, lost)


def _quote(element: etree._Element, level: int, lost: Lost) -> Blocks:
    blocks = _verse if element.tag == "verse-group" else _blocks
    for block in blocks(element, level, lost):
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
    "statement": _statement,
    "speech": _speech,
    "speaker": _skip,
    "attrib": _source,
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
    "code": _code,
    "preformat": _code,
}
