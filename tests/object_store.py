"""A server on 127.0.0.1 that speaks S3 as far as we use it, counts what it is asked, and fails when it is told to.

It keeps objects in memory and looks at no signature. What it answers was compared with moto's server.
"""

import hashlib
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape, unescape

import pytest

from shards import stores

FAILURES = ("503", "500", "429", "reset", "cut")
WRITTEN = "Tue, 01 Dec 2026 00:00:00 GMT"


REFUSAL = (
    "<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>AKIAS3CRETvalue</AWSAccessKeyId>"
    "<StringToSign>AWS4-HMAC-SHA256 S3CRETvalue</StringToSign><SignatureProvided>S3CRETvalue</SignatureProvided>"
    "<Header>authorization: {}</Header></Error>"
)


@dataclass
class Bucket:
    """What a server holds, what it was asked, and how much of that it lets fail."""

    address: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    keys: Counter[tuple[str, str]] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    rate: float = 0.0  # of the requests that fail
    refuses: bool = False  # every request, and repeats in its answer how it was signed
    dice: random.Random = field(default_factory=lambda: random.Random(7))
    lock: threading.Lock = field(default_factory=threading.Lock)
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)

    def failure(self, method: str, key: str) -> str | None:
        """Count a request, and return how it is to fail, if it is."""
        with self.lock:
            self.asked[method] += 1
            self.keys[method, key] += 1
            if self.dice.random() >= self.rate:
                return None
            how = self.dice.choice(FAILURES)
            self.failed[how] += 1
            return how


@contextmanager
def serving(patch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """Give a bucket that is `s3://bucket` for this process and those that it starts."""
    bucket = Bucket()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"bucket": bucket}))
    server.daemon_threads = True
    bucket.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    for name in ("AWS_PROFILE", "YULIAO_STORES"):
        patch.delenv(name, raising=False)
    patch.setenv("AWS_ENDPOINT_URL", bucket.address)
    patch.setenv("AWS_ACCESS_KEY_ID", "key")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    patch.setenv("AWS_REGION", "eu-test-1")
    stores._store.cache_clear()
    try:
        yield bucket
    finally:
        server.shutdown()
        server.server_close()
        stores._store.cache_clear()


Answer = tuple[int, bytes, dict[str, str]]


