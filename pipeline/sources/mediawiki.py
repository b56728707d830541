"""Wikipedia and every other MediaWiki, from their XML dumps (`pages-articles`, bzip2 or not): a document a page.

A multistream dump is read in several tasks. Pages outside of `namespaces` and redirects are counted. The provenance of
a page is the bzip2 stream it lies in, or its place in the decompressed file. Rejected rows, by reason: `not_xml`,
`not_wikitext` (a page of another content model), `no_text`, `too_large`, `truncated`.
"""

import bz2
import contextlib
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import IO, Any, ClassVar, Literal
from urllib.parse import quote

import pyarrow as pa
from lxml import etree

from pipeline.errors import ShardError
from pipeline.scripts import Readings
from pipeline.sources.archive import Member
from pipeline.sources.base import Row, Skipped, Split, byte_ranges, opened, part
from pipeline.sources.jats import xml_parser
from pipeline.sources.members import Window
from pipeline.sources.names import File
from pipeline.sources.sandboxed import Sandboxed
from pipeline.sources.streams import CHUNK, DamagedError, decompressed
from pipeline.sources.wikitext import Lost, text_of
from pipeline.words import counted

_STREAM = b"1AY&SY"  # a bzip2 block; a stream begins four bytes before its first
_BZIP2 = b"BZh"
_BEGIN, _END, _LAST = b"<page>", b"</page>", b"</mediawiki>"
_FILE, _CATEGORY = "6", "14"
_LANGUAGE = re.compile(r"(?:wiki|wikt)\w*$")  # of `dewiki`, `frwikisource`: what stands before it


class MediaWiki(Sandboxed):
    """XML dumps of wikis. The licence is the wiki's: declare it."""

    kind: Literal["mediawiki"] = "mediawiki"
    namespaces: tuple[int, ...] = (0,)  # the numbers of the namespaces to read; 0: articles
    bytes_per_task: int = 64 << 20  # bytes of a file that one task reads; smaller means more tasks in parallel
    readings: Readings = "drop"  # ruby readings: `drop` them, or write them in `brackets`
    max_record_bytes: int = 16 << 20  # a larger record is rejected as `too_large`

    # the parts of a large wiki end in .xml-p1p41242.bz2
    suffixes: ClassVar[tuple[str, ...]] = (".xml", ".bz2", ".xml.gz", ".xml.zst", ".xml.xz")
    signature: ClassVar[bytes] = rb"<(?:mediawiki|page)\b"
    libraries: ClassVar[tuple[str, ...]] = ("mwparserfromhell",)

    def pieces(self, file: File, size: int) -> list[Split]:
        """Return byte ranges of a bzip2 file, in which streams begin, or the file whole."""
        return byte_ranges(file, size, self.bytes_per_task) if file.uri.endswith(".bz2") else [part(file)]

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield a row for every page that begins in the split."""
        with opened(split.file) as file:
            packed = file.read_at(len(_BZIP2), 0) == _BZIP2
            wiki = _wiki(split.file, file, packed)
            if packed:
                yield from self._rows(split.name, wiki, _streams(file, split.start or 0, split.end), skipped)
        if not packed:
            with decompressed(split.file) as stream:
                yield from self._rows(split.name, wiki, _blocks(stream), skipped, packed=False)

    def _rows(
        self, file: str, wiki: "_Wiki", blocks: "Iterator[_Block]", skipped: Skipped | None, *, packed: bool = True
    ) -> Iterator[Row]:
        damage = list[int]()

        def streams() -> Iterator[Member]:
            for page in _pages(blocks, self.max_record_bytes):
                damage.extend([page.stream if packed else page.position] if page.damage == "truncated" else [])
                yield _member(file, page, packed)

        yield from self.parsed(file, streams(), skipped, asdict(wiki) | {"packed": packed})
        if damage:
            raise ShardError(
                f"{file}: it is truncated in {counted(len(damage), 'place')}, the first at byte {damage[0]}"
            )

    def parse(self, file: str, record: Member, skipped: Skipped, about: Mapping[str, Any]) -> Iterator[Row]:
        """Yield the row of a page, or count why it is no document."""
        where = self.place(file, record.digest, offset=record.offset, length=None if about["packed"] else record.length)
        if record.damage:
            yield self.rejected(record.damage, record.identity, where)
            return
        wiki = _Wiki(about["name"], about["base"], tuple(about["dropped"]))
        row = self._row(wiki, record.content, record.digest, where, skipped)
        if isinstance(row, str):
            skipped[f"{self.kind}.{row}"] += 1
        else:
            yield row

    def _row(self, wiki: "_Wiki", data: bytes, digest: str, where: dict[str, Any], skipped: Skipped) -> Row | str:
        """Return the row of a page, or why it is no document."""
        try:
            page = etree.fromstring(data, xml_parser())
        except etree.XMLSyntaxError:
            return self.rejected("not_xml", digest, where)
        if page.findtext("ns") not in {str(number) for number in self.namespaces}:
            return "namespace"
        if page.find("redirect") is not None:
            return "redirect"
        title, number = page.findtext("title") or "", page.findtext("id")
        columns = {"title": title, "url": wiki.url(title)}
        source_id = f"{wiki.name}:{number}" if number else digest
        if page.findtext("revision/model") not in (None, "wikitext"):
            return self.rejected("not_wikitext", source_id, where, **columns)
        lost: Lost = Lost()
        text = text_of(
            page.findtext("revision/text") or "",
            frozenset(wiki.dropped),
            lost,
            language=_LANGUAGE.sub("", wiki.name),
            readings=self.readings,
        )
        skipped.update({f"{self.kind}.lost.{name}": count for name, count in sorted(lost.items()) if count})
        if not text:
            return self.rejected("no_text", source_id, where, **columns)
        return self.row(source_id, where, f"# {title}\n\n{text}", **columns)


@dataclass(frozen=True)
class _Wiki:
    """What the head of a dump says: the wiki's name, its main page, the names of the file and category namespaces."""

    name: str
    base: str | None
    dropped: tuple[str, ...]

    def url(self, title: str) -> str | None:
        """Return the address of a page."""
        if self.base is None:
            return None
        return self.base.rpartition("/")[0] + "/" + quote(title.replace(" ", "_"), safe="/:(),!'@*~;")


