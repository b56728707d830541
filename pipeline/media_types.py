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

# How files begin, by what they are. A file is told by its first bytes in one place only: here.
COMPRESSED = {
    "gzip": b"\x1f\x8b\x08",
    "zstd": b"\x28\xb5\x2f\xfd",
    "bz2": b"BZh",
    "lz4": b"\x04\x22\x4d\x18",
    "xz": b"\xfd7zXZ\x00",
}
ZSTD_DICTIONARY = b"\x5d\x2a\x4d\x18"  # a skippable frame with the dictionary, first in the file
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07")
_DOCUMENTS = (b"%PDF-", b"%!PS-Adobe-", b"\xd0\xcf\x11\xe0", b"SQLite format 3\x00")
_IMAGES = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"RIFF",
    b"\x00\x00\x01\x00",
    b"II*\x00",
    b"MM\x00*",
)
_FONTS = (b"wOFF", b"wOF2", b"\x00\x01\x00\x00", b"OTTO\x00")
_SOUND_AND_FILM = (b"OggS\x00", b"ID3\x03", b"ID3\x04", b"\x1a\x45\xdf\xa3", b"fLaC", b"FLV\x01")
_PROGRAMS = (b"\x7fELF", b"\x00asm", b"FWS", b"CWS")
_BINARY = (*COMPRESSED.values(), *_ARCHIVES, *_DOCUMENTS, *_IMAGES, *_FONTS, *_SOUND_AND_FILM, *_PROGRAMS)
_BINARY_WITH_GAPS = re.compile(rb".{4}ftyp|MZ..\x00|BM.{4}\x00\x00", re.DOTALL)  # film, programs of Windows, bitmaps
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
_NO_PAGE = re.compile(
    r"(?:image|audio|video|font|model)/|application/(?:pdf|zip|gzip|msword|vnd\.|octet-stream|java|wasm|json|x-|ld\+json)|"
    r"text/(?:css|csv|javascript|calendar|vcard)"
)
_PLAIN = re.compile(r"text/(?:plain|markdown|x-rst)")
_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|title|meta|div|p|table|article|a)\b", re.IGNORECASE)


def media_type(declared: str | None) -> str | None:
    """Return the type without its parameters, in lower case; None if none is declared."""
    return (declared or "").partition(";")[0].partition(",")[0].strip().lower() or None


def compression(head: bytes) -> str | None:
    """Return how a file is compressed, a key of `COMPRESSED`; None if it is not. Six bytes are enough."""
    return next((name for name, signature in COMPRESSED.items() if head.startswith(signature)), None)


def has_binary_signature(payload: bytes) -> bool:
    """Return whether the first bytes are those of an image, an archive, a program …, and of no text."""
    return payload.startswith(_BINARY) or _BINARY_WITH_GAPS.match(payload) is not None


def is_binary(payload: bytes) -> bool:
    """Return whether the first bytes are not those of a text in any encoding of the web."""
    if has_binary_signature(payload):
        return True
    head = payload[:_SNIFFED]
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


def has_markup(payload: bytes) -> bool:
    """Return whether a tag of HTML stands in the first bytes."""
    return _MARKUP.search(payload[:_SNIFFED]) is not None


def is_plain(declared: str, payload: bytes) -> bool:
    """Return whether a payload is declared to be text without markup, and has none."""
    return _PLAIN.match(declared) is not None and not has_markup(payload)


def is_no_page(declared: str, payload: bytes) -> bool:
    """Return whether a payload is no page: declared as something else without any markup, or binary."""
    return has_binary_signature(payload) or (_NO_PAGE.match(declared) is not None and not has_markup(payload))
