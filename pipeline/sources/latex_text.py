"""LaTeX as Markdown: headings, paragraphs, lists, captions and tables as text, formulas as they are written.

Left out and counted by macro or environment: citations, references to labels, footnotes, figures, bibliographies.
"""

import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import count
from typing import Any, TypeAlias

from pylatexenc.latex2text import LatexNodes2Text
from pylatexenc.latexwalker import LatexWalker, LatexWalkerParseError, get_default_latex_context_db
from pylatexenc.macrospec import EnvironmentSpec, MacroSpec

from pipeline.scripts import subscript, superscript
from pipeline.sources.grid import Cell, markdown
from pipeline.sources.latex_names import COUNTED, ENVIRONMENTS, FRONT, NAMES, REFERENCES, SHOWN, SILENT
from pipeline.sources.latex_primitives import without_primitives
from pipeline.sources.latex_source import MARK, balanced, put_back, set_apart
from pipeline.sources.latex_units import PRINTED, SYMBOLS, quantity

Lost: TypeAlias = Counter[str]

# What the parser cannot make sense of is expected in papers, and is left out.
logging.getLogger("pylatexenc").setLevel(logging.ERROR)

_HEADINGS = {
    "part": 1,
    "chapter": 1,
    "section": 2,
    "subsection": 3,
    "subsubsection": 4,
    "frametitle": 3,
    "framesubtitle": 4,
}
_RUN_IN = frozenset({"paragraph", "subparagraph"})  # headings that a sentence goes on behind
_SCRIPTS = {"textsuperscript": superscript, "tnote": superscript, "textsubscript": subscript}
_LOST_ENVIRONMENTS = frozenset(
    {
        "thebibliography",
        "tikzpicture",
        "picture",
        "CCSXML",
        "keywords",
        "algorithmic",
        "pspicture",
        "forest",
        "axis",
        "pgfpicture",
    }
)
_FLOATS = frozenset({"figure", "table", "wrapfigure", "wraptable", "SCfigure", "SCtable", "sidewaystable"})
_FLOATS |= {"sidewaysfigure", "algorithm", "subfigure", "subtable", "wrapfloat"}
_OF_FLOATS = frozenset(
    {"caption", "subcaption", "captionof", "resizebox", "scalebox", "centerline", "parbox", "subfloat"}
)
_OF_FLOATS |= {"makebox", "rotatebox", "subfigure"}
_TABLES = frozenset({"tabular", "tabularx", "longtable", "tabulary", "supertabular", "xltabular", "tabu", "longtabu"})
_TABLES |= {"tblr"}
_DISPLAYS = frozenset(
    {"equation", "align", "gather", "multline", "eqnarray", "displaymath", "flalign", "alignat", "math"}
)
_DISPLAYS |= {"dmath", "dgroup", "subequations@", "aligned", "gathered", "split", "IEEEeqnarray"}
_STATEMENTS = frozenset(
    {"theorem", "lemma", "proposition", "corollary", "definition", "remark", "example", "proof", "conjecture", "claim"}
)
_VERSES = frozenset({"verse", "poem", "altverse"})
_QUOTED = re.compile(r"`([^`'\n]{1,200})'")
_LABEL = re.compile(r"\\(?:label|tag)\{[^{}]*\}|\\(?:nonumber|notag)\b")
_APART = re.compile(r"\n\s*\n(?= *(?:- |\d+\. ))")
_INDENT = re.compile(r"(?: +(?=- |\d+\. ))?")
_ITEM = re.compile(r"^(?= *(?:- |\d+\. ))", re.MULTILINE)
_MAX_DEPTH = 80
_CELL, _SPANNED, _LINE, _LEFT_OUT, _VERSE_END = (
    "\ue002",
    "\ue003",
    "\ue004",
    "\ue005",
    "\ue006",
)  # within what is being written
_EMPTIED = re.compile(rf"[ ~]*[(\[][\s,;{_LEFT_OUT}]*{_LEFT_OUT}[\s,;]*[)\]]|{_LEFT_OUT}")
_HAN = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_LINE_END = re.compile(rf"(?<=([{_HAN}]))\n(?=[{_HAN}])|(?<![\n|])\n(?![\n|#]| *- | *\d+\. )")


class LatexError(ValueError):
    """The source is not LaTeX that can be parsed."""


