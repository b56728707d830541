"""Pack the sample web as two WARC files and the truth about them: the same bytes every time.

python tests/sample_web/pack.py OUT_DIR
"""

import io
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warcio.recordloader import ArcWarcRecord  # type: ignore[import-untyped, unused-ignore]
from warcio.statusandheaders import StatusAndHeaders  # type: ignore[import-untyped, unused-ignore]
from warcio.warcwriter import WARCWriter  # type: ignore[import-untyped, unused-ignore]

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # so that this file also runs by its path

from tests.sample_web.web import Page, pages, record_id

FILES = ("sample-00000.warc.gz", "sample-00001.warc.gz")
FIRST_CAPTURE = datetime(2026, 10, 5, 8, 0, 0, tzinfo=UTC)
BETWEEN_CAPTURES = timedelta(seconds=37)
REASONS = {200: "OK", 301: "Moved Permanently", 404: "Not Found"}
RESOURCE_URL = "https://openfield.example/notes/reading-list.txt"
RESOURCE = """Reading list for the winter term

The library keeps the following notes on open shelves, second floor, next to the window. They may be read in
the building by anyone, without a card, and copied by hand.

1. Surface waves on deep water: eleven pages, with a table of periods.
2. How a thermometer is calibrated: six pages.
3. A short history of the wind tunnel in this town: nineteen pages, two maps.
"""


def main(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name, content in archives().items():
        (out / name).write_bytes(content)
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in truth()]
    (out / "truth.jsonl").write_text("".join(lines), encoding="utf-8")


def truth() -> list[dict[str, str | int | None]]:
    """The rows of truth.jsonl: one for each response, and one for the plain text resource."""
    resource: dict[str, str | int | None] = dict.fromkeys(pages()[0].truth())
    resource |= {
        "id": "openfield-reading-list",
        "url": RESOURCE_URL,
        "status": 200,
        "language": "eng_Latn",
        "text": RESOURCE.strip(),
        "charset_real": "utf-8",
        "kind": "resource",
        "similarity_class": "unique",
        "group": "openfield-reading-list",
        "expect": "rejected",
        "expect_served": "rejected",
        "reason_class": "type",
        "record": record_id(RESOURCE_URL, 1, "resource"),
        "file": FILES[0],
    }
    return [page.truth() for page in pages()] + [resource]


def archives() -> dict[str, bytes]:
    """The WARC files by name; the second ends half-way through the gzip member of its last record."""
    buffers = {name: io.BytesIO() for name in FILES}
    writers = {name: WARCWriter(buffers[name], gzip=True, warc_version="WARC/1.1") for name in FILES}
    for name, writer in writers.items():
        write_warcinfo(writer, name)
    member = 0
    for index, page in enumerate(pages()):
        assert page.file is not None
        writer = writers[page.file]
        moment = FIRST_CAPTURE + index * BETWEEN_CAPTURES
        write_request(writer, page, moment)
        member = buffers[page.file].tell()
        digest = write_response(writer, page, moment)
        if index == 0:
            write_metadata(writer, page, moment)
            write_revisit(writer, page, moment, digest)
            write_resource(writer, moment)
    contents = {name: buffer.getvalue() for name, buffer in buffers.items()}
    last = contents[FILES[1]]
    contents[FILES[1]] = last[: member + (len(last) - member) // 2]
    return contents


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def write_warcinfo(writer: WARCWriter, name: str) -> None:
    payload = b"software: sample web\r\nformat: WARC File Format 1.1\r\nisPartOf: sample-web-2026\r\n"
    headers = {
        "WARC-Record-ID": record_id(name, 1, "warcinfo"),
        "WARC-Date": stamp(FIRST_CAPTURE),
        "WARC-Filename": name,
    }
    write(writer, "", "warcinfo", headers, payload)


def write_request(writer: WARCWriter, page: Page, moment: datetime) -> None:
    assert page.record is not None
    crawler = "SampleBot/1.0 (+https://openfield.example/bot)"
    fields = [("Host", page.host), ("User-Agent", crawler), ("Accept", "*/*")]
    http = StatusAndHeaders(f"GET {page.path} HTTP/1.1", fields, is_http_request=True)
    headers = {
        "WARC-Record-ID": record_id(page.url, 1, "request"),
        "WARC-Date": stamp(moment),
        "WARC-Concurrent-To": page.record,
    }
    write(writer, page.url, "request", headers, b"", http)


def write_response(writer: WARCWriter, page: Page, moment: datetime) -> str:
    """Write the response and return its payload digest."""
    assert page.record is not None
    headers = {"WARC-Record-ID": page.record, "WARC-Date": stamp(moment), "WARC-IP-Address": "192.0.2.10"}
    body = page.body
    if page.cut == "payload":
        body = body[: len(body) // 2]
        headers["WARC-Truncated"] = "length"
    record = write(writer, page.url, "response", headers, body, response_headers(page, moment))
    return str(record.rec_headers.get_header("WARC-Payload-Digest"))


def response_headers(page: Page, moment: datetime) -> StatusAndHeaders:
    date = moment.strftime("%a, %d %b %Y %H:%M:%S GMT")
    fields = [("Date", date), *page.headers, ("Content-Length", str(len(page.body)))]
    return StatusAndHeaders(f"{page.status} {REASONS[page.status]}", fields, protocol="HTTP/1.1")


def write_metadata(writer: WARCWriter, page: Page, moment: datetime) -> None:
    assert page.record is not None
    headers = {
        "WARC-Record-ID": record_id(page.url, 1, "metadata"),
        "WARC-Date": stamp(moment),
        "WARC-Concurrent-To": page.record,
    }
    write(writer, page.url, "metadata", headers, b"fetchTimeMs: 214\r\ncharset-detected: UTF-8\r\n")


def write_revisit(writer: WARCWriter, page: Page, moment: datetime, digest: str) -> None:
    assert page.record is not None
    again = moment + timedelta(days=7)
    headers = {
        "WARC-Record-ID": record_id(page.url, 2, "revisit"),
        "WARC-Date": stamp(again),
        "WARC-Profile": "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
        "WARC-Refers-To": page.record,
        "WARC-Refers-To-Target-URI": page.url,
        "WARC-Refers-To-Date": stamp(moment),
        "WARC-Payload-Digest": digest,
    }
    write(writer, page.url, "revisit", headers, b"", response_headers(page, again))


def write_resource(writer: WARCWriter, moment: datetime) -> None:
    headers = {"WARC-Record-ID": record_id(RESOURCE_URL, 1, "resource"), "WARC-Date": stamp(moment)}
    write(writer, RESOURCE_URL, "resource", headers, RESOURCE.encode(), content_type="text/plain")


def write(
    writer: WARCWriter,
    url: str,
    kind: str,
    headers: dict[str, str],
    payload: bytes,
    http: StatusAndHeaders | None = None,
    content_type: str = "",
) -> ArcWarcRecord:
    record = writer.create_warc_record(
        url,
        kind,
        payload=io.BytesIO(payload),
        length=len(payload),
        warc_content_type=content_type,
        warc_headers_dict=headers,
        http_headers=http,
    )
    writer.write_record(record)
    return record


if __name__ == "__main__":
    main(Path(sys.argv[1]))
