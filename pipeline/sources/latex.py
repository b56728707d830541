r"""LaTeX sources as arXiv gives them: a paper is a `.tex` file or a tar archive of its files, plain or gzip.

A file of the collection is a paper, or one of arXiv's bulk archives of papers. The text starts at the file with
`\begin{document}`, with what it includes put in place and its own macros expanded. What is not carried over is
counted (`latex.lost.<macro>`). Rejected rows, by reason: `no_document`, `not_latex`, `no_text`, `too_large`,
`truncated`, and `withdrawn` for a paper without source files.
"""

import gzip
import io
import posixpath
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import IO, Any, ClassVar, Literal

from pipeline.authors import joined
from pipeline.doi import arxiv_doi, arxiv_name, first_doi
from pipeline.errors import ShardError
from pipeline.media_types import compression
from pipeline.sources.archive import Member, members
from pipeline.sources.base import Row, Skipped, Split, opened
from pipeline.sources.latex_files import LargeError, body_of, whole
from pipeline.sources.latex_macros import braced
from pipeline.sources.latex_text import LatexError, Lost, text_of
from pipeline.sources.sandboxed import Sandboxed
from pipeline.sources.streams import digest_of

_HEAD = 16  # bytes of a picture
_PICTURES = (".pdf", ".eps", ".ps", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".tif", ".tiff", ".mp4", ".zip")


class Latex(Sandboxed):
    """Papers in LaTeX."""

    kind: Literal["latex"] = "latex"
    max_record_bytes: int = 64 << 20  # a larger record is rejected as `too_large`

    suffixes: ClassVar[tuple[str, ...]] = (".tex", ".tex.gz", ".tar", ".tar.gz", ".tgz", ".gz")
    libraries: ClassVar[tuple[str, ...]] = ("pylatexenc",)

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield a row for every paper of the file."""
        yield from self.parsed(split.name, self._papers(split, skipped), skipped)

    def _papers(self, split: Split, skipped: Skipped | None) -> Iterator[Member]:
        """Yield the papers of a bulk archive one by one, or the one paper whose files the file holds."""
        parts, size = list[Member](), 0
        damage, failure = None, list[ShardError]()
        for member in _until_it_breaks_off(members(split.file, ("",), self.max_record_bytes), failure):
            if member.name and (member.name.endswith(".gz") or member.damage):
                yield member
            elif member.name.endswith(".pdf"):
                if skipped is not None:
                    skipped[f"{self.kind}.pdf"] += 1
            else:
                part = _text_of(member)
                size += len(part.content)
                damage = part.damage or ("too_large" if size > self.max_record_bytes else damage)
                parts.append(part if damage is None else replace(part, content=b""))
        if parts:
            with opened(split.file) as file:
                length, digest = int(file.size()), digest_of(file)
            name = posixpath.basename(split.file)
            yield Member(name, 0, length, b"" if damage else _packed(parts), digest, digest, damage)
        if failure:
            raise failure[0]

    def parse(self, file: str, record: Member, skipped: Skipped, about: Mapping[str, Any]) -> Iterator[Row]:
        """Yield the row of a paper."""
        try:
            content = _files(record.content, self.max_record_bytes)
        except LargeError:
            content, record = {}, replace(record, damage="too_large")
        yield self._row(file, record, content, skipped)

    def _row(self, file: str, member: Member, content: Mapping[str, bytes], skipped: Skipped) -> Row:
        digest = member.identity
        where = self.place(file, member.digest, offset=member.offset, length=member.length)
        name = arxiv_name(posixpath.basename(member.name).partition(".t")[0].removesuffix(".gz"))
        source_id = f"arXiv:{name}" if name else digest
        columns: Row = {"url": f"https://arxiv.org/abs/{name}", "doi": arxiv_doi(name)} if name else {}
        if member.damage:
            return self.rejected(member.damage, source_id, where, **columns)
        if not any(value.strip() for value in content.values()):
            return self.rejected("withdrawn", source_id, where, **columns)
        try:
            source = whole(content)
        except LargeError:
            return self.rejected("too_large", source_id, where, **columns)
        body = body_of(source)
        if body is None:
            return self.rejected("no_document", source_id, where, **columns)
        lost: Lost = Lost()
        try:
            title = next(_arguments(source, "title", lost), None)
            columns |= {"title": title, "author": joined(_arguments(source, "author", lost))}
            columns["doi"] = first_doi(_arguments(source, "doi", lost)) or columns.get("doi")
            text = text_of(body, lost)
        except LatexError:
            return self.rejected("not_latex", source_id, where, **columns)
        skipped.update({f"{self.kind}.lost.{macro}": count for macro, count in sorted(lost.items()) if count})
        if not text:
            return self.rejected("no_text", source_id, where, **columns)
        return self.row(source_id, where, f"# {title}\n\n{text}" if title else text, **columns)


def _until_it_breaks_off(papers: Iterator[Member], failure: list[ShardError]) -> Iterator[Member]:
    try:
        yield from papers
    except ShardError as error:
        failure.append(error)


def _text_of(member: Member) -> Member:
    """Return a file of a paper; of a picture, which is only there, its first bytes."""
    picture = member.name.lower().endswith(_PICTURES)
    return replace(member, content=member.content[:_HEAD], damage=None) if picture else member


def _packed(parts: Sequence[Member]) -> bytes:
    """Return the files of a paper as one archive; one that has no name is the paper."""
    if len(parts) == 1 and not parts[0].name:
        return parts[0].content
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member in parts:
            info = tarfile.TarInfo(member.name)
            info.size = len(member.content)
            archive.addfile(info, io.BytesIO(member.content))
    return buffer.getvalue()


def _files(content: bytes, limit: int) -> dict[str, bytes]:
    """Return the files of a paper: those of its archive that may hold text, or the one that it is."""
    try:
        with _inflated(content) as stream:
            head = stream.peek(512)[:512]
            if head[257:262] != b"ustar":
                return {"paper.tex": _limited(stream, limit)}
            return _unpacked(stream, limit)
    except (OSError, EOFError, zlib.error):
        return {}


def _inflated(content: bytes) -> io.BufferedReader:
    raw = io.BytesIO(content)
    return io.BufferedReader(gzip.GzipFile(fileobj=raw) if compression(content) == "gzip" else raw)


def _unpacked(stream: IO[bytes], limit: int) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for info in archive:
                if info.isreg():
                    file = archive.extractfile(info) or io.BytesIO()
                    picture = info.name.lower().endswith(_PICTURES)
                    contents[info.name] = file.read(_HEAD) if picture else _limited(file, limit)
                    limit -= len(contents[info.name])
    except tarfile.TarError:
        pass  # what came before the damage may be the paper
    return contents


def _limited(stream: IO[bytes], limit: int) -> bytes:
    content = stream.read(limit + 1)
    if len(content) > limit:
        raise LargeError
    return content


def _arguments(source: str, name: str, lost: Lost) -> Iterator[str]:
    """Yield the arguments of a command such as the author, each in one line; `and` parts one into several."""
    for match in re.finditer(rf"\\{name}\s*(?:\[[^\]]*\])?\s*(?=\{{)", source):
        argument: Any = braced(source, match.end())[0]
        parts = re.split(r"\\and\b|\\AND\b", argument or "")
        yield from (text for part in parts if (text := " ".join(text_of(part, lost).split())))
