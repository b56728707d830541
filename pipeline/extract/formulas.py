r"""Formulas of a page as TeX between dollar signs, written into the markup before any engine reads it.

What pages hold of a formula is its source (the annotation in MathML, the script of MathJax 2, an `alttext`, the
`data-latex` of MathJax 4, the `alt` of a picture made from TeX), and one or more drawings of it in nested elements,
whose letters would be read as a jumble. The source takes the place of it all; MathML without a source, which is all
that MathJax 3 leaves of a formula, is written as TeX. TeX that stands in the text (`\(…\)`, `$$…$$`) is text and stays
as it is.
"""

import html
import re
from collections.abc import Callable, Iterator

from lxml import etree

from pipeline.mathml import tex

LONGEST = 20_000  # characters of one formula

MATH = re.compile(r"<math\b([^>]{0,4000})>", re.IGNORECASE), re.compile(r"</math\s*>", re.IGNORECASE)
SCRIPT = (
    re.compile(r"""<script\b([^>]{0,400}?\btype\s*=\s*["']?math/tex[^>]{0,400})>""", re.IGNORECASE),
    re.compile(r"</script\s*>", re.IGNORECASE),
)
ANNOTATION = re.compile(
    r"""<annotation\b[^>]{0,400}?encoding\s*=\s*["']?[^"'>]{0,80}tex[^>]{0,400}>(.*?)</annotation\s*>""",
    re.DOTALL | re.IGNORECASE,
)
ENTITY = re.compile(r"&(?!(?:lt|gt|amp|quot|apos);)\w{1,40};")
ALTTEXT = re.compile(r"""\balttext\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
BLOCK = re.compile(r"""\b(?:display\s*=\s*["']?block|mode\s*=\s*["']?display)""", re.IGNORECASE)
# What KaTeX and MathJax draw beside the source; and the hidden span in which MediaWiki puts the source.
KATEX_DRAWING = re.compile(r"""<span\b[^>]{0,400}?class\s*=\s*["']?katex-html\b[^>]{0,400}>""")
MATHJAX_DRAWING = re.compile(
    r"""<(span|div)\b[^>]{0,400}?class\s*=\s*["']?(?:MathJax(?:_Preview|_Display|_CHTML|_SVG|_SVG_Display)?|mjx-chtml)"""
    r"""\b[^>]{0,400}>"""
)
# What MathJax 3 and 4 draw, with MathML for screen readers in it, or the source in an attribute.
CONTAINER = (
    re.compile(r"<mjx-container\b([^>]{0,4000})>", re.IGNORECASE),
    re.compile(r"</mjx-container\s*>", re.IGNORECASE),
)
WITHIN = re.compile(r"""<math\b([^>]{0,4000})>(.*?)</math\s*>""", re.DOTALL | re.IGNORECASE)
DATA_LATEX = re.compile(
    r"""<(?:mjx-math\b|math\b|g\b[^>]{0,400}?data-mml-node="math")[^>]{0,400}?\bdata-latex=(?:"([^"]*)"|'([^']*)')""",
    re.IGNORECASE,
)
CONTAINER_BLOCK = re.compile(r"""\bdisplay\s*=\s*["']?(?:true|block)""", re.IGNORECASE)
# Pictures whose `alt` is the TeX that they were made from: of WordPress, old MediaWikis, CodeCogs, Zhihu.
PICTURE = re.compile(r"<img\b([^>]{0,4000})>", re.IGNORECASE)
OF_TEX = re.compile(
    r"""\bclass\s*=\s*["']?(?:[^"'>]{0,80}\s)?(?:latex|tex|mwe-math-fallback-image-(?:inline|display))\b(?!-)"""
    r"""|\bsrc\s*=\s*["']?[^"'>\s]{0,200}(?:/latex\.php\?latex=|/equation\?tex=|latex\.codecogs\.com/)""",
    re.IGNORECASE,
)
ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
PICTURE_BLOCK = re.compile(r"mwe-math-fallback-image-display", re.IGNORECASE)
# One of these stands in a page with such a picture.
PICTURES = ("latex", "equation?tex=", 'class="tex', "class='tex", "class=tex", "mwe-math-fallback")
MEDIAWIKI_HIDDEN = re.compile(r"""(<span class="mwe-math-mathml-[^"]{0,80}") style="display: none;\"""")
SPAN = re.compile(r"<(/?)(?:span|div)\b[^>]*>", re.IGNORECASE)
DISPLAY_STYLE = re.compile(r"^\{\\(?:display|text)style\s+(.*)\}$", re.DOTALL)


def formulas_as_tex(markup: str) -> str:
    """Return the markup with every formula whose source it holds as TeX text; unchanged where there is none."""
    scripted = "math/tex" in markup
    if "<img" in markup and any(mark in markup for mark in PICTURES):
        described = "<math" in markup  # MediaWiki puts a picture beside it
        markup = PICTURE.sub(lambda match: _of_picture(match, described=described), markup)
    if "<mjx-container" in markup:
        markup = _rewritten(markup, *CONTAINER, _of_container)
    if not scripted and "<math" not in markup:
        return markup
    if "katex-html" in markup:
        markup = _without(markup, KATEX_DRAWING)
    if scripted:
        markup = _without(markup, MATHJAX_DRAWING)
        markup = _rewritten(markup, *SCRIPT, _of_script)
    if "<math" in markup:
        markup = _rewritten(MEDIAWIKI_HIDDEN.sub(r"\1", markup), *MATH, _of_math)
    return markup


def _rewritten(
    markup: str, opening: re.Pattern[str], closing: re.Pattern[str], written: Callable[[str, str], str | None]
) -> str:
    """Return the markup with each element (its attributes, its content) as it is written, as it was where it is not.

    The first that is not closed ends the search, so that many such cost no more than one.
    """
    kept, at = [], 0
    while (begin := opening.search(markup, at)) and (end := closing.search(markup, begin.end())):
        text = written(begin[1], markup[begin.end() : end.start()])
        kept += [markup[at : begin.start()], markup[begin.start() : end.end()] if text is None else text]
        at = end.end()
    return "".join((*kept, markup[at:]))


def _of_container(attributes: str, content: str) -> str | None:
    display = CONTAINER_BLOCK.search(attributes) is not None
    if source := DATA_LATEX.search(content):
        return _dollars(html.unescape(source[1] or source[2] or ""), display=display)
    within = WITHIN.search(content)
    return _of_math(f"{within[1]}{' display=block' if display else ''}", within[2]) if within else None


def _of_picture(match: re.Match[str], *, described: bool) -> str:
    attributes = match[1]
    if not OF_TEX.search(attributes) or (described and "mwe-math" in attributes):
        return match[0]
    alternative = ALT.search(attributes)
    source = html.unescape(alternative[1] or alternative[2] or "") if alternative else ""
    return _dollars(source, display=PICTURE_BLOCK.search(attributes) is not None) or match[0]


def _of_script(attributes: str, content: str) -> str | None:
    return _dollars(html.unescape(content), display=BLOCK.search(attributes) is not None)


def _of_math(attributes: str, content: str) -> str | None:
    display = BLOCK.search(attributes) is not None
    if len(content) > 10 * LONGEST:
        return None
    if annotation := ANNOTATION.search(content):
        return _dollars(html.unescape(annotation[1]), display=display)
    if alternative := ALTTEXT.search(attributes):
        return _dollars(html.unescape(alternative[1] or alternative[2] or ""), display=display)
    source = ENTITY.sub(lambda match: html.unescape(match[0]), content)
    try:
        element = etree.fromstring(f"<math>{source}</math>", etree.XMLParser(recover=True, resolve_entities=False))
    except (etree.XMLSyntaxError, ValueError):
        return None
    return _dollars(tex(element), display=display) if element is not None else None


def _dollars(source: str, *, display: bool) -> str | None:
    """Return TeX as text of a page: `$…$`, or `$$…$$` where it stands by itself."""
    source = " ".join(source.replace("<![CDATA[", "").replace("]]>", "").split())
    if wrapped := DISPLAY_STYLE.match(source):
        source = wrapped[1].strip()
    if not source or len(source) > LONGEST:
        return None
    mark = "$$" if display else "$"
    return html.escape(f" {mark}{source}{mark} ", quote=False)


def _without(markup: str, opening: re.Pattern[str]) -> str:
    """Return the markup without the elements (span or div) that begin so, and all that is in them."""
    kept, at = [], 0
    for start, end in _elements(markup, opening):
        kept.append(markup[at:start])
        at = end
    return "".join((*kept, markup[at:]))


def _elements(markup: str, opening: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Yield the outermost elements that begin so: where each starts and ends. One that is not closed is none."""
    at = 0
    while match := opening.search(markup, at):
        depth = 1
        for tag in SPAN.finditer(markup, match.end()):
            depth += -1 if tag[1] else 1
            if depth == 0:
                break
        else:
            return  # as above
        at = tag.end()
        yield match.start(), at
