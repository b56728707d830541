"""Whether a store answers, within seconds: the libraries that read it wait and try again for minutes."""

import socket
import threading
from functools import cache
from urllib.parse import urlsplit

from shards import files, stores

PATIENCE = 8.0  # seconds


class NoAnswerError(Exception):
    """A store that does not answer, or answers that it cannot."""


def answered(uri: str) -> None:
    """Ask the store of a URI, once per process, whether a file or folder is there; a local one is not asked.

    Raises
    ------
    NoAnswerError
        when it cannot be reached, and why.
    """
    kind, _, rest = uri.partition("://")
    if rest and kind not in ("file", "memory", "hf"):
        _ask(f"{kind}://{rest.partition('/')[0]}")


@cache
def _ask(store: str) -> None:
    raised: list[Exception] = []
    address = urlsplit(store)

    def ask() -> None:
        try:
            if address.scheme in ("http", "https"):  # there may be nothing at its root, and its library waits minutes
                port = address.port or (80 if address.scheme == "http" else 443)
                socket.create_connection((address.hostname or "", port), PATIENCE / 2).close()
            else:
                stores.reach(store) if stores.holds(store) else files.exists(store)
        except Exception as error:  # noqa: BLE001 - whatever the library raises: the store is of no use
            raised.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if thread.is_alive():
        raise NoAnswerError(f"{store} does not answer within {PATIENCE:g} seconds")
    if raised:
        reason = str(raised[0]).strip().splitlines()[0] if str(raised[0]).strip() else type(raised[0]).__name__
        raise NoAnswerError(f"{store} cannot be reached: {reason}")
