"""Files on the web: how long they are, what a server answers for them, and those whose server tells no length."""

import contextlib
import tempfile
import time
from email.utils import parsedate_to_datetime
from typing import Any

import pyarrow as pa

WEB = ("http", "https")


def length(uri: str) -> int | None:
    """Return the length of a file in bytes; None if its server does not tell, or compresses what it sends.

    Raises
    ------
    FileNotFoundError
        whatever the server answered in place of the file; `status` tells what.
    """
    size: int | None = _web().info(uri).get("size")
    return size


def fetched(uri: str) -> pa.NativeFile:
    """Return a file that was fetched whole, without what it was compressed with on its way."""
    with tempfile.NamedTemporaryFile() as copy:  # its name goes at once, its content when it is closed
        _web().get_file(uri, copy.name)
        return pa.OSFile(copy.name)


def status(uri: str) -> tuple[int, float]:
    """Return the status with which a server answers for a file, and in how many seconds it asks to be asked again."""
    from fsspec.asyn import sync

    web = _web()

    async def asked() -> tuple[int, float]:
        session = await web.set_session()
        async with session.get(uri) as answer:
            return answer.status, _seconds(answer.headers.get("Retry-After", ""))

    answered: tuple[int, float] = sync(web.loop, asked)
    return answered


def _web() -> Any:
    import fsspec  # brings asyncio, and most runs read local files

    return fsspec.filesystem("http")


def _seconds(retry_after: str) -> float:
    """Return the seconds that a header Retry-After names, by number or by date; 0 if it names none."""
    if retry_after.strip().isdigit():
        return float(retry_after)
    with contextlib.suppress(ValueError, TypeError):
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    return 0.0
