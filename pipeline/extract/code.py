"""Code of a page in fences, as in every other reader: line by line, indented, in the language that the page names.

It is put so into the markup before any engine reads it, so that a piece of code is one block, kept or left out as one.
Preformatted text that is no code (verse, old mail) stays as it is.
"""

import re

PRE = re.compile(r"<pre\b([^>]{0,1000})>([^<]{0,200000}(?:<(?!/pre\b)[^<]{0,200000}){0,50000})</pre\s*>", re.IGNORECASE)
LINE_END = re.compile(r"[ \t]*<br\s*/?>|\n?[ \t]*</(?:div|p|li|tr)\s*>(?:\s*\n)?", re.IGNORECASE)
BLOCK = re.compile(r"</?(?:div|p|ol|ul|li|table|tbody|thead|tr|td|th|section|figure|br)\b[^>]{0,1000}>", re.IGNORECASE)
BEFORE_END = re.compile(r"\s+((?:</\w{1,10}\s*>)+)\Z")
TAG = re.compile(r"<[^>]{0,2000}>")
LANGUAGE = re.compile(
    r"\b(?:(?:language|lang|highlight-source|highlight-text|highlight)-|brush:\s*|sourceCode\s+|hljs\s+(?!lang))"
    r"([A-Za-z][\w+#.-]{0,20})|\bdata-(?:lang|language|enlighter-language)\s*=\s*[\"']?([A-Za-z][\w+#.-]{0,20})"
)
NO_LANGUAGE = frozenset(
    [
        *(
            "none",
            "nohighlight",
            "plain",
            "plaintext",
            "text",
            "txt",
            "default",
            "notranslate",
            "auto",
            "block",
            "wrap",
        ),
        *(
            "code",
            "toolbar",
            "wrapper",
            "container",
            "snippet",
            "box",
            "line-numbers",
            "linenums",
            "copyable",
            "inline",
        ),
    ]
)
MARKED = re.compile(r"<(?:code|span|kbd|samp|b class|i class)\b", re.IGNORECASE)
SIGNS = re.compile(r"[{}\[\];=<>$#/\\_|]|&[lg]t;|&amp;")
CODE = 0.04  # share of signs from which unmarked lines are code; of letters and verse they are under a hundredth
AROUND = 300  # characters before an element in which the tags around it are


def code_in_fences(markup: str) -> str:
    """Return the markup with its code in fences; unchanged where there is none."""
    if "<pre" not in markup and "<PRE" not in markup:
        return markup
    return PRE.sub(_fenced, markup)


def _fenced(match: re.Match[str]) -> str:
    attributes, content = match[1], match[2]
    lines = LINE_END.sub("\n", content) if BLOCK.search(content) else content
    lines = BEFORE_END.sub(r"\1", BLOCK.sub("", lines).strip("\n").rstrip())
    text = TAG.sub("", lines)
    language = _language(match)
    if not text.strip() or "```" in text:
        return match[0]
    if not language and not MARKED.search(content) and len(SIGNS.findall(text)) < CODE * len("".join(text.split())):
        return match[0]
    return f"<pre{attributes}>```{language}\n{lines}\n```</pre>"


def _language(match: re.Match[str]) -> str:
    """Return the language that the element, the first in it or those just around it are named for."""
    before, closed, after = match.string[max(0, match.start() - AROUND) : match.start()].rpartition("</")
    inside = match[2].lstrip()[:AROUND]
    opening = inside[: inside.find(">") + 1] if inside.startswith("<") else ""
    for tags in (match[1], opening, after[after.find(">") + 1 :] if closed else before + after):
        for found in LANGUAGE.finditer(tags):
            language = (found[1] or found[2]).lower().rstrip(".-")
            if language not in NO_LANGUAGE:
                return language
    return ""
