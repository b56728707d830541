"""What a payload is: the media type as declared, corrected where the first bytes say otherwise.

The signatures are those of the WHATWG MIME Sniffing Standard, with the archives, fonts and office files of the web.
"""

import re

PAGES = frozenset({"text/html", "application/xhtml+xml", "text/plain", "text/markdown"})
_GENERIC = frozenset(
    {"application/octet-stream", "binary/octet-stream", "unknown/unknown", "application/unknown", "*/*"}
)
_BINARY_FAMILIES = ("image", "audio", "video", "font")
_BINARY_TYPES = re.compile(
    r"application/(?:pdf|zip|gzip|x-gzip|x-tar|x-bzip2?|x-7z-compressed|(?:vnd\.)?rar|wasm|java-archive|epub\+zip|msword|"
    r"vnd\.(?:ms-|openxmlformats|oasis|android).*|x-shockwave-flash|font-.*|x-font-.*|ogg|x-msdownload)"
)

_SIGNATURES = (
    *(b"%PDF-", b"%!PS-Adobe-", b"\xd0\xcf\x11\xe0"),
    *(
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"GIF87a",
        b"GIF89a",
        b"RIFF",
        b"\x00\x00\x01\x00",
        b"II*\x00",
        b"MM\x00*",
    ),
    *(
        b"PK\x03\x04",
        b"\x1f\x8b\x08",
        b"BZh",
        b"7z\xbc\xaf\x27\x1c",
        b"Rar!\x1a\x07",
        b"\xfd7zXZ\x00",
        b"\x28\xb5\x2f\xfd",
    ),
    *(b"wOFF", b"wOF2", b"\x00\x01\x00\x00", b"OTTO\x00"),
    *(b"OggS\x00", b"ID3\x03", b"ID3\x04", b"\x1a\x45\xdf\xa3", b"fLaC", b"FLV\x01"),
    *(b"\x7fELF", b"\x00asm", b"FWS", b"CWS"),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_UTF16 = re.compile(rb"\xff\xfe|\xfe\xff|\s*<\x00|(?:\x00\s)*\x00<")
_PROLOGUE = rb"(?:\xef\xbb\xbf)?(?:\s|<!--.*?-->|<\?xml[^>]*>)*"
_TAG = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[a-zA-Z!?]")
_DOCTYPE = re.compile(_PROLOGUE + rb"<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE | re.DOTALL)
_HTML = re.compile(
    _PROLOGUE
    + rb"<(?:!doctype\s+html|html|head|body|script|iframe|h1|div|font|table|a|style|title|b|br|p|meta|link)[\s/>]",
    re.IGNORECASE | re.DOTALL,
)
_SNIFFED = 1024


def media_type(declared: str | None) -> str | None:
    """Return the type without its parameters, in lower case; None if none is declared."""
    return (declared or "").partition(";")[0].partition(",")[0].strip().lower() or None


def is_binary(payload: bytes) -> bool:
    """Return whether the first bytes are not those of a text in any encoding of the web."""
    head = payload[:_SNIFFED]
    if head.startswith(_SIGNATURES) or head[4:8] == b"ftyp":
        return True
    # Real pages have stray control characters; what neither begins with a tag nor is UTF-16 has none.
    return bool(_CONTROL.search(head)) and not _TAG.match(head) and not _UTF16.match(head)


def page_type(declared: str | None, payload: bytes) -> tuple[str | None, str | None]:
    """Return the type of a page as what it should be read, or None and the reason why it is none.

    `not_text` is an image, an archive, a program …; `not_prose` is text for machines: a stylesheet, a script, data.
    """
    if is_binary(payload):
        return None, "not_text"
    kind = media_type(declared)
    if kind in PAGES:
        return kind, None
    generic = kind is None or kind in _GENERIC or "/" not in kind
    head = payload[:_SNIFFED]
    if (_HTML if generic else _DOCTYPE).match(head) or (generic and _UTF16.match(head)):
        return "text/html", None
    if kind is None:
        return "text/plain", None
    binary = kind in _GENERIC or kind.startswith(_BINARY_FAMILIES) or _BINARY_TYPES.fullmatch(kind)
    return None, "not_text" if binary else "not_prose"