@cache
def _context() -> Any:
    context = get_default_latex_context_db()
    forms = SHOWN | FRONT | SILENT | COUNTED | {name: form for name, (form, _) in PRINTED.items()}
    forms |= dict.fromkeys(("part", "chapter"), "*[{") | dict.fromkeys(_SCRIPTS, "{")
    forms |= {"unit": "[{", "unitfrac": "[{{", "isotope": "[[{", "linebreak": "[", "ruby": "[{{", "xpinyin": "*{{"}
    forms |= dict.fromkeys((*_RUN_IN, "frametitle", "framesubtitle"), "*[{")
    context.add_context_category(
        "here",
        macros=[MacroSpec(name, form) for name, form in forms.items()],
        environments=[EnvironmentSpec(name, form) for name, form in ENVIRONMENTS.items()],
        prepend=True,
    )
    return context


def text_of(source: str, lost: Lost) -> str:
    """Return the text of a document's body.

    Raises
    ------
    LatexError
        when the source cannot be parsed.
    """
    kept: list[tuple[str, str]] = []
    source = balanced(without_primitives(set_apart(source, kept)))
    source = MARK.sub(lambda found: f"\n\n{found[0]}\n\n" if "```" in kept[int(found[1])][1] else found[0], source)
    try:
        nodes, _, _ = LatexWalker(source, latex_context=_context(), tolerant_parsing=True).get_latex_nodes()
        return put_back(_tidy("".join(_Writer(lost).write(nodes, 0))), kept, 1)
    except (LatexWalkerParseError, RecursionError, IndexError) as error:
        raise LatexError(str(error)) from error


