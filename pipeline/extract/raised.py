"""Superscripts, subscripts and ruby of a page, written into the markup in the notation of all readers.

A superscript that is a link to a note, or a note's mark that is linked, says nothing in a text and is left out.
"""

import html
import re

from pipeline.scripts import Readings, is_note_mark, subscript, superscript, with_reading

# An element without another of its kind and without blocks in it.
SCRIPT = re.compile(
    r"<(sup|sub)\b([^>]{0,400})>([^<]{0,200}(?:<(?!/?(?:sup|sub|p|div|li|ul|ol|td|tr|table|h[1-6]|pre|section)\b)"
    r"[^>]{0,1000}>[^<]{0,200}){0,12})</\1\s*>",
    re.IGNORECASE,
)
RUBY = re.compile(r"<ruby\b[^>]{0,400}>((?:(?!</?ruby\b).){0,4000}?)</ruby\s*>", re.IGNORECASE | re.DOTALL)
RUBY_PART = re.compile(r"<(/?)(rb|rt|rtc|rp)\b[^>]{0,400}>", re.IGNORECASE)
TAG = re.compile(r"<[^>]{0,2000}>")
TO_NOTE = re.compile(r"<a\b[^>]{0,1000}?\bhref\s*=\s*[\"']?[^\"'>\s]{0,400}#", re.IGNORECASE)
LINK_AROUND = re.compile(r"<a\b[^>]{0,1000}?\bhref\s*=\s*[\"']?[^\"'>\s]{0,400}#[^>]{0,1000}>\s*\Z", re.IGNORECASE)
LINK_ENDS = re.compile(r"\s*</a\s*>", re.IGNORECASE)
OF_NOTE = re.compile(
    r"\b(?:foot-?note|end-?note|note-?ref|cite_?ref|citation|reference|doc-noteref|fnref|sdfootnote)", re.IGNORECASE
)
DEEPEST = 4  # scripts within scripts
BEFORE = 400  # bytes of markup before a script in which the letters before it are looked for


def scripts_as_text(markup: str, readings: Readings = "drop") -> str:
    """Return the markup with its scripts and its ruby as text; unchanged where there are none."""
    small = markup if "<SU" not in markup and "<RUBY" not in markup else markup.lower()
    if "<ruby" in small:
        for _ in range(DEEPEST):
            markup, found = RUBY.subn(lambda match: _ruby(match[1], readings), markup)
            if not found:
                break
    if "<sup" in small or "<sub" in small:
        for _ in range(DEEPEST):
            markup, found = SCRIPT.subn(_script, markup)
            if not found:
                break
    return markup


def _script(match: re.Match[str]) -> str:
    kind, attributes, content = match[1].lower(), match[2], match[3]
    text = _text(content)
    if kind == "sup" and _marks_note(match, attributes, content, text):
        return ""
    before = _text(match.string[max(0, match.start() - BEFORE) : match.start()].rpartition("\n\n")[2], strip=False)
    written = superscript(before, text) if kind == "sup" else subscript(before, text)
    return html.escape(written, quote=False)


def _marks_note(match: re.Match[str], attributes: str, content: str, text: str) -> bool:
    """Return whether a superscript only leads to a note: it holds such a link, stands in one, or is named for one."""
    if not is_note_mark(text):
        return False
    if TO_NOTE.search(content) or OF_NOTE.search(attributes):
        return True
    start = max(0, match.start() - BEFORE)
    around = LINK_AROUND.search(match.string[start : match.start()])
    return around is not None and LINK_ENDS.match(match.string, match.end()) is not None


def _ruby(content: str, readings: Readings) -> str:
    """Return the bases of a ruby element as markup, each with its reading behind it or without."""
    pairs: list[list[str]] = [["", ""]]  # base, reading
    part, at = "rb", 0
    for tag in (*RUBY_PART.finditer(content), None):
        text = content[at : tag.start() if tag else len(content)]
        if part == "rb":
            if pairs[-1][1] and text.strip():
                pairs.append(["", ""])
            pairs[-1][0] += text
        elif part in ("rt", "rtc"):
            pairs[-1][1] += _text(text)
        if tag:
            part, at = "rb" if tag[1] else tag[2].lower(), tag.end()
    return "".join(base + _reading(base, reading, readings) for base, reading in pairs)


def _reading(base: str, reading: str, readings: Readings) -> str:
    plain = _text(base)
    return html.escape(with_reading(plain, reading, readings)[len(plain) :], quote=False)


def _text(markup: str, *, strip: bool = True) -> str:
    """Return the text of a piece of markup, of which the first tag may be cut off."""
    head, cut, tail = markup.partition(">")
    whole = tail if cut and "<" not in head else markup
    text = html.unescape(TAG.sub("", whole)).replace("\u00ad", "")
    return text.strip() if strip else text
