"""Sitemaps and feeds: the URLs that a site lists itself. XML is read without entities, networks or trust."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

_SPACE = b" \t\r\n\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Listed:
    """What a sitemap or a feed names: further lists, and pages."""

    lists: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()


def read_list(data: bytes, most: int) -> Listed:
    """Return what is listed: by a sitemap (language alternates included), an index, RSS, Atom or plain lines.

    A broken file counts as far as it could be read.
    """
    if not data.lstrip(_SPACE).startswith(b"<"):
        lines = (line.strip() for line in data.decode("utf-8-sig", "replace").splitlines()[:most])
        return Listed(pages=tuple(line for line in lines if line.startswith(("http://", "https://"))))
    lists: dict[str, None] = {}
    pages: dict[str, None] = {}
    for kind, url in _entries(data.lstrip(_SPACE)):
        (lists if kind == "list" else pages).setdefault(url)
        if len(lists) + len(pages) >= most:
            break
    return Listed(tuple(lists), tuple(pages))


def _entries(data: bytes) -> Iterator[tuple[str, str]]:
    events = etree.iterparse(
        io.BytesIO(data), events=("end",), recover=True, resolve_entities=False, no_network=True, huge_tree=False
    )
    try:
        for _, element in events:
            entry = _entry(element)
            if entry:
                yield entry
            if _name(element) in ("url", "sitemap", "item", "entry"):
                element.clear()
    except etree.XMLSyntaxError:
        return


def _entry(element: etree._Element) -> tuple[str, str] | None:
    name, parent = _name(element), element.getparent()
    around = _name(parent) if parent is not None else ""
    text = (element.text or "").strip()
    match name, around:
        case "loc", "sitemap":
            return ("list", text) if text else None
        case ("loc", "url") | ("link", "item"):
            return ("page", text) if text else None
        case "link", "url":  # xhtml:link: the page in another language
            return ("page", element.get("href") or "") if element.get("rel") == "alternate" else None
        case "link", "entry":
            return ("page", element.get("href") or "") if element.get("rel", "alternate") == "alternate" else None
    return None


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
