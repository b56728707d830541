"""The server of the explorer: on loopback, for whoever has the address, and nobody else on the machine or in a browser.

Documents are of strangers, and so may be the pages that are open beside this one. The token in the path keeps out other
users; the check of `Host`, pages elsewhere whose name leads here; the policy, whatever a document would fetch or run.
The standard library serves: there are few readers, no uploads, and no dependency to watch.
"""

import hmac
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol, TypeAlias
from urllib.parse import parse_qs

from pipeline.pages.frame import digest, style_text

Fields: TypeAlias = Mapping[str, list[str]]  # of a query or a form

LOOPBACK = "127.0.0.1"
LARGEST = 64 << 10  # bytes of a form
MOST_FIELDS = 100
PATIENCE = 30  # seconds for a request to come in

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reply:
    """What a request is answered with."""

    content: str
    kind: str = "text/html"
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)


def moved(address: str) -> Reply:
    """Return the answer to a form that was taken: the page to look at next."""
    return Reply("", status=HTTPStatus.SEE_OTHER, headers={"Location": address})


def told(status: HTTPStatus) -> Reply:
    """Return an answer that says nothing but its status."""
    return Reply(f"{status.value} {status.phrase}\n", "text/plain", status)


class Pages(Protocol):
    """What the server gives; a path is what stands behind the token, without its query."""

    def get(self, path: str, query: Fields) -> Reply:
        """Return a page."""

    def post(self, path: str, form: Fields) -> Reply:
        """Take a form."""


class Server(ThreadingHTTPServer):
    """Pages on a port of this machine."""

    daemon_threads = True
    request_queue_size = 128  # of the standard 5, a page with what it asks for fills some: others wait for a second

    def __init__(self, pages: Pages, port: int = 0, token: str | None = None) -> None:
        super().__init__((LOOPBACK, port), Handler)
        self.pages = pages
        self.token = token or secrets.token_urlsafe(24)
        self.hosts = {f"{name}:{self.server_port}" for name in (LOOPBACK, "localhost")}

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing aloud of a connection that broke off: what a page does wrong is logged where it is made."""
        logger.debug("a request broke off", exc_info=True)

    @property
    def address(self) -> str:
        """Where the first page is, token included."""
        return f"http://{LOOPBACK}:{self.server_port}/{self.token}/"


def policy() -> str:
    """Return what a page may do: be drawn, send forms here, and run the script that lies here."""
    style = f"'self' '{digest(style_text())}'"
    return (
        f"default-src 'none'; style-src {style}; script-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    )


HEADERS = {
    "Content-Security-Policy": policy(),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Handler(BaseHTTPRequestHandler):
    """Answers requests that are meant for this server."""

    server: Server
    timeout = PATIENCE
    server_version = "yuliao"
    sys_version = ""

    def do_GET(self) -> None:
        """Give a page."""
        self._answer(None)

    do_HEAD = do_GET  # noqa: N815 # the name that the base calls

    def do_POST(self) -> None:
        """Take a form, if a page of this server has sent it."""
        size = self.headers.get("Content-Length", "")
        kind = self.headers.get("Content-Type", "").partition(";")[0]
        if not size.isdecimal() or len(size) > len(str(LARGEST)) or int(size) > LARGEST:
            self.close_connection = True
            self._send(told(HTTPStatus.REQUEST_ENTITY_TOO_LARGE))
            return
        content = self.rfile.read(int(size))
        if len(content) < int(size):  # a form that broke off says something else
            self.close_connection = True
            self._send(told(HTTPStatus.BAD_REQUEST))
            return
        if kind != "application/x-www-form-urlencoded" or not self._from_here():
            self._send(told(HTTPStatus.FORBIDDEN))
            return
        self._answer(content.decode("utf-8", "replace"))

    def _from_here(self) -> bool:
        """Return whether a browser says that the form stood on a page of this server; what says nothing is none."""
        site = self.headers.get("Sec-Fetch-Site")
        if site is not None:
            return site == "same-origin"
        return self.headers.get("Origin") in (None, f"http://{self.headers.get('Host')}")

    def _answer(self, form: str | None) -> None:
        if self.headers.get("Host") not in self.server.hosts:
            self._send(told(HTTPStatus.MISDIRECTED_REQUEST))
            return
        address, _, query = self.path.partition("?")
        if address == "/favicon.ico":  # a browser asks for it unbidden, and would complain of what is not there
            self._send(Reply("", status=HTTPStatus.NO_CONTENT))
            return
        _, token, path = [*address.split("/", 2), "", ""][:3]
        if not hmac.compare_digest(token.encode("utf-8", "replace"), self.server.token.encode()):
            self._send(told(HTTPStatus.NOT_FOUND))
            return
        try:
            self._send(self._reply(path, query, form))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # nobody waits for it any more

    def _reply(self, path: str, query: str, form: str | None) -> Reply:
        try:
            if form is None:
                return self.server.pages.get(path, fields_of(query))
            return self.server.pages.post(path, fields_of(form))
        except ValueError as error:
            logger.info("%s: %s", path, error)
            return told(HTTPStatus.BAD_REQUEST)
        except Exception:
            logger.exception("%s?%s", path, query)
            return told(HTTPStatus.INTERNAL_SERVER_ERROR)

    def _send(self, reply: Reply) -> None:
        content = reply.content.encode()
        self.send_response(reply.status)
        for name, value in {**HEADERS, **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", f"{reply.kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # as the base has it
        """Say nothing of requests: their addresses have the token."""


def fields_of(query: str) -> dict[str, list[str]]:
    """Return the fields of a query or a form.

    Raises
    ------
    ValueError
        when there are too many.
    """
    return parse_qs(query, keep_blank_values=True, max_num_fields=MOST_FIELDS)
