"""Wikitext before it is parsed: comments gone, code and formulas set apart, quotes, links, lists and variants resolved.

Marks of bold and italics are resolved by MediaWiki's own rule, so that the apostrophe of `''Gazette'''s` stays.
"""

import re
from collections.abc import Callable, Iterator
from html import unescape

from pipeline.sources.latex_units import chemical

APART = "\ue000{}\ue001"  # in place of what was set apart, by its number
MARK = re.compile("\ue000([0-9]+)\ue001")
LINE = "\ue002"  # begins a line that is no part of a paragraph
INDENT = "\ue003"  # two blanks
BREAK = "\ue004"  # a line break in a paragraph

_APART = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<tag>nowiki|pre|syntaxhighlight|source|math|chem|ce)\b(?P<attributes>[^<>]*?)(?<!/)>(?P<content>.*?)</(?P=tag)\s*>"
    r"|<nowiki\s*/>",
    re.DOTALL | re.IGNORECASE,
)
_INCLUDED = re.compile(
    r"<includeonly>.*?(?:</includeonly>|\Z)|</?(?:noinclude|onlyinclude)\s*/?>", re.DOTALL | re.IGNORECASE
)
_LESS = re.compile(r"<(?![a-zA-Z/!])")  # no tag: the parser would give a template up for it
_VARIANT = re.compile(r"-\{(?!\{)((?:(?!-\{(?!\{)).)*?)\}-", re.DOTALL)
_RULE = re.compile(r"(?:^|;)\s*(?:[^;:=]*=>)?\s*(?:zh|sr|kk|ku|iu|gan|crh|shi|tg|uz|en)[\w-]*\s*:\s*([^;]*)")
_SILENT = frozenset("HT-")
_QUOTES = re.compile("'{2,}")
_LINK = re.compile(r"\[\[([^\[\]|{}<>\n]+)(?:\|([^\[\]|\n]*))?\]\]")
_LISTED = re.compile(r"^([*#:;]+)[ \t]*(.*)$", re.MULTILINE)
_CAPTION = re.compile(r"^([ \t:]*\{\|[^\n]*)\n((?:[ \t]*\n)*)[ \t]*\|\+([^\n]*)$", re.MULTILINE)
_POEM = re.compile(r"<poem\b[^<>]*>(.*?)</poem\s*>", re.DOTALL | re.IGNORECASE)
_BR = re.compile(r"<\s*/?\s*br\b[^<>]*>", re.IGNORECASE)
_DEEPEST = 8  # marks of conversion within others


def prepared(wikitext: str, shown: Callable[[str, str | None], str | None], kept: list[str]) -> str:
    """Return wikitext for the parser; what is set apart is added to `kept`.

    `shown` says what a link prints, of its target and its text; None leaves the link to the parser.
    """
    text = re.sub("[\ue000-\ue00f]", "", wikitext)
    text = _APART.sub(lambda match: _set_apart(match, kept), text)
    text = _LESS.sub("&lt;", _INCLUDED.sub("", text))
    for _ in range(_DEEPEST):
        text, count = _VARIANT.subn(lambda match: variant(match[1]), text)
        if not count:
            break
    text = _POEM.sub(lambda match: "\n\n" + BREAK.join(match[1].strip("\n").split("\n")) + "\n\n", text)
    text = _BR.sub(BREAK, text)
    text = "\n".join(_without_quotes(line) if "''" in line else line for line in text.split("\n"))
    text = _LINK.sub(lambda match: _linked(match, shown), text)
    text = _CAPTION.sub(lambda match: f"\n{LINE}{match[3].rpartition('|')[2].strip()}\n\n{match[1]}", text)
    return "\n".join(_lines(text))