class _Handler(BaseHTTPRequestHandler):
    bucket: Bucket
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer is one packet
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _handle(self) -> None:
        split = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(split.query, keep_blank_values=True).items()}
        key = unquote(split.path).removeprefix("/bucket").removeprefix("/")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kind = "LIST" if self.command == "GET" and not key else self.command
        how = self.bucket.failure(kind, query.get("prefix", key))
        if how == "reset":
            self.close_connection = True
            self.connection.close()
            return
        if how in ("503", "500", "429"):
            status, content, about = _refused(int(how), "SlowDown")
        elif self.bucket.refuses:
            status, content, about = 403, REFUSAL.format(self.headers.get("Authorization", "")).encode(), {}
        else:
            with self.bucket.lock:
                status, content, about = _ANSWERS[kind](self, key, query, body)
        self.send_response(status)
        for name, value in {**about, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if how == "cut":  # half of an answer, and then nothing more
            content, self.close_connection = content[: len(content) // 2], True
        if kind != "HEAD":
            self.wfile.write(content)

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _handle  # noqa: N815

    def get(self, key: str, query: Mapping[str, str], body: bytes) -> Answer:
        content = self.bucket.objects.get(key)
        if content is None:
            return _refused(404, "NoSuchKey")
        about = {"ETag": _tag(content), "Last-Modified": WRITTEN}
        asked = self.headers.get("Range")
        if asked is None:
            return 200, content, about
        first, _, last = asked.removeprefix("bytes=").partition("-")
        start = int(first) if first else max(len(content) - int(last), 0)
        end = min(int(last) + 1 if first and last else len(content), len(content))
        if start >= len(content):
            return _refused(416, "InvalidRange")
        return 206, content[start:end], {**about, "Content-Range": f"bytes {start}-{end - 1}/{len(content)}"}

    def put(self, key: str, query: Mapping[str, str], body: bytes) -> Answer:
        there, wanted = self.bucket.objects.get(key), self.headers.get("If-Match")
        new = self.headers.get("If-None-Match") == "*"
        if (new and there is not None) or (wanted is not None and (there is None or _tag(there) != wanted)):
            return _refused(412, "PreconditionFailed")
        if source := self.headers.get("x-amz-copy-source"):
            self.bucket.objects[key] = body = self.bucket.objects[unquote(source).lstrip("/").removeprefix("bucket/")]
            return _xml(f"<CopyObjectResult><ETag>{escape(_tag(body))}</ETag></CopyObjectResult>")
        if "uploadId" in query:
            self.bucket.parts[query["uploadId"]][int(query["partNumber"])] = body
        else:
            self.bucket.objects[key] = body
        return 200, b"", {"ETag": _tag(body)}

    def post(self, key: str, query: Mapping[str, str], body: bytes) -> Answer:
        if "delete" in query:
            keys = [part.partition("</Key>")[0] for part in body.decode().split("<Key>")[1:]]
            for each in keys:
                self.bucket.objects.pop(unescape(each, {"&quot;": '"', "&apos;": "'"}), None)
            gone = "".join(f"<Deleted><Key>{each}</Key></Deleted>" for each in keys)
            return _xml(f"<DeleteResult>{gone}</DeleteResult>")
        if "uploads" in query:
            upload = f"{len(self.bucket.parts)}"
            self.bucket.parts[upload] = {}
            return _xml(f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>")
        parts = self.bucket.parts[query["uploadId"]]
        self.bucket.objects[key] = content = b"".join(parts[number] for number in sorted(parts))
        tag = escape(_tag(content))
        return _xml(f"<CompleteMultipartUploadResult><ETag>{tag}</ETag></CompleteMultipartUploadResult>")

    def delete(self, key: str, query: Mapping[str, str], body: bytes) -> Answer:
        self.bucket.objects.pop(key, None)
        return 204, b"", {}

    def list(self, key: str, query: Mapping[str, str], body: bytes) -> Answer:
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter")
        keys = sorted(name for name in self.bucket.objects if name.startswith(prefix))
        folders = set()
        if delimiter:
            folders = {prefix + rest[0] + "/" for name in keys if (rest := name[len(prefix) :].split("/"))[1:]}
            keys = [name for name in keys if "/" not in name[len(prefix) :]]
        lines = [
            f"<Contents><Key>{escape(name)}</Key><LastModified>2026-12-01T00:00:00.000Z</LastModified>"
            f"<ETag>{escape(_tag(self.bucket.objects[name]))}</ETag><Size>{len(self.bucket.objects[name])}</Size></Contents>"
            for name in keys
        ]
        lines += [f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>" for name in sorted(folders)]
        about = f"<Name>bucket</Name><Prefix>{escape(prefix)}</Prefix><IsTruncated>false</IsTruncated>"
        return _xml(f"<ListBucketResult>{about}{''.join(lines)}</ListBucketResult>")


_ANSWERS: dict[str, Callable[[_Handler, str, Mapping[str, str], bytes], Answer]] = {
    "GET": _Handler.get,
    "HEAD": _Handler.get,
    "PUT": _Handler.put,
    "POST": _Handler.post,
    "DELETE": _Handler.delete,
    "LIST": _Handler.list,
}


def _refused(status: int, code: str) -> Answer:
    return status, f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode(), {}


def _xml(content: str) -> Answer:
    return 200, content.encode(), {}


def _tag(content: bytes) -> str:
    return f'"{hashlib.md5(content).hexdigest()}"'  # as S3 does
