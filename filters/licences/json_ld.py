"""Licences in JSON-LD: every node is walked, and a licence belongs to the node that states it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator

from filters.licences.finding import RESERVED, Finding, Subject, finding
from filters.licences.names import folded, license_of_name
from filters.licences.page import HtmlPage
from filters.licences.phrases import is_reserved
from shards.tables import table

TABLE = Path(__file__).with_name("json_ld.yaml")

SUBJECTS: tuple[Subject, ...] = ("media", "comment", "dataset", "software", "site")
LICENSE_PROPERTIES = ("license", "usageInfo", "acquireLicensePage", "copyrightNotice", "conditionsOfAccess")
TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
CHILDREN: tuple[Subject, ...] = ("section", "media", "comment", "site", "document")
MAX_DEPTH = 40


Names: TypeAlias = Annotated[frozenset[str], BeforeValidator(str.split)]


class SchemaOrg(BaseModel, frozen=True, extra="forbid"):
    """What `json_ld.yaml` holds, in lower case: what a node is by its type, and what hangs on a property."""

    types: dict[Subject, Names]
    properties: dict[Subject, Names]


def json_ld(page: HtmlPage) -> Iterator[Finding]:
    """Yield a finding for every licence statement in the page's JSON-LD, with the path of the node that makes it."""
    for script in page.tree.css('script[type*="ld+json" i]') if "ld+json" in page.marks else ():
        data = _parsed(script.text(deep=True))
        if data is not None:
            where = "head" if page.place(script).where == "head" else "body"
            yield from _walk(page, data, f"{where}:json-ld", "document", 0)


def _parsed(text: str) -> Any:
    text = text.strip().removeprefix("<!--").removesuffix("-->").strip().rstrip(";")
    text = text.removeprefix("//<![CDATA[").removesuffix("//]]>").strip()
    for candidate in (text, TRAILING_COMMA.sub("", text)):
        try:
            return json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _walk(page: HtmlPage, data: Any, path: str, inherited: Subject, depth: int) -> Iterator[Finding]:
    if depth > MAX_DEPTH:
        return
    if isinstance(data, list):
        for index, item in enumerate(data):
            yield from _walk(page, item, f"{path}/{index}" if len(data) > 1 else path, inherited, depth + 1)
    elif isinstance(data, dict):
        subject = _subject(page, data, inherited)
        for name in LICENSE_PROPERTIES:
            for value in _values(data.get(name)):
                yield _finding(name, value, path, subject)
        for key, child in data.items():
            if key not in LICENSE_PROPERTIES and isinstance(child, dict | list):
                yield from _walk(page, child, f"{path}/{key}", _child_subject(key, subject), depth + 1)


def _subject(page: HtmlPage, node: dict[str, Any], inherited: Subject) -> Subject:
    """Return what a node is, by its types; a node without one is what hung it there."""
    types = node.get("@type")
    names = {str(name).rsplit("/", 1)[-1].lower() for name in (types if isinstance(types, list) else [types]) if name}
    if inherited in ("section", "comment", "mention"):
        return inherited
    types = table(TABLE, SchemaOrg).types
    for subject in SUBJECTS:
        if names & types[subject]:
            return subject
    if names & types["document"]:
        return inherited if inherited == "site" else "document" if _is_this_page(page, node) else "section"
    return inherited


def _is_this_page(page: HtmlPage, node: dict[str, Any]) -> bool:
    """Whether the node gives no address, or one that is the page's."""
    main = node.get("mainEntityOfPage")
    if isinstance(main, dict):
        main = main.get("@id")
    addresses = [value for value in (main, node.get("url"), node.get("@id")) if isinstance(value, str)]
    addresses = [re.sub(r"#.*", "", value) for value in addresses if not value.startswith("_:")]
    return not addresses or any(page.is_itself(address) for address in addresses if re.match(r"https?:|/|$", address))


def _child_subject(key: str, subject: Subject) -> Subject:
    properties = table(TABLE, SchemaOrg).properties
    return next((child for child in CHILDREN if key.lower() in properties[child]), subject)


def _values(value: Any) -> Iterator[str]:
    """Yield the texts of a licence property: a string, the addresses and names of a node, or a list of these."""
    if isinstance(value, str) and value.strip():
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _values(item)
    elif isinstance(value, dict):
        for key in ("@id", "url", "sameAs", "name", "@value"):
            if isinstance(value.get(key), str):
                yield value[key]


def _finding(name: str, value: str, path: str, subject: Subject) -> Finding:
    where = path if name == "license" else f"{path}/{name}"
    if name in ("copyrightNotice", "conditionsOfAccess") and is_reserved(folded(value)):
        return Finding("reserved", value, where, subject, RESERVED)
    named = license_of_name(value) if name in ("license", "copyrightNotice") else None
    return finding("json_ld", value, where, subject, named)