def _wiki(uri: str, file: pa.NativeFile, packed: bool) -> _Wiki:
    if packed:
        head = b""
        for block in _streams(file, 0, 1):  # a block of bzip2 gives nothing until 900 kB of text are complete
            head += block.data
            if len(head) >= CHUNK or b"</siteinfo>" in head:
                break
    else:
        with decompressed(uri) as stream:
            head = _head(stream)
    start, end = head.find(b"<siteinfo>"), head.find(b"</siteinfo>")
    if b"<mediawiki" not in head:
        raise ShardError(f"{uri}: not a MediaWiki dump: it does not begin with <mediawiki>")
    try:
        info = etree.fromstring(head[start : end + 11], xml_parser()) if 0 <= start < end else etree.Element("siteinfo")
    except etree.XMLSyntaxError as error:
        raise ShardError(f"{uri}: <siteinfo>: {error}") from error
    names = {element.get("key"): element.text or "" for element in info.iterfind("namespaces/namespace")}
    dropped = {"File", "Image", "Category", names.get(_FILE, ""), names.get(_CATEGORY, "")} - {""}
    return _Wiki(
        info.findtext("dbname") or "wiki", info.findtext("base"), tuple(sorted(name.casefold() for name in dropped))
    )


def _head(stream: IO[bytes]) -> bytes:
    head = b""
    with contextlib.suppress(DamagedError):
        while len(head) < CHUNK and b"</siteinfo>" not in head and (line := stream.readline(CHUNK)):
            head += line
    return head


@dataclass(frozen=True, slots=True)
class _Block:
    """Decompressed bytes, the offset of the stream they come from, and whether they end it."""

    stream: int
    data: bytes
    last: bool = False
    damage: str | None = None
    behind: bool = False  # of no stream: the dump ends behind the last one, and not as it should


@dataclass(frozen=True, slots=True)
class _Page:
    """A page, or of one that is damaged its digest and length; they are those of all of it."""

    stream: int
    position: int
    data: bytes
    digest: str
    length: int
    damage: str | None = None


def _member(file: str, page: _Page, packed: bool) -> Member:
    offset = page.stream if packed else page.position
    identity = page.digest if page.length else f"{file}:{offset}"
    return Member("", offset, page.length, page.data, page.digest, identity, page.damage)


