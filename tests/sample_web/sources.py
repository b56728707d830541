"""The files of the sample web: a Markdown file for each page, a template and a `host.yaml` for each host."""

import string
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import yaml

HOSTS = Path(__file__).parent / "hosts"


@dataclass(frozen=True)
class Source:
    """The front matter and the body of one page file; what is not said there is as the host says."""

    id: str
    path: str
    title: str | None = None
    author: str | None = None
    published: str | None = None
    language: str | None = None
    license: str | None = None
    license_where: str | None = None
    license_form: str | None = None  # which meta name, or which JSON-LD shape
    notice: str | None = None  # replaces the language's usual sentence about the licence
    charset: str = "utf-8"
    charset_header: str | None = "utf-8"
    charset_meta: str | None = None
    kind: str = "article"
    expect: str = "kept"
    reason_class: str | None = None
    same_as: str | None = None  # an exact copy of that page's text
    edits: tuple[tuple[str, str], ...] = ()  # what differs from it, for a near copy
    mirror_of: str | None = None  # the same article in another script
    status: int = 200
    location: str | None = None
    content_type: str = "text/html"
    base64: bool = False  # the body is bytes, in base64
    raw: bool = False  # the body is the whole document: no template
    head: str = ""  # more HTML for the head
    share: bool = True
    cut: str | None = None
    text: str | None = None  # the truth of a raw page
    body: str = ""


@dataclass(frozen=True)
class Host:
    """One site: its template, and the words and habits of its pages in each of its languages."""

    name: str
    template: string.Template
    languages: Mapping[str, Mapping[str, Any]]
    paragraphs: str
    metadata: string.Template
    comment: string.Template
    related: string.Template
    table: str
    charset: string.Template
    server: str

    @property
    def language(self) -> str:
        """The language of a page that does not say otherwise."""
        return next(iter(self.languages))


class SampleWebError(ValueError):
    """A page or host file says something that cannot be rendered; names the file."""


def read_host(folder: Path) -> Host:
    settings = yaml.load((folder / "host.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # all strings
    return Host(
        name=settings["name"],
        template=string.Template((folder / "template.html").read_text(encoding="utf-8")),
        languages=settings["languages"],
        paragraphs=settings.get("paragraphs", "p"),
        metadata=string.Template(settings.get("metadata", "")),
        comment=string.Template(settings.get("comment", "")),
        related=string.Template(settings.get("related", '<li><a href="$path">$title</a></li>')),
        table=settings.get("table", "<table>"),
        charset=string.Template(settings.get("charset", '<meta charset="$charset">')),
        server=settings.get("server", "nginx"),
    )


def read_source(file: Path) -> Source:
    _, front, body = file.read_text(encoding="utf-8").split("---\n", 2)
    settings = yaml.load(front, Loader=yaml.BaseLoader)  # all strings, as written
    unknown = sorted(set(settings) - {field.name for field in fields(Source)})
    if unknown:
        raise SampleWebError(f"{file}: {', '.join(unknown)} is not a key of a page; see Source in web.py")
    for key in ("raw", "base64", "share"):
        if key in settings:
            settings[key] = settings[key] == "true"
    for key in ("charset_header", "charset_meta", "license", "license_where"):
        if settings.get(key) == "null":
            settings[key] = None
    settings["status"] = int(settings.get("status", 200))
    settings["edits"] = tuple((old, new) for old, new in settings.get("edits", []))
    return Source(id=file.stem, body=body.strip("\n"), **settings)


def copied(source: Source, sources: Mapping[str, Source]) -> Source:
    """The source with the body of the page it copies, edited; each edit must meet its text exactly once."""
    if source.same_as is None:
        return source
    body = sources[source.same_as].body
    for old, new in source.edits:
        if body.count(old) != 1:
            raise SampleWebError(f"{source.id}: {old!r} occurs {body.count(old)} times in {source.same_as}")
        body = body.replace(old, new)
    original = sources[source.same_as]
    return replace(
        source,
        body=f"{body}\n\n{source.body}".strip("\n"),
        title=source.title or original.title,
        author=source.author or original.author,
        published=source.published or original.published,
        language=source.language or original.language,
    )
