"""Whether a store answers, within seconds: the libraries that read it wait and try again for minutes."""

import socket
import threading
import time
from collections.abc import Iterable
from urllib.parse import urlsplit

from shards import files, stores
from shards.errors import StoreError

PATIENCE = 6.0  # seconds: with the start of a command, less than ten
PAUSES = (0.1, 0.3, 0.6)  # seconds before it is asked again: one answer that breaks off says little


class NoAnswerError(Exception):
    """A store that does not answer, or answers that it cannot; `again`: the same question may be answered later."""

    def __init__(self, sentence: str, *, again: bool) -> None:
        super().__init__(sentence)
        self.again = again


def answered(uri: str) -> None:
    """Ask the store of a URI, once per process, whether a file or folder is there; a local one is not asked.

    Raises
    ------
    NoAnswerError
        when it cannot be reached, and why.
    """
    if (store := _store(uri)) is not None:
        _asked(store).wait()


def ask_at_once(uris: Iterable[str]) -> None:
    """Begin to ask the stores of some URIs side by side; those that gave no answer before are asked anew."""
    for store in {store for uri in uris if (store := _store(uri)) is not None}:
        if store in _questions and not _questions[store].was_answered():
            del _questions[store]
        _asked(store)


def _store(uri: str) -> str | None:
    kind, _, rest = uri.partition("://")
    return f"{kind}://{rest.partition('/')[0]}" if rest and kind not in ("file", "memory", "hf") else None


class _Question:
    """A question that a store is asked from now on."""

    def __init__(self, store: str) -> None:
        self._store, self._until = store, time.monotonic() + PATIENCE
        self._raised: Exception | None = None
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def _ask(self) -> None:
        for pause in (*PAUSES, None):
            try:
                self._ask_once()
            except Exception as error:  # noqa: BLE001 - whatever the library raises: the store is of no use
                self._raised = error
                if pause is None or not _may_pass(error):
                    return
                time.sleep(pause)
            else:
                self._raised = None
                return

    def _ask_once(self) -> None:
        address = urlsplit(self._store)
        if address.scheme in ("http", "https"):  # there may be nothing at its root, and its library waits minutes
            port = address.port or (80 if address.scheme == "http" else 443)
            socket.create_connection((address.hostname or "", port), PATIENCE / 2).close()
        else:
            stores.reach(self._store) if stores.holds(self._store) else files.exists(self._store)

    def was_answered(self) -> bool:
        return not self._thread.is_alive() and self._raised is None

    def wait(self) -> None:
        self._thread.join(max(0.0, self._until - time.monotonic()))
        if self._thread.is_alive():
            raise NoAnswerError(f"{self._store} does not answer within {PATIENCE:g} seconds", again=True)
        if self._raised is not None:
            said = str(self._raised).strip().splitlines() or [type(self._raised).__name__]
            raise NoAnswerError(f"{self._store} cannot be reached: {said[0]}", again=_may_pass(self._raised))


def _may_pass(error: Exception) -> bool:
    """Whether nobody was there, or somebody who could not: what a store refuses, or is not found, is a mistake."""
    if isinstance(error, StoreError):
        return error.again
    return isinstance(error, OSError) and not isinstance(error, (FileNotFoundError, PermissionError, socket.gaierror))


_questions: dict[str, _Question] = {}


def _asked(store: str) -> _Question:
    if store not in _questions:
        _questions[store] = _Question(store)
    return _questions[store]