def _streams(file: pa.NativeFile, start: int, end: int | None) -> Iterator[_Block]:
    """Yield the bzip2 streams that begin in the range; one that is damaged ends with its damage.

    If no stream follows, and the last is whole, the dump ends there, or breaks off between two streams.
    """
    window = Window(file)
    end = window.size if end is None else end
    position = _next_stream(window, start)
    tail, damage = _LAST, None
    while position is not None and position < end:
        tail = b""
        begin, decompressor = position, bz2.BZ2Decompressor()
        damage = None
        while not decompressor.eof and damage is None:
            chunk = window.at(position, 32 << 10)
            try:
                data = decompressor.decompress(chunk)
            except OSError:
                data, damage = b"", "truncated"
            else:
                damage = None if chunk else "truncated"
                position += len(chunk) - len(decompressor.unused_data)
            tail = (tail + data)[-CHUNK:]
            yield _Block(begin, data, decompressor.eof or damage is not None, damage)
        position = _next_stream(window, position if damage is None else begin + 1)
    if position is None and damage is None and _LAST not in tail:
        yield _Block(window.size, b"", True, "truncated", behind=True)


def _next_stream(window: Window, position: int) -> int | None:
    at = window.find(_STREAM, position + 4)
    while at is not None:
        head = bytes(window.at(at - 4, 4))
        if head[:3] == _BZIP2 and head[3:].isdigit():
            return at - 4
        at = window.find(_STREAM, at + 1)
    return None


def _blocks(stream: IO[bytes]) -> Iterator[_Block]:
    """Yield the bytes of a dump; one without the end of its outermost element breaks off, be it between two pages."""
    tail = b""
    try:
        while data := stream.read(CHUNK):
            tail = (tail + data)[-CHUNK:]
            yield _Block(0, data)
    except DamagedError:
        tail = b""
    yield _Block(0, b"", True, None if _LAST in tail else "truncated")


def _pages(blocks: Iterator[_Block], max_bytes: int) -> Iterator[_Page]:
    """Yield every page, which in a multistream dump lies in one stream; of a large one no more is held than allowed."""
    cutter, damage = _Pages(max_bytes), None
    for block in blocks:
        if block.behind and damage == "truncated":
            return  # the last page has said so
        for page in cutter.feed(block):
            damage = page.damage
            yield page


class _Pages:
    """Cuts a dump into pages as its blocks arrive."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._restart()

    def _restart(self) -> None:
        self._held = b""  # from the beginning of a page, if one has begun
        self._position = 0  # of its first byte
        self._begun = False
        self._searched = 0  # bytes of it in which the page does not end
        self._digest = hashlib.sha256()  # of what is not held any more of a page that is too large
        self._passed = 0

    def feed(self, block: _Block) -> Iterator[_Page]:
        """Yield the pages that the block completes."""
        self._held += block.data
        while self._begin():
            end = self._held.find(_END, self._searched)
            if end < 0:
                break
            yield self._page(block.stream, end + len(_END), None)
        if self._begun:
            self._pass()
        if block.last:
            if block.damage or self._begun:
                yield self._page(block.stream, len(self._held), block.damage or "truncated")
            self._restart()

    def _begin(self) -> bool:
        if not self._begun:
            begin = self._held.find(_BEGIN)
            self._begun = begin >= 0
            self._drop(begin if self._begun else max(0, len(self._held) - len(_BEGIN)))
        return self._begun

    def _page(self, stream: int, end: int, damage: str | None) -> _Page:
        data, length = self._held[:end], self._passed + end
        self._digest.update(data)
        begin = self._position - self._passed
        damage = damage or ("too_large" if length > self.max_bytes else None)
        page = _Page(stream, begin, b"" if damage else data, self._digest.hexdigest(), length, damage)
        self._drop(end)
        self._begun, self._searched, self._passed, self._digest = False, 0, 0, hashlib.sha256()
        return page

    def _pass(self) -> None:
        """Let go of what is held of a page that is too large, but for what may be the beginning of its end."""
        self._searched = max(0, len(self._held) - len(_END))
        if self._passed or len(self._held) > self.max_bytes:
            self._digest.update(self._held[: self._searched])
            self._passed += self._searched
            self._drop(self._searched)
            self._searched = 0

    def _drop(self, count: int) -> None:
        self._held = self._held[count:]
        self._position += count
