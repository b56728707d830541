r"""The files of a paper as one source: the main file with what it includes in place, its own macros expanded."""

import contextlib
import posixpath
import re
from collections.abc import Iterator, Mapping

from pipeline.sources.latex_macros import expanded
from pipeline.sources.latex_source import put_back, set_apart

_BODY = re.compile(r"\\begin\s*\{document\}(.*?)(?:\\end\s*\{document\}|\Z)", re.DOTALL)
# Plain TeX and AMS-TeX, in which papers were written before LaTeX.
_PLAIN = re.compile(
    r"\\(?:magnification|bye|enddocument|documentstyle|input\s+(?:amstex|harvmac|phyzzx|jytex))(?![A-Za-z])"
)
_PLAIN_BODY = re.compile(
    r"(?:.*?\\document(?![A-Za-z]))?(.*?)(?:\\(?:bye|enddocument|end)(?![A-Za-z\s{]*\{)\b|\Z)", re.DOTALL
)
_INCLUDE = re.compile(
    r"\\(?:input|include|subfile)\s*(?:\{([^{}]+)\}|(?<=input) +([\w./-]+))"
    r"|\\(?:sub)?(?:import|inputfrom|includefrom)\*?\s*\{([^{}]*)\}\s*\{([^{}]+)\}"
)
_DEPTH = 8
_REPEATED = 20  # times that a paper, on an average, may include its files
_SOURCES = (".tex", ".ltx", ".txt")
_ENCODED = re.compile(
    rb"\\usepackage\s*\[([\w-]+)\]\s*\{inputenc\}|\\begin\s*\{CJK\*?\}\s*(?:\[\w*\])?\{(GBK?|Bg5|JIS|SJIS|KS)\}"
)
_ENCODINGS = {
    "latin2": "iso8859-2",
    "latin5": "iso8859-9",
    "latin9": "iso8859-15",
    "ansinew": "cp1252",
    "applemac": "mac-roman",
    "gb": "gb18030",
    "gbk": "gb18030",
    "bg5": "big5",
    "jis": "euc-jp",
    "ks": "euc-kr",
    "utf8": "utf-8",
}


class LargeError(Exception):
    """A paper has more text than a record may, as it lies or once what it includes is put in place."""


def whole(contents: Mapping[str, bytes]) -> str:
    """Return the main file with its inclusions in place and its macros expanded; nothing where none is a document.

    Raises
    ------
    LargeError
        when the files are included so often that there is no end to it.
    """
    texts = {posixpath.normpath(path): _decoded(content) for path, content in contents.items()}
    sources = {path: text for path, text in texts.items() if path.lower().endswith(_SOURCES)} or texts
    sources = {path: _without_comments(text) for path, text in sources.items()}
    included = {_resolve(match, path, sources) for path, text in sources.items() for match in _INCLUDE.finditer(text)}
    mains = [path for path, text in sources.items() if _BODY.search(text)]
    mains = mains or [path for path, text in sources.items() if _PLAIN.search(text)]
    mains = [path for path in mains if path not in included] or mains
    if not mains:
        return ""
    main = min(mains, key=lambda path: (-len(sources[path]), path))
    parts: list[str] = []
    limit = _REPEATED * sum(map(len, sources.values()))
    for part in _with_inclusions(sources[main], main, sources, ()):
        parts.append(part)
        limit -= len(part) + 1
        if limit < 0:
            raise LargeError
    return expanded("".join(parts))


def body_of(source: str) -> str | None:
    """Return what stands between the beginning and the end of the document; what it quotes is neither."""
    kept: list[tuple[str, str]] = []
    apart = set_apart(source, kept)
    match = _BODY.search(apart) or (_PLAIN_BODY.match(apart) if _PLAIN.search(apart) else None)
    return put_back(match[1], kept, 0) if match else None


def _without_comments(text: str) -> str:
    kept: list[tuple[str, str]] = []
    return put_back(set_apart(text, kept), kept, 0)


def _with_inclusions(text: str, path: str, texts: Mapping[str, str], within: tuple[str, ...]) -> Iterator[str]:
    """Yield the text of a file in parts, what it includes in its place; nothing includes itself.

    What names a file that is missing stays, to be counted.
    """
    position = 0
    for match in _INCLUDE.finditer(text):
        target = _resolve(match, path, texts)
        if target is None or target in (*within, path) or len(within) >= _DEPTH:
            continue
        yield text[position : match.start()]
        body = _BODY.search(texts[target])  # of a file that is a document by itself too
        yield from _with_inclusions(body[1] if body else texts[target], target, texts, (*within, path))
        position = match.end()
    yield text[position:]


def _resolve(match: re.Match[str], path: str, texts: Mapping[str, str]) -> str | None:
    target = posixpath.join(match[3].strip(), match[4].strip()) if match[4] else (match[1] or match[2]).strip()
    for folder in ("", posixpath.dirname(path)):
        for suffix in ("", ".tex", ".ltx"):
            candidate = posixpath.normpath(posixpath.join(folder, target + suffix))
            if candidate in texts:
                return candidate
    return None


def _decoded(content: bytes) -> str:
    """Return a source as text: UTF-8, or the encoding that it names, or Latin-1."""
    declared = _ENCODED.search(content)
    named = next((name.decode().casefold() for name in declared.groups() if name), "") if declared else ""
    for encoding in ("utf-8-sig", _ENCODINGS.get(named, named)):
        with contextlib.suppress(UnicodeDecodeError, LookupError):
            return content.decode(encoding)
    return content.decode("latin-1")
