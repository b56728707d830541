"""LaTeX as Markdown: headings, paragraphs, lists, captions and tables as text, formulas as they are written.

Left out and counted by macro or environment: citations, references to labels, footnotes, figures, bibliographies.
"""

import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from pylatexenc.latex2text import LatexNodes2Text
from pylatexenc.latexwalker import LatexWalker, LatexWalkerParseError, get_default_latex_context_db
from pylatexenc.macrospec import MacroSpec

Lost: TypeAlias = Counter[str]

# What the parser cannot make sense of is expected in papers, and is left out.
logging.getLogger("pylatexenc").setLevel(logging.ERROR)

_HEADINGS = {
    "part": 1,
    "chapter": 1,
    "section": 2,
    "subsection": 3,
    "subsubsection": 4,
    "paragraph": 5,
    "subparagraph": 6,
}
_DROPPED = frozenset(
    [
        *("cite", "citep", "citet", "citealp", "citealt", "citeauthor", "citeyear", "nocite", "parencite", "textcite"),
        *("ref", "eqref", "autoref", "cref", "Cref", "pageref", "label", "footnote", "footnotetext", "thanks", "index"),
        *("includegraphics", "bibliography", "bibliographystyle", "input", "include", "vspace", "hspace"),
        *("maketitle", "newcommand", "renewcommand", "def"),
        *("usepackage", "setlength", "tableofcontents", "appendix", "pagestyle", "thispagestyle", "hline", "cline"),
        *("toprule", "midrule", "bottomrule", "centering", "noindent", "newpage", "clearpage", "bibitem", "today"),
    ]
)
_FRONT = {  # what stands before the abstract, and what it takes: the paper's metadata, not its text
    **dict.fromkeys(("title", "subtitle", "author", "address", "curraddr", "urladdr", "email", "homepage"), "[{"),
    **dict.fromkeys(
        ("affiliation", "altaffiliation", "affil", "institute", "institution", "correspondingauthor"), "[{"
    ),
    **dict.fromkeys(
        ("thanks", "date", "received", "accepted", "revised", "published", "dedicatory", "subjclass"), "[{"
    ),
    **dict.fromkeys(("keywords", "pacs", "preprint", "nocollaboration", "orcid", "orcidlink", "shorttitle"), "[{"),
    **dict.fromkeys(("shortauthors", "titlerunning", "authorrunning", "runningtitle", "runningauthor"), "[{"),
    **dict.fromkeys(("doiinfo", "journal", "altaffilmark", "footnotemark", "inst"), "[{"),
    "collaboration": "{{",
    "altaffiltext": "{{",
    "issueinfo": "{{{{",
    "copyrightinfo": "{{",
}
_NAMES = {  # macros that print a name
    **{name: name for name in ("TeX", "LaTeX", "BibTeX", "XeTeX", "XeLaTeX", "LuaTeX", "LuaLaTeX", "MiKTeX", "pdfTeX")},
    "LaTeXe": "LaTeX2e",
    "AmS": "AMS",
    "AmSTeX": "AMS-TeX",
    "AmSLaTeX": "AMS-LaTeX",
    "eTeX": "e-TeX",
}
_COUNTED = frozenset(
    [
        *("cite", "citep", "citet", "citealp", "citealt", "citeauthor", "citeyear", "parencite", "textcite"),
        *("ref", "eqref", "autoref", "cref", "Cref", "pageref", "footnote", "footnotetext", "thanks"),
        *("includegraphics", "input", "include"),
    ]
)
_LOST_ENVIRONMENTS = frozenset({"thebibliography", "tikzpicture", "picture", "filecontents", "CCSXML", "keywords"})
_VERBATIM = frozenset({"verbatim", "lstlisting", "minted", "Verbatim", "alltt"})
_FLOATS = frozenset({"figure", "figure*", "table", "table*", "wrapfigure", "SCfigure", "sidewaystable", "algorithm"})
_TABLES = frozenset({"tabular", "tabular*", "tabularx", "longtable", "tabulary"})
_DISPLAYS = frozenset(
    {"equation", "align", "gather", "multline", "eqnarray", "displaymath", "flalign", "alignat", "math"}
)
_STATEMENTS = frozenset(
    {"theorem", "lemma", "proposition", "corollary", "definition", "remark", "example", "proof", "conjecture", "claim"}
)
_LABEL = re.compile(r"\\(?:label|tag)\{[^{}]*\}|\\(?:nonumber|notag)\b")
_ARGUMENTS = {
    "href": "{{",
    "textcolor": "{{",
    "caption": "[{",
    "resizebox": "{{{",
    "multicolumn": "{{{",
    "multirow": "{{{",
}
_MAX_DEPTH = 80


class LatexError(ValueError):
    """The source is not LaTeX that can be parsed."""


def text_of(source: str, lost: Lost) -> str:
    """Return the text of a document's body.

    Raises
    ------
    LatexError
        when the source cannot be parsed.
    """
    context = get_default_latex_context_db()
    context.add_context_category(
        "here", macros=[MacroSpec(name, form) for name, form in (_ARGUMENTS | _FRONT).items()], prepend=True
    )
    try:
        nodes, _, _ = LatexWalker(source, latex_context=context, tolerant_parsing=True).get_latex_nodes()
        return _tidy("".join(_Writer(lost).write(nodes, 0)))
    except (LatexWalkerParseError, RecursionError, IndexError) as error:
        raise LatexError(str(error)) from error


