"""The sample web: pages written for the tests, dressed as real sites dress theirs, and the truth about each.

`pages()` is all of it. The text that a page shows and the text that the truth claims are read from the same
blocks of the same file, so they cannot drift apart.
"""

import base64
import functools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

from tests.sample_web.dress import dressed, license_url
from tests.sample_web.markup import text
from tests.sample_web.sources import HOSTS, Host, Source, copied, read_host, read_source

# The Python codec that writes each charset a page may really be in.
CODECS = {
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8-sig",
    "gbk": "gbk",
    "big5": "cp950",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "windows-1251": "cp1251",
    "windows-1256": "cp1256",
    "windows-874": "cp874",
    "iso-8859-1": "latin-1",
}


COPIES = ("exact", "near", "mirror")
WITHOUT_LANGUAGE = ("empty", "filler", "listing", "mixed")


@dataclass(frozen=True)
class Page:
    """One response of the sample web, and what a reader who saw the page would say of it."""

    id: str
    url: str
    status: int
    headers: tuple[tuple[str, str], ...]  # without Content-Length, Date and Connection: those are the transport's
    body: bytes
    # The truth.
    language: str | None
    text: str  # paragraphs, headings, list items, quotations, table rows (tabs between cells), code, formulas
    title: str | None
    author: str | None
    published: str | None
    license: str | None
    license_where: str | None
    charset_real: str | None
    charset_header: str | None
    charset_meta: str | None
    kind: str
    duplicate_of: str | None
    similarity_class: str  # unique, exact, near, mirror
    group: str | None
    expect: str  # kept, rejected
    reason_class: str | None
    # Where the archive keeps it.
    record: str | None
    file: str | None
    cut: str | None  # member: its gzip member ends half-way; payload: half the body, and WARC-Truncated says so

    @property
    def host(self) -> str:
        return self.url.split("/")[2]

    @property
    def path(self) -> str:
        """The path and the query, as a request names them."""
        return "/" + self.url.split("/", 3)[3]

    @property
    def charset_declared(self) -> str | None:
        """What a browser would believe: the header, else the page's own word."""
        return self.charset_header or self.charset_meta

    @property
    def expect_served(self) -> str:
        """What to expect of the page over HTTP, where nothing is cut short."""
        return "kept" if self.cut else self.expect

    def truth(self) -> dict[str, str | int | None]:
        """The row of this page in truth.jsonl."""
        omitted = {"headers", "body", "cut"}
        row = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in omitted}
        return row | {"charset_declared": self.charset_declared, "expect_served": self.expect_served}


def pages() -> list[Page]:
    """Every page, in the order in which the archive keeps them."""
    return list(_pages())


@functools.cache
def _pages() -> tuple[Page, ...]:
    hosts = {folder.name: read_host(folder) for folder in sorted(HOSTS.iterdir()) if folder.is_dir()}
    written = [(name, read_source(file)) for name in hosts for file in sorted((HOSTS / name).glob("*.md"))]
    by_id = {source.id: source for _, source in written}
    whole = [(name, copied(source, by_id)) for name, source in written]
    # The page whose member is cut comes last in the last file: nothing after it could be read.
    whole.sort(key=lambda entry: (entry[1].cut == "member", entry[0], entry[1].path))
    rendered = []
    for index, (name, source) in enumerate(whole):
        page = render(name, hosts[name], source, [other for host, other in whole if host == name])
        file = f"sample-{1 if source.cut == 'member' else index % 2:05d}.warc.gz"
        rendered.append(replace(page, record=record_id(page.url, 1), file=file))
    return tuple(grouped(rendered))


def record_id(url: str, occurrence: int, kind: str = "response") -> str:
    """The WARC-Record-ID of the n-th capture of a URL."""
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{url}#{kind}-{occurrence}')}>"


def grouped(rendered: list[Page]) -> Iterator[Page]:
    """Name each group of copies by the page they copy; a mirror in the other Chinese script is one of them."""
    copies = {page.duplicate_of: page for page in rendered if page.similarity_class in COPIES}
    for page in rendered:
        if page.id in copies:
            yield replace(page, group=page.id, similarity_class=copies[page.id].similarity_class)
        elif page.similarity_class in COPIES:
            yield replace(page, group=page.duplicate_of)
        else:
            yield replace(page, group=page.id)


def render(name: str, host: Host, source: Source, neighbours: list[Source]) -> Page:
    url = f"https://{name}{source.path}"
    if source.base64:
        body = base64.b64decode(source.body)
    else:
        document = source.body if source.raw else dressed(url, host, source, neighbours)
        body = document.encode(CODECS[source.charset], "xmlcharrefreplace")
    binary = source.base64 or source.status == 301
    return Page(
        id=source.id,
        url=url,
        status=source.status,
        headers=tuple(headers(host, source)),
        body=body,
        language=None if binary or source.kind in WITHOUT_LANGUAGE else source.language or host.language,
        text="" if binary else (source.text or "").strip() if source.raw else text(source.body),
        title=source.title,
        author=source.author,
        published=source.published,
        license=source.license,
        license_where=source.license_where,
        charset_real=None if binary else source.charset,
        charset_header=source.charset_header if source.content_type.startswith("text/") else None,
        charset_meta=source.charset_meta,
        kind=source.kind,
        duplicate_of=source.same_as or source.mirror_of,
        similarity_class=similarity_class(source),
        group=None,
        expect=source.expect,
        reason_class=source.reason_class,
        record=None,
        file=None,
        cut=source.cut,
    )


def similarity_class(source: Source) -> str:
    if source.mirror_of:
        return "mirror"
    if source.same_as:
        return "near" if source.edits else "exact"
    return "unique"


def headers(host: Host, source: Source) -> Iterator[tuple[str, str]]:
    yield "Server", host.server
    charset = f"; charset={source.charset_header}" if source.charset_header else ""
    yield "Content-Type", source.content_type + (charset if source.content_type.startswith("text/") else "")
    if source.location:
        yield "Location", source.location
    if source.license and source.license_where == "http-link":
        yield "Link", f'<{license_url(source.license)}>; rel="license"'
