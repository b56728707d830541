"""What a PDF states of its rights, its authors and its DOI: in its XMP metadata, and in its document information.

XMP stands in a file as XML, mostly as it is, so that programs that do not know PDF find it; it is looked for in the
bytes. A file has more than one packet where its pictures have their own, or where it was saved again: the last one
that describes a PDF counts.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from lxml import etree

from pipeline.authors import joined
from pipeline.doi import first_doi
from pipeline.sources.jats import xml_parser
from pipeline.sources.licence import Statement
from shards.schema import storable

Property: TypeAlias = tuple[str, str]

_PACKET = re.compile(rb"<x:xmpmeta\b.*?</x:xmpmeta\s*>|<rdf:RDF\b.*?</rdf:RDF\s*>", re.DOTALL)
_PACKED = re.compile(rb"/Type\s*/Metadata\b[^<>]{0,400}>>\s*stream\r?\n")
_LONGEST = 4 << 20  # bytes of a packet
_DESCRIBES_PDF = (b"http://ns.adobe.com/pdf/1.3/", b"application/pdf", b"http://www.aiim.org/pdfa/ns/id/")
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_FIELDS = {
    "{http://ns.adobe.com/xap/1.0/rights/}WebStatement": "xmpRights:WebStatement",
    "{http://ns.adobe.com/xap/1.0/rights/}UsageTerms": "xmpRights:UsageTerms",
    "{http://creativecommons.org/ns#}license": "cc:license",
    "{http://purl.org/dc/elements/1.1/}rights": "dc:rights",
    "{http://purl.org/dc/terms/}license": "dcterms:license",
    "{http://purl.org/dc/terms/}rights": "dcterms:rights",
}
_IDENTIFIERS = (
    "{http://prismstandard.org/namespaces/basic/2.0/}doi",
    "{http://prismstandard.org/namespaces/basic/3.0/}doi",
    "{http://crossref.org/crossmark/1.0/}DOI",
    "{http://crossref.org/crossmark/2.0/}DOI",
    "{http://ns.adobe.com/pdfx/1.3/}doi",
    "{http://purl.org/dc/elements/1.1/}identifier",
)
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_INFORMATION_DOI = ("doi", "DOI", "WPS-ARTICLEDOI")
_INFORMATION = ("License", "Rights", "Copyright")  # keys that no standard names and some programs write


_KNOWN = {*_FIELDS, *_IDENTIFIERS, _CREATOR}


def statements(properties: Sequence[Property], document: Any) -> list[Statement]:
    """Return what a PDF says of its rights, each value once, with the field it stands in."""
    stated = [_statement(_FIELDS[name], value) for name, value in properties if name in _FIELDS]
    stated += _of_information(document)
    return list({statement.value: statement for statement in reversed(stated)}.values())[::-1]


def doi(properties: Sequence[Property], document: Any) -> str | None:
    """Return the DOI of a PDF, if it states one."""
    stated = dict(reversed(properties))
    return first_doi(
        [
            *(stated.get(name) for name in _IDENTIFIERS),
            *(storable(document.get_metadata_value(key) or "") for key in _INFORMATION_DOI),
        ]
    )


def authors(properties: Sequence[Property], document: Any) -> str | None:
    """Return the authors of a PDF: XMP lists them, the document information has one line for all."""
    return joined(value for name, value in properties if name == _CREATOR) or joined(
        [document.get_metadata_value("Author")]
    )


def properties_of(content: bytes) -> list[Property]:
    """Return the properties of the XMP packet that describes a PDF: qualified names and values, as they stand there."""
    packets = [packet for packet in _packets(content) if any(mark in packet for mark in _DESCRIBES_PDF)]
    for packet in reversed(packets):
        try:
            return list(_properties(etree.fromstring(packet, xml_parser())))
        except (etree.XMLSyntaxError, ValueError):
            continue
    return []


def _properties(root: etree._Element) -> Iterator[Property]:
    for element in root.iter(etree.Element):
        for name, value in element.attrib.items():
            if str(name) in _KNOWN:
                yield str(name), str(value)
        if str(element.tag) in _KNOWN:
            values = [text for item in element.iter(f"{_RDF}li") if (text := "".join(item.itertext()).strip())]
            whole = element.get(f"{_RDF}resource") or "".join(element.itertext())
            for value in dict.fromkeys(values or [whole]):
                yield str(element.tag), value


def _packets(content: bytes) -> Iterator[bytes]:
    yield from (match[0] for match in _PACKET.finditer(content) if len(match[0]) <= _LONGEST)
    for match in _PACKED.finditer(content):
        if b"FlateDecode" in match[0]:
            try:
                stream = zlib.decompressobj().decompress(content[match.end() : match.end() + _LONGEST], _LONGEST)
            except zlib.error:
                continue
            yield from (packet[0] for packet in _PACKET.finditer(stream))


def _of_information(document: Any) -> Iterator[Statement]:
    for key in _INFORMATION:
        if value := document.get_metadata_value(key):
            yield _statement(f"document information: {key}", storable(value))


def _statement(where: str, value: str) -> Statement:
    return Statement(where, " ".join(value.split())[:2000])
