"""The heads of a WARC record as fastwarc reads them: lines that end in CR LF, names in the standard's capitals.

Old crawls have heads with bare LF, of the record or of the HTTP answer in it; some writers have names in lower case.
"""

import re

from pipeline.sources.warc_records import LENGTH, MAX_HEADER

_END = re.compile(rb"\r?\n\r?\n")
_LINE_END = re.compile(rb"\r?\n")
_STRICT = b"\r\n\r\n"
_HTTP = b"HTTP/"
_NAMES = {
    name.lower(): name
    for name in (
        *(b"WARC-Type", b"WARC-Record-ID", b"WARC-Date", b"Content-Length", b"Content-Type", b"WARC-Target-URI"),
        *(b"WARC-Concurrent-To", b"WARC-Block-Digest", b"WARC-Payload-Digest", b"WARC-IP-Address", b"WARC-Refers-To"),
        *(b"WARC-Truncated", b"WARC-Warcinfo-ID", b"WARC-Filename", b"WARC-Profile", b"WARC-Identified-Payload-Type"),
        *(b"WARC-Segment-Number", b"WARC-Segment-Origin-ID", b"WARC-Segment-Total-Length"),
    )
}


def with_standard_heads(data: bytes) -> bytes:
    """Return a record with the heads that it should have; the same bytes if it has them."""
    end = _END.search(data, 0, MAX_HEADER)
    if end is None:
        return data
    sound = _is_standard(data, end)
    block = data[end.end() :] if not sound else b""
    answer = _END.search(data, end.end(), end.end() + MAX_HEADER) if data.startswith(_HTTP, end.end()) else None
    if answer is not None and (answer[0] != _STRICT or _has_bare(data, end.end(), answer.start())):
        lines = _LINE_END.split(data[end.end() : answer.start()])
        block, sound = b"\r\n".join(lines) + _STRICT + data[answer.end() :], False
    if sound:
        return data
    lines = [_standard(line) for line in _LINE_END.split(data[: end.start()])]
    head = b"\r\n".join(lines) + b"\r\n"
    return LENGTH.sub(b"Content-Length: %d\r\n" % len(block), head, count=1) + b"\r\n" + block


def _is_standard(data: bytes, end: re.Match[bytes]) -> bool:
    return end[0] == _STRICT and b"\nWARC-Type:" in data[: end.start()] and not _has_bare(data, 0, end.start())


def _has_bare(data: bytes, start: int, end: int) -> bool:
    return data.count(b"\n", start, end) != data.count(b"\r\n", start, end)


def _standard(line: bytes) -> bytes:
    name, colon, value = line.partition(b":")
    return _NAMES.get(name.strip().lower(), name) + colon + value