class _Writer:
    """Writes nodes as text and counts what it leaves out."""

    def __init__(self, lost: Lost) -> None:
        self.lost = lost
        self.symbols = LatexNodes2Text(math_mode="verbatim", strict_latex_spaces=True)
        self.before = ""  # the last text that was written
        self.verses = 0  # how many poems what is written stands in
        self.tables = 0  # how many tables what is written stands in
        self.lists: list[tuple[str, Iterator[int]]] = []  # the open lists' environments, the numbers of their items

    def write(self, nodes: Sequence[Any] | None, depth: int) -> Iterator[str]:
        """Yield the text of the nodes."""
        for node in nodes or () if depth < _MAX_DEPTH else ():
            if node is None:
                continue
            handler = getattr(self, f"_{type(node).__name__.removeprefix('Latex').removesuffix('Node').lower()}")
            for text in handler(node, depth + 1):
                self.before = text or self.before
                yield text

    def line(self, nodes: Sequence[Any] | None, depth: int) -> str:
        """Return the text of the nodes in one line."""
        return " ".join("".join(self.write(nodes, depth)).replace(_LINE, " ").split())

    def _chars(self, node: Any, depth: int) -> Iterator[str]:
        text = node.chars.replace("\n", " ") if self.tables else node.chars
        text = text.replace("~", " ").replace("---", "—").replace("--", "–").replace("``", "“").replace("''", "”")
        yield _QUOTED.sub(r"‘\1’", text)

    def _specials(self, node: Any, depth: int) -> Iterator[str]:
        cell = _CELL if self.tables else " | "
        yield {"~": " ", "---": "—", "--": "–", "``": "“", "''": "”", "&": cell}.get(
            node.specials_chars, node.specials_chars
        )

    def _comment(self, node: Any, depth: int) -> Iterator[str]:
        yield from ()

    def _group(self, node: Any, depth: int) -> Iterator[str]:
        for text in self.write(node.nodelist, depth):
            yield text.replace(_LINE, " ") if self.tables else text  # no row ends in braces

    def _math(self, node: Any, depth: int) -> Iterator[str]:
        yield from _formula(node.latex_verbatim().strip("$"), node.displaytype == "display" and not self.tables)

    def _macro(self, node: Any, depth: int) -> Iterator[str]:
        name = node.macroname.rstrip("*")
        given = node.nodeargd.argnlist if node.nodeargd else []
        arguments = [argument for argument in given if argument is not None]
        if name in COUNTED:
            self.lost[name] += 1
            yield _LEFT_OUT if name in REFERENCES else ""
        elif name in SILENT or name in FRONT:
            yield from ()
        elif name in _HEADINGS and arguments:
            yield f"\n\n{'#' * _HEADINGS[name]} {self.line(arguments[-1:], depth)}\n\n"
        elif name in ("\\", "newline", "par", "linebreak", "tabularnewline", "cr"):
            yield _LINE if self.tables else "\n\n" if name == "par" else _VERSE_END if self.verses else "\n"
        elif name in ("smallskip", "medskip", "bigskip"):
            yield "\n\n"
        elif name == "item":
            yield f"\n{self._mark(arguments, depth)}"
        elif name in PRINTED or name in ("unit", "unitfrac"):
            yield self._printed(name, given, depth)
        elif name in _RUN_IN and arguments:
            yield f"\n\n{self.line(arguments[-1:], depth)} "
        elif name in _SCRIPTS:
            before = self.before
            yield _SCRIPTS[name](before, self.line(arguments[-1:], depth))
        elif name == "isotope" and arguments:
            yield superscript("", self._source(given[0]).strip("[]")) + self._source(given[-1])
        elif name in ("ruby", "xpinyin") and len(arguments) > 1:  # the word, not how it is read
            yield from self.write(arguments[-2:-1], depth)
        else:
            yield from self._shown(name, node, arguments, depth)

    def _shown(self, name: str, node: Any, arguments: list[Any], depth: int) -> Iterator[str]:
        """Yield the text of a macro that stands for a word, a sign or its argument."""
        space = " " if node.macro_post_space.startswith("\n") else ""
        if name in NAMES:
            yield NAMES[name] + space
        elif name in SYMBOLS:
            yield SYMBOLS[name] + space
        elif name in SHOWN or name.startswith("text"):
            text = "".join(self.write(arguments[-1:], depth)).replace(_LINE, " ")
            columns = _integer(self.line(arguments[:1], depth)) if name == "multicolumn" and self.tables else 1
            yield text + _SPANNED * (columns - 1)
        else:
            yield self._symbol(node, arguments, depth)

    def _mark(self, arguments: list[Any], depth: int) -> str:
        """Return what an item begins with."""
        label = self.line(arguments[-1:], depth)
        kind, numbers = self.lists[-1] if self.lists else ("", count(1))
        if not any(character.isalnum() for character in label):
            return f"{next(numbers)}. " if kind in ("enumerate", "inparaenum") and not arguments else "- "
        return f"- {label}{':' if kind == 'description' and label[-1] not in ':.。：)）]' else ''} "

    def _printed(self, name: str, given: Sequence[Any], depth: int) -> str:
        """Return a quantity, or a formula of chemistry, as its package prints it."""
        if name in ("unit", "unitfrac"):  # of siunitx, or with a number before it of the packages called so
            number = self._source(given[0]).strip("[]") if given[0] is not None else ""
            of = "/".join(PRINTED["si"][1](self._source(argument)) for argument in given[1:] if argument is not None)
            return quantity(number, of) if number[:1].isdigit() or not number else of
        form, written = PRINTED[name]
        return written(*(self._source(each) for each, kind in zip(given, form, strict=False) if kind == "{"))

    def _source(self, node: Any) -> str:
        text: str = node.latex_verbatim() if node is not None else ""
        return text[1:-1] if text.startswith("{") and text.endswith("}") else text

    def _symbol(self, node: Any, arguments: list[Any], depth: int) -> str:
        try:
            return str(self.symbols.macro_node_to_text(node))
        except (LookupError, TypeError, AttributeError, ValueError):  # of macros that it knows to take other arguments
            return "/".join(filter(None, (self.line([argument], depth) for argument in arguments)))

    def _environment(self, node: Any, depth: int) -> Iterator[str]:
        name = node.environmentname
        plain = name.rstrip("*")
        if plain in _LOST_ENVIRONMENTS:
            self.lost[plain] += 1
        elif plain in _DISPLAYS:
            inner = "".join(child.latex_verbatim() for child in node.nodelist)
            yield from _formula(inner, display=not self.tables)
        elif plain in _TABLES:
            yield from self._in_table(node, depth) if self.tables else self._table(node, depth)
        elif plain in _FLOATS:
            if plain == "algorithm" and not any(hasattr(child, "environmentname") for child in node.nodelist):
                self.lost[plain] += 1  # of algorithm2e
            yield from self._float(node.nodelist, depth)
        elif plain in ("itemize", "enumerate", "description", "list", "inparaenum", "trivlist"):
            self.lists.append((plain, count(1)))
            inner = "".join(self.write(node.nodelist, depth))
            self.lists.pop()
            inner = _APART.sub("\n", inner)
            yield f"\n{_ITEM.sub('  ', inner)}\n" if self.lists else f"\n\n{inner}\n\n"
        else:
            self.verses += plain in _VERSES
            yield f"\n\n{self._statement(plain, node, depth)}"
            yield from self.write(node.nodelist, depth)
            yield "\n\n"
            self.verses -= plain in _VERSES

    def _statement(self, name: str, node: Any, depth: int) -> str:
        """Return the title of a theorem or its like, with the name that it has in this place."""
        if name == "abstract":
            return "## Abstract\n\n"
        given = [argument for argument in (node.nodeargd.argnlist if node.nodeargd else []) if argument is not None]
        if name == "namedstatement" and given:
            title, given = self.line(given[:1], depth), given[1:]
        elif name in _STATEMENTS:
            title = name.title()
        else:
            return ""
        note = self.line(given[:1], depth).strip("[]")
        return f"{title} ({note}). " if note else f"{title}. "

    def _float(self, nodes: Sequence[Any], depth: int) -> Iterator[str]:
        """Yield the caption of a figure or table, and the table."""
        for child in nodes:
            macro, environment = getattr(child, "macroname", None), getattr(child, "environmentname", None)
            if macro in _OF_FLOATS or environment is not None:
                yield "\n\n"
                yield from self.write([child], depth)
            elif macro in COUNTED:
                self.lost[macro] += 1
            elif type(child).__name__ == "LatexGroupNode":
                yield from self._float(child.nodelist, depth)

    def _in_table(self, node: Any, depth: int) -> Iterator[str]:
        yield self.line(node.nodelist, depth)

    def _table(self, node: Any, depth: int) -> Iterator[str]:
        """Yield the captions of a table, and its rows."""
        captions, nodes = _without_repeated_heads(node.nodelist)
        for caption in captions:
            yield f"\n\n{self.line([caption], depth)}\n\n"
        self.tables += 1
        rows = "".join(self.write(nodes, depth)).split(_LINE)
        self.tables -= 1
        table = markdown(
            [Cell(cell.replace(_SPANNED, ""), 1 + cell.count(_SPANNED)) for cell in row.split(_CELL)] for row in rows
        )
        yield f"\n\n{table}\n\n"


