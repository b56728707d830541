"""Named entities of XML whose DTD is not read (`&eacute;`, `&nbsp;`): the characters that HTML and JATS give them."""

from collections.abc import Iterator
from html import unescape

from lxml import etree


def resolve(root: etree._Element) -> int:
    """Put characters in place of the named entities below an element; return how many names are not known.

    An entity that a document defines for itself is such a one: it is left out, so that none is expanded without end.
    """
    unknown = 0
    for first in list(root.iter(etree.Entity)):
        parent, previous = first.getparent(), first.getprevious()
        if parent is None:  # one of a run that was resolved with its first
            continue
        parts = list[str]()
        for entity in _run(first):
            character = unescape(entity.text or "")
            unknown += character == entity.text
            parts += ["" if character == entity.text else character, entity.tail or ""]
            entity.tail = None
            parent.remove(entity)
        if previous is None:
            parent.text = "".join((parent.text or "", *parts))
        else:
            previous.tail = "".join((previous.tail or "", *parts))
    return unknown


def _run(entity: etree._Element) -> Iterator[etree._Element]:
    node: etree._Element | None = entity
    while node is not None and node.tag is etree.Entity:
        following = node.getnext()
        yield node
        node = following
