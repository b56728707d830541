r"""Commands of TeX whose arguments stand in no braces: assignments, boxes of a width, fonts, characters by number.

The parser would take what they are given for text: `\hbox to 3cm{a}` would print "to 3cm".
"""

import re
from collections.abc import Callable, Sequence

_LENGTH = (
    r"[-+]?\s*(?:\d+(?:[.,]\d*)?|[.,]\d+)?\s*(?:true\s*)?"
    r"(?:(?:pt|pc|in|bp|cm|mm|dd|cc|sp|ex|em|mu|fill?l?)(?![A-Za-z])|\\[A-Za-z]*(?:width|height|size|skip|sep|indent|space)\b)"
)
_ASSIGNED = (
    "looseness|tolerance|pretolerance|pageno|magnification|hbadness|vbadness|[a-z]*penalty|hsize|vsize|hskip|vskip"
    "|kern|mskip|parindent|parskip|baselineskip|leftskip|rightskip|topskip|tabcolsep|hangindent|hangafter|[hv]offset"
    "|hfuzz|vfuzz|textwidth|textheight|(?:odd|even)sidemargin|topmargin|arraycolsep|columnsep|emergencystretch"
)
_CHAR = re.compile(r"\\(?:char|symbol)(?![A-Za-z])\s*(?:\{(\d+)\}|(\d+)|\"([0-9A-F]+)|'([0-7]+)|`\\?(\S)) ?")
_TABBING = re.compile(r"\\(begin|end)\{tabbing\}|\\[=>+<-](?![A-Za-z])")
_RULES: Sequence[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]] = [
    (re.compile(pattern), written)
    for pattern, written in (
        # of booktabs: a rule from one column to another
        (
            r"\\cmidrule(?![A-Za-z])\s*(?:\[[^\[\]]{0,60}\])?\s*(?:\([^()]{0,60}\))?\s*(?:\{[\d\s-]*\})?",
            " ",
        ),
        (rf"\\([hv]box)\s*(?:to|spread)\s*{_LENGTH}\s*", r"\\\1"),
        (rf"\\(?:raise|lower|moveleft|moveright)(?![A-Za-z])\s*{_LENGTH}\s*", ""),
        (rf"\\advance\s*\\[A-Za-z@]+\d*\s*(?:by)?\s*(?:{_LENGTH}|[-+]?\d+|[-+]?\\[A-Za-z@]+)", " "),
        (
            rf"\\(?:{_ASSIGNED})(?![A-Za-z])\s*=?\s*(?:{_LENGTH}|[-+]?\d+)(?:\s*plus\s*{_LENGTH})?"
            rf"(?:\s*minus\s*{_LENGTH})?",
            " ",
        ),
        (r"\\setbox\s*(?:\d+|\\[A-Za-z]+)\s*=?\s*", ""),
        (
            rf"\\font\s*\\[A-Za-z]+\s*=?\s*[A-Za-z]+\d*(?:\s+(?:scaled\s*(?:\\magstep\w*|\d+)|at\s*{_LENGTH}))?",
            " ",
        ),
        (r"\\(?:cat|lc|uc|sf|math)code\s*`\\?\S\s*=?\s*\d+", " "),
        (r"\\(?:immediate\s*)?\\?write\s*\d+", r"\\message"),
        (r"\\csname(?![A-Za-z])[^{}\n]{0,200}?\\endcsname", " "),
        # of beamer: on which slides something is shown
        (
            r"(\\(?:only|onslide|uncover|visible|invisible|alert|item|action|alt|pause|begin\{\w+\}))\s*"
            r"<[\d,+.@:|a-z -]*>",
            r"\1",
        ),
        (r"\\begin\{frame\}((?:\s*\[[^\[\]]*\])*)\s*\{(?=[^{}\\]*\})", r"\\begin{frame}\1\\frametitle{"),
        (r"(?<!\w),,(?=\w)", "„"),
        (r"(?<![<\w])<<(?=\w)", "«"),
        (r"(?<=[\w.!?])>>(?![>\w])", "»"),
    )
]


def without_primitives(source: str) -> str:
    """Return the source without such commands, or with what they print."""
    source = _without_tabs(source)
    for pattern, written in _RULES:
        source = pattern.sub(written, source)
    return _CHAR.sub(_character, source)


def _without_tabs(source: str) -> str:
    r"""Return the source without the stops of `tabbing`, where `\=` is no accent."""
    within = False

    def written(found: re.Match[str]) -> str:
        nonlocal within
        if found[1]:
            within = found[1] == "begin"
        return " " if within and not found[1] else found[0]

    return _TABBING.sub(written, source) if r"{tabbing}" in source else source


def _character(found: re.Match[str]) -> str:
    decimal, plain, hexadecimal, octal, itself = found.groups()
    number = int(decimal or plain or 0) or int(hexadecimal or "0", 16) or int(octal or "0", 8)
    text = itself or (chr(number) if 31 < number < 127 else "")  # above, each font has others
    return rf"\{text}" if text in "%&#_{}$" and text else text
