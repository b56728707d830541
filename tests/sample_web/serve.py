"""Serve the sample web on this machine: every host by name on 127.0.0.1, and each at a 127.0.0.x of its own.

with serving() as addresses:
    urllib.request.urlopen(addresses["kexue.example"] + "/")
"""

import contextlib
import sys
import threading
import xml.sax.saxutils
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # so that this file also runs by its path

from tests.sample_web.web import Page, pages

VIRTUAL = "*"  # the address that serves every host, by the Host header
FIRST_ADDRESS = 11  # hosts live at 127.0.0.11, 127.0.0.12, … in alphabetical order
PLAIN = ("Content-Type", "text/plain; charset=utf-8")
ROBOTS = "User-agent: *\nDisallow: /private/\nDisallow: /search\nAllow: /\n\nSitemap: {base}/sitemap.xml\n"


@contextlib.contextmanager
def serving() -> Iterator[Mapping[str, str]]:
    """Map each host to the base URL that serves it alone, and `VIRTUAL` to the one that serves them all."""
    sites: dict[str, dict[str, Page]] = {}
    for page in pages():
        sites.setdefault(page.host, {})[page.path] = page
    with contextlib.ExitStack() as stack:
        addresses = {VIRTUAL: stack.enter_context(listening("127.0.0.1", sites, None))}
        for number, host in enumerate(sorted(sites), FIRST_ADDRESS):
            addresses[host] = stack.enter_context(listening(f"127.0.0.{number}", sites, host))
        yield addresses


@contextlib.contextmanager
def listening(address: str, sites: Mapping[str, Mapping[str, Page]], host: str | None) -> Iterator[str]:
    """Serve one host, or every host by name when `host` is null, on a free port of the address."""
    server = Server((address, 0), handler(sites, host))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://{address}:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


def handler(sites: Mapping[str, Mapping[str, Page]], only: str | None) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_GET(self) -> None:
            named = self.headers.get("Host", "")
            site = sites.get(only or named.rsplit(":", 1)[0].lower(), {})
            base = f"http://{named}"
            if site and self.path == "/robots.txt":
                self.answer(200, [PLAIN], ROBOTS.format(base=base).encode())
            elif site and self.path == "/sitemap.xml":
                self.answer(200, [("Content-Type", "application/xml")], sitemap(base, site))
            elif self.path in site:
                page = site[self.path]
                self.answer(page.status, list(page.headers), page.body)
            else:
                self.answer(404, [PLAIN], b"Not found\n")

        def do_HEAD(self) -> None:
            self.do_GET()

        def answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    return Handler


def sitemap(base: str, site: Mapping[str, Page]) -> bytes:
    """The sitemap of one host: its pages that exist, under the address by which it was asked."""
    listed = [page for page in site.values() if page.status == 200 and not page.path.startswith("/private/")]
    entries = [
        f"<url><loc>{xml.sax.saxutils.escape(base + page.path)}</loc>"
        + (f"<lastmod>{page.published}</lastmod>" if page.published else "")
        + "</url>"
        for page in listed
    ]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return (head + "\n".join(entries) + "\n</urlset>\n").encode()


if __name__ == "__main__":
    with serving() as addresses:
        for name, address in addresses.items():
            print(f"{address}\t{name}")
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
