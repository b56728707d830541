"""A web of virtual hosts on loopback addresses, well behaved or not, that keeps its own access log.

    with Web({"a.test": {"/": page("<a href=/b>b</a>"), "/b": page("b")}}) as web:
        web.settings(seeds=["http://a.test/"])

A site is a mapping from paths to answers, or a function from a request to an answer. An answer is what goes over the
wire: bytes, or an iterator of bytes that may sleep; None closes the connection without a word.
"""

import contextlib
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pipeline.crawl.settings import Crawl

Answer: TypeAlias = bytes | Iterable[bytes] | None


@dataclass
class Request:
    host: str
    path: str
    headers: Mapping[str, str]
    at: float
    done: float = 0.0
    address: str = ""


Site: TypeAlias = Mapping[str, Answer] | Callable[[Request], Answer]


def respond(body: bytes | str = b"", status: str = "200 OK", **headers: str) -> bytes:
    """A response as a well-behaved server sends it; `content_type` and the like are headers."""
    body = body.encode() if isinstance(body, str) else body
    fields = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body))}
    fields |= {name.replace("_", "-").title(): value for name, value in headers.items()}
    return _join(status, fields, body)


def _join(status: str, fields: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def page(body: str, **headers: str) -> bytes:
    """An HTML page."""
    return respond(f"<!doctype html><html lang=en><body>{body}</body></html>", **headers)


def robots(text: str) -> bytes:
    return respond(text, content_type="text/plain")


@dataclass
class Web:
    sites: Mapping[str, Site]
    certificate: tuple[str, str] | None = None  # files of chain and key: then it speaks TLS
    first: int = 2
    log: list[Request] = field(default_factory=list)
    addresses: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> "Web":
        self._stack = contextlib.ExitStack()
        for number, host in enumerate(self.sites):
            address = f"127.77.0.{self.first + number}"
            server = self._stack.enter_context(_Server((address, 0), _handler(self, host)))
            if self.certificate:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(*self.certificate)
                server.context = context
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
            thread.start()
            self._stack.callback(thread.join)
            self._stack.callback(server.shutdown)
            self.addresses[host] = f"{address}:{server.server_address[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def settings(self, seeds: list[Any], **settings: Any) -> Crawl:
        """Settings for a crawl of this web: in a hurry, and with nowhere else to go."""
        network = {
            "networks": ["127.77.0.0/16"],
            "hosts": {host: [address] for host, address in self.addresses.items()},
        }
        network |= settings.pop("network", {})
        politeness = {"delay": 0, "latency": 0, "max_delay": 0.05, "retries": 1, **settings.pop("politeness", {})}
        return Crawl.model_validate(
            {
                "contact": "crawler@example.org",
                "seeds": seeds,
                "partitions": 4,
                "evidence": [],
                "test_network": network,
                "politeness": politeness,
                **settings,
            }
        )

    def paths(self, host: str) -> list[str]:
        """What a host was asked for, in order."""
        return [request.path for request in self.log if request.host == host]


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    context: ssl.SSLContext | None = None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is nothing to talk about."""


def _handler(web: Web, host: str) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        server: _Server
        timeout = 20

        def setup(self) -> None:
            if self.server.context is not None:
                plain = self.request
                try:
                    self.request = self.server.context.wrap_socket(plain, server_side=True)
                finally:
                    plain.close()
            super().setup()

        def finish(self) -> None:
            with contextlib.suppress(OSError):
                super().finish()
            self.request.close()

        def handle(self) -> None:
            while line := self.rfile.readline():
                fields = {}
                while header := self.rfile.readline().decode("latin-1").strip():
                    name, _, value = header.partition(":")
                    fields[name.lower()] = value.strip()
                request = Request(host, line.decode("latin-1").split()[1], fields, time.monotonic())
                request.address = self.client_address[0]
                web.log.append(request)
                site = web.sites[host]
                answer = site(request) if callable(site) else site.get(request.path, respond("", "404 Not Found"))
                if answer is None:
                    return
                for part in [answer] if isinstance(answer, bytes) else answer:
                    self.wfile.write(part)
                    self.wfile.flush()
                request.done = time.monotonic()
                if not isinstance(answer, bytes) or b"connection: close" in answer[:2000].lower():
                    return

    return Handler
