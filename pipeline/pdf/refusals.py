"""Why a file gives no text: the reasons, and the measures that decide which of them holds."""

import re

_HEAD = re.compile(rb"%PDF-")
_HEAD_WITHIN = 1024  # where readers look for it
_END_WITHIN = 2048
CUT = (1 << 20, 5 << 20)  # bytes at which Common Crawl cuts what it fetches: before 2025, and since


class Refusal(Exception):  # noqa: N818 - an answer, not an error of ours
    """A file that gives no text; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def is_pdf(content: bytes) -> bool:
    """Return whether a file begins as PDF does, junk before it included."""
    return _HEAD.search(content[:_HEAD_WITHIN]) is not None


def unopened(content: bytes) -> str:
    """Return why a file that begins as PDF cannot be opened: it is cut off, or damaged."""
    cut = len(content) in CUT or b"%%EOF" not in content[-_END_WITHIN:]
    return "truncated" if cut else "damaged"