def _set_apart(match: re.Match[str], kept: list[str]) -> str:
    tag, content = (match["tag"] or "").casefold(), match["content"]
    if not tag:
        return ""
    if tag in ("math", "chem", "ce"):
        written = " ".join(content.split())
        chemistry = tag != "math" or re.search(r"\bchem\b", match["attributes"])
        text = chemical(written) if chemistry else f"${written}$"
    elif tag == "nowiki":
        text = unescape(content)
    elif "inline" in match["attributes"].casefold() and "\n" not in content:
        text = content
    else:
        text = content.strip("\n")
        text = unescape(re.sub(r"</?nowiki\s*/?>", "", text)) if tag == "pre" else text
        kept.append(f"```\n{text}\n```")
        return f"\n\n{LINE}{APART.format(len(kept) - 1)}\n\n"
    kept.append(text)
    return APART.format(len(kept) - 1)


def variant(body: str) -> str:
    """Return what a mark of language conversion prints: its text, or the first of its variants."""
    flags, bar, content = body.partition("|")
    named = {flag.strip() for flag in flags.split(";")}
    if not bar or not all(re.fullmatch(r"[A-Z+-]?|[a-z]{2,3}(?:-[\w-]+)?", flag) for flag in named):
        named, content = set(), body
    if named & _SILENT:
        return ""
    rules = _RULE.findall(content)
    return (content if "R" in named or not rules else rules[0]).strip()


def _without_quotes(line: str) -> str:
    """Return a line without the marks of bold and italics, as MediaWiki's `doQuotes` finds them."""
    runs = [[match.start(), match.end() - match.start()] for match in _QUOTES.finditer(line)]
    marks = [(start, 3 if length == 4 else min(length, 5), length) for start, length in runs]
    bold = sum(mark in (3, 5) for _, mark, _ in marks)
    italic = sum(mark in (2, 5) for _, mark, _ in marks)
    apostrophe = None
    if bold % 2 and italic % 2:
        places = [start for start, mark, _ in marks if mark == 3]
        apostrophe = next((start for kind in range(3) for start in places if _before(line, start) == kind), None)
    parts, position = [], 0
    for start, mark, length in marks:
        extra = length - mark + (start == apostrophe)
        parts += [line[position:start], "'" * extra]
        position = start + length
    return "".join([*parts, line[position:]])


def _before(line: str, start: int) -> int:
    """Return in which order a mark is taken for an apostrophe: behind a word of one letter, another word, a blank."""
    if line[start - 1 : start] in ("", " "):
        return 2
    return 0 if line[start - 2 : start - 1] == " " else 1


def _linked(match: re.Match[str], shown: Callable[[str, str | None], str | None]) -> str:
    text = shown(match[1], match[2])
    return match[0] if text is None else text.replace("=", "&#61;").replace("\n", " ")


def _lines(text: str) -> Iterator[str]:
    """Yield the lines, those of lists with their marks: items by a dash or a number, terms and meanings by none."""
    counts: list[int] = []  # of the items so far, on each level
    before = ""
    for line in text.split("\n"):
        match = _LISTED.match(line)
        if match is None or match[2].startswith("{|"):
            before, counts = "", []
            yield line if match is None else match[2]
            continue
        prefix, content = match[1], match[2]
        same = len(re.match(r"[*#:;]*", _common(before, prefix))[0])  # type: ignore[index]
        counts = counts[: len(prefix)] if same >= len(prefix) else counts[:same]
        counts += [0] * (len(prefix) - len(counts))
        counts[-1] += 1
        before = prefix
        yield (
            LINE
            + INDENT * (len(prefix) - 1 if prefix[-1] in "*#" else 0)
            + _mark(prefix, counts[-1])
            + _term(prefix, content)
        )


def _common(one: str, other: str) -> str:
    length = next(
        (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), min(len(one), len(other))
    )
    return other[:length]


def _mark(prefix: str, number: int) -> str:
    return {"*": "- ", "#": f"{number}. "}.get(prefix[-1], "")


def _term(prefix: str, content: str) -> str:
    """Return a term apart from the meaning that stands in its line."""
    return re.sub(r"\s*:(?!//)\s*", ": ", content, count=1) if prefix[-1] == ";" else content
