"""Plain text in whatever charset it is, and files of which the name says that they hold none."""

import posixpath

from filters.text.charset import decode
from filters.text.plausibility import implausibility

UNREADABLE = 0.3  # implausibility of a text by the last-resort charset from which it is no text

_OTHER = {
    "picture": (
        *(".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic", ".svg", ".ico", ".eps"),
        *(".psd", ".avif"),
    ),
    "sound": (".mp3", ".wav", ".ogg", ".flac", ".m4a", ".aac", ".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v"),
    "archive": (".zip", ".tar", ".tgz", ".7z", ".rar", ".iso", ".jar", ".whl"),
}
_SYSTEM = {"thumbs.db", "desktop.ini", "__macosx"}  # what a desktop leaves in folders


def plain_text(content: bytes) -> str | None:
    """Return what bytes say in the charset that they are most likely in; None if they are no text in any."""
    decoded = decode(content, "text/plain")
    if decoded.decided_by == "fallback" and implausibility(decoded.text) > UNREADABLE:
        return None
    return decoded.text


def no_text_by_name(name: str) -> str | None:
    """Return what a file is by its name, if that is no text: hidden, picture, sound or archive."""
    if any(step.startswith(".") or step.lower() in _SYSTEM for step in name.split("/")):
        return "hidden"
    ending = posixpath.splitext(name.lower())[1]
    return next((kind for kind, endings in _OTHER.items() if ending in endings), None)
