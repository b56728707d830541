r"""LaTeX sources as arXiv gives them: a paper is a `.tex` file or a tar archive of its files, plain or gzip.

A file of the collection is a paper, or one of arXiv's bulk archives of papers. The text starts at the file with
`\begin{document}`, with what it includes put in place and its own macros expanded. What is not carried over is
counted (`latex.lost.<macro>`). Rejected rows, by reason: `no_document`, `not_latex`, `no_text`, `too_large`,
`truncated`, and `withdrawn` for a paper without source files.
"""

import io
import posixpath
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from pipeline.authors import joined
from pipeline.media_types import compression
from pipeline.sources.archive import Member, members
from pipeline.sources.base import Row, Skipped, Source, Split, opened
from pipeline.sources.latex_macros import braced, expanded
from pipeline.sources.latex_text import LatexError, Lost, text_of
from pipeline.sources.streams import digest_of

_BODY = re.compile(r"\\begin\s*\{document\}(.*?)(?:\\end\s*\{document\}|\Z)", re.DOTALL)
_INCLUDE = re.compile(r"\\(?:input|include|subfile)\s*\{([^{}]+)\}")
_ARXIV = re.compile(r"(?:(\d{4}\.\d{4,5})|([a-z-]+?)(\d{7}))(?:v\d+)?")
_DEPTH = 8


class Latex(Source):
    """Papers in LaTeX."""

    kind: Literal["latex"] = "latex"
    max_record_bytes: int = 64 << 20  # a larger record is rejected as `too_large`

    suffixes: ClassVar[tuple[str, ...]] = (".tex", ".tex.gz", ".tar", ".tar.gz", ".tgz", ".gz")
    libraries: ClassVar[tuple[str, ...]] = ("pylatexenc",)

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield a row for every paper of the file."""
        papers = list[Member]()
        for member in members(split.file, ("",), self.max_record_bytes):
            if member.name and (member.name.endswith(".gz") or member.damage):  # a bulk archive: papers one by one
                yield self._row(split.name, member, _files(member.content, self.max_record_bytes), skipped)
            elif member.name.endswith(".pdf"):
                if skipped is not None:
                    skipped[f"{self.kind}.pdf"] += 1
            else:
                papers.append(member)
        if papers:
            with opened(split.file) as file:
                size, digest = int(file.size()), digest_of(file)
            content = {member.name: member.content for member in papers}
            name = posixpath.basename(split.file)
            yield self._row(split.name, Member(name, 0, size, b"", digest, digest, papers[-1].damage), content, skipped)

    def _row(self, file: str, member: Member, content: Mapping[str, bytes], skipped: Skipped | None) -> Row:
        digest = member.identity
        where = self.place(file, member.digest, offset=member.offset, length=member.length)
        number = _ARXIV.fullmatch(posixpath.basename(member.name).partition(".t")[0].removesuffix(".gz"))
        name = (number[1] or f"{number[2]}/{number[3]}") if number else None
        source_id = f"arXiv:{name}" if name else digest
        columns: Row = {"url": f"https://arxiv.org/abs/{name}"} if name else {}
        if member.damage:
            return self.rejected(member.damage, source_id, where, **columns)
        if not any(value.strip() for value in content.values()):
            return self.rejected("withdrawn", source_id, where, **columns)
        source = _whole({posixpath.normpath(path): _decoded(value) for path, value in content.items()})
        body = _BODY.search(source)
        if body is None:
            return self.rejected("no_document", source_id, where, **columns)
        lost: Lost = Lost()
        try:
            title = next(_arguments(source, "title", lost), None)
            columns |= {"title": title, "author": joined(_arguments(source, "author", lost))}
            text = text_of(body[1], lost)
        except LatexError:
            return self.rejected("not_latex", source_id, where, **columns)
        if skipped is not None:
            skipped.update({f"{self.kind}.lost.{macro}": count for macro, count in sorted(lost.items()) if count})
        if not text:
            return self.rejected("no_text", source_id, where, **columns)
        return self.row(source_id, where, f"# {title}\n\n{text}" if title else text, **columns)


def _files(content: bytes, limit: int) -> dict[str, bytes]:
    """Return the files of a paper: those of its archive, or the one that it is."""
    if compression(content) == "gzip":
        try:
            content = zlib.decompressobj(wbits=31).decompress(content, limit)
        except zlib.error:
            return {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            return {info.name: (archive.extractfile(info) or io.BytesIO()).read() for info in archive if info.isreg()}
    except tarfile.TarError:
        return {"paper.tex": content}


def _whole(texts: Mapping[str, str]) -> str:
    """Return the main file with its inclusions in place and its macros expanded."""
    sources = {path: text for path, text in texts.items() if path.lower().endswith((".tex", ".ltx", ".txt"))}
    sources = sources or dict(texts)
    included = {_resolve(found[1], path, texts) for path, text in sources.items() for found in _INCLUDE.finditer(text)}
    mains = [path for path, text in sources.items() if _BODY.search(text)]
    mains = [path for path in mains if path not in included] or mains
    if not mains:
        return ""
    main = min(mains, key=lambda path: (-len(sources[path]), path))
    return expanded(_with_inclusions(main, texts, 0))


def _with_inclusions(path: str, texts: Mapping[str, str], depth: int) -> str:
    def content(found: re.Match[str]) -> str:
        target = _resolve(found[1], path, texts)
        return _with_inclusions(target, texts, depth + 1) if target and depth < _DEPTH else ""

    return _INCLUDE.sub(content, texts[path])


def _resolve(target: str, path: str, texts: Mapping[str, str]) -> str | None:
    for folder in ("", posixpath.dirname(path)):
        for suffix in ("", ".tex"):
            candidate = posixpath.normpath(posixpath.join(folder, target.strip() + suffix))
            if candidate in texts:
                return candidate
    return None


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _arguments(source: str, name: str, lost: Lost) -> Iterator[str]:
    """Yield the arguments of a command such as the author, each in one line; `and` parts one into several."""
    for found in re.finditer(rf"\\{name}\s*(?:\[[^\]]*\])?\s*(?=\{{)", source):
        argument: Any = braced(source, found.end())[0]
        parts = re.split(r"\\and\b|\\AND\b", argument or "")
        yield from (text for part in parts if (text := " ".join(text_of(part, lost).split())))