def _without_repeated_heads(nodes: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Return the captions of a table, and its nodes without the heads and feet that each further page has."""
    captions, head, part = list[Any](), list[Any](), list[Any]()
    for node in nodes:
        name = getattr(node, "macroname", None)
        if name in ("endfirsthead", "endhead"):
            head, part = head or part, []
        elif name in ("endfoot", "endlastfoot"):
            part = []
        elif name == "caption":
            captions.append(node)
        else:
            part.append(node)
    return captions, head + part


def _integer(text: str) -> int:
    return max(1, min(int(text), 100)) if text.isascii() and text.isdigit() and len(text) < 5 else 1


def _formula(source: str, display: bool) -> Iterator[str]:
    inner = " ".join(_LABEL.sub("", source).removeprefix(r"\[").removesuffix(r"\]").split())
    inner = inner.removeprefix(r"\(").removesuffix(r"\)").strip()
    if inner:
        yield f"\n\n$${inner}$$\n\n" if display else f"${inner}$"


def _tidy(text: str) -> str:
    text = _EMPTIED.sub("", text.replace(_SPANNED, "").replace(_LINE, "\n").replace(_CELL, " | "))
    lines = [_INDENT.match(line)[0] + " ".join(line.split()) for line in text.split("\n")]  # type: ignore[index]
    joined = "\n".join(line for line in lines if line.strip() != "-")
    joined = re.sub(r"[ \u00a0]+([.,;:)])", r"\1", joined)
    joined = _LINE_END.sub(lambda found: "" if found[1] else " ", joined)  # a line end is a space, not between Han
    joined = re.sub(rf"\s*{_VERSE_END}\s*", "\n", joined)
    return re.sub(r"\n{3,}", "\n\n", joined).strip()