class _Writer:
    """Writes nodes as text and counts what it leaves out."""

    def __init__(self, lost: Lost) -> None:
        self.lost = lost
        self.symbols = LatexNodes2Text(math_mode="verbatim", strict_latex_spaces=True)

    def write(self, nodes: Sequence[Any] | None, depth: int) -> Iterator[str]:
        """Yield the text of the nodes."""
        for node in nodes or () if depth < _MAX_DEPTH else ():
            if node is None:
                continue
            handler = getattr(self, f"_{type(node).__name__.removeprefix('Latex').removesuffix('Node').lower()}")
            yield from handler(node, depth + 1)

    def _chars(self, node: Any, depth: int) -> Iterator[str]:
        yield node.chars.replace("~", " ").replace("---", "—").replace("--", "–").replace("``", "“").replace("''", "”")

    def _specials(self, node: Any, depth: int) -> Iterator[str]:
        yield {"~": " ", "---": "—", "--": "–", "``": "“", "''": "”", "&": " | "}.get(
            node.specials_chars, node.specials_chars
        )

    def _comment(self, node: Any, depth: int) -> Iterator[str]:
        yield from ()

    def _group(self, node: Any, depth: int) -> Iterator[str]:
        yield from self.write(node.nodelist, depth)

    def _math(self, node: Any, depth: int) -> Iterator[str]:
        yield from _formula(node.latex_verbatim().strip("$"), node.displaytype == "display")

    def _macro(self, node: Any, depth: int) -> Iterator[str]:
        name = node.macroname.rstrip("*")
        arguments = [argument for argument in (node.nodeargd.argnlist if node.nodeargd else []) if argument is not None]
        if name in _DROPPED or name in _FRONT:
            self.lost[name] += name in _COUNTED
        elif name in _HEADINGS and arguments:
            heading = " ".join("".join(self.write(arguments[-1:], depth)).split())
            yield f"\n\n{'#' * _HEADINGS[name]} {heading}\n\n"
        elif name in ("\\", "newline", "par", "linebreak"):
            yield "\n\n" if name == "par" else "\n"
        elif (
            name in _ARGUMENTS
            or name.startswith("text")
            or name in ("emph", "underline", "mbox", "url", "footnotesize")
        ):
            yield from self.write(arguments[-1:], depth)
        elif name == "item":
            yield "\n- "
        elif name in _NAMES:
            yield _NAMES[name] + (" " if node.macro_post_space.startswith("\n") else "")
        else:
            yield self._symbol(node)

    def _symbol(self, node: Any) -> str:
        try:
            return str(self.symbols.macro_node_to_text(node))
        # a macro with fewer arguments than it takes, or with one that the library has no symbol for
        except (LookupError, TypeError, AttributeError, ValueError):
            return ""

    def _environment(self, node: Any, depth: int) -> Iterator[str]:
        name = node.environmentname
        plain = name.rstrip("*")
        if plain in _LOST_ENVIRONMENTS:
            self.lost[plain] += 1
        elif plain in _DISPLAYS:
            inner = "".join(child.latex_verbatim() for child in node.nodelist)
            yield from _formula(inner, display=True)
        elif plain in _VERBATIM:
            inner = node.latex_verbatim().partition("}")[2].rpartition("\\end")[0]
            yield f"\n\n```\n{inner.strip(chr(10))}\n```\n\n"
        elif plain in _TABLES:
            yield f"\n\n{self._table(node, depth)}\n\n"
        elif name in _FLOATS:
            yield from self._float(node, depth)
        else:
            heading = {"abstract": "## Abstract\n\n"}.get(plain, f"{plain.title()}. " if plain in _STATEMENTS else "")
            yield f"\n\n{heading}"
            numbered = plain == "enumerate"
            inner = "".join(self.write(node.nodelist, depth))
            yield re.sub(r"^- ", "1. ", inner, flags=re.MULTILINE) if numbered else inner
            yield "\n\n"

    def _float(self, node: Any, depth: int) -> Iterator[str]:
        """Yield the caption of a figure or table, and the table."""
        for child in node.nodelist:
            macro, environment = getattr(child, "macroname", None), getattr(child, "environmentname", None)
            if macro == "caption" or (environment or "").rstrip("*") in _TABLES or environment == "center":
                yield "\n\n"
                yield from self.write([child], depth)
            elif macro in _COUNTED:
                self.lost[macro] += 1

    def _table(self, node: Any, depth: int) -> str:
        rows = "".join(self.write(node.nodelist, depth)).split("\n")
        cells = [[" ".join(cell.split()) for cell in row.split(" | ")] for row in rows]
        return "\n".join("| " + " | ".join(row) + " |" for row in cells if any(row))


def _formula(source: str, display: bool) -> Iterator[str]:
    inner = " ".join(_LABEL.sub("", source).removeprefix(r"\[").removesuffix(r"\]").split())
    inner = inner.removeprefix(r"\(").removesuffix(r"\)").strip()
    if inner:
        yield f"\n\n$${inner}$$\n\n" if display else f"${inner}$"


def _tidy(text: str) -> str:
    segments = text.split("```")
    for index in range(0, len(segments), 2):
        lines = [" ".join(line.split()) for line in segments[index].split("\n")]
        joined = "\n".join(line for line in lines if line != "-")
        joined = re.sub(r"[ \u00a0]+([.,;:)])", r"\1", joined)
        segments[index] = re.sub(r"(?<![\n|])\n(?![\n|#]|- |1\. )", " ", joined)  # a line end is a space
    return re.sub(r"\n{3,}", "\n\n", "```".join(segments)).strip()
