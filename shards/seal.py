"""A seal at the end of JSON: the SHA-256 of what stands before it, by which damage and edits are noticed.

    {
     "format": 3,
     …,
     "sealed": "5f2c…"
    }

It is no signature: whoever edits a file on purpose can seal it again.
"""

import hashlib

_SEAL = b',\n "sealed": "'
_END = b"\n}"


def sealed(content: bytes) -> bytes:
    """Return a JSON object, indented by one, with its seal as its last member."""
    body = content.removesuffix(_END)
    return body + _SEAL + _seal_of(body)


def unsealed(content: bytes) -> bytes | None:
    """Return the JSON object that was sealed; None if it is not as it was written."""
    body, _, seal = content.rpartition(_SEAL)
    return body + _END if seal == _seal_of(body) else None


def _seal_of(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode() + b'"' + _END + b"\n"
