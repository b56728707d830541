"""Addresses may carry secrets (a password, a token, a signature); what is written or printed of them carries none.

Whatever leaves the process that read a secret goes through `redacted`: messages of errors, logs, what a run records of
its configuration and inputs, and the names of files in the rows. Two addresses that differ in a secret alone are one:
another token for the same file repeats nothing.
"""

import re
from typing import Any

HIDDEN = "***"
# `user:password@` and `key@`; as in every URL, a slash within them is escaped
USER = re.compile(r"(?<=://)[^\s/?#@\"'<>]+@")
# parameters, by the words in their names: `X-Amz-Signature`, `sig`, `access_token`, `AWSAccessKeyId`, `api-key`
PARAMETER = re.compile(
    r"(?P<name>[?&;#](?:amp;)?(?:[\w.%-]*?[-_.])?"
    r"(?:[\w]*(?:signature|token|secret|passw(?:or)?d|credentials?|api_?key|access_?key(?:_?id)?|accessid|keyid)"
    r"|sig|sas|auth|authorization|pwd|pass|key|policy|jwt|session|sessionid)(?:[-_.][\w-]*)?=)[^\s&;#\"'<>]+",
    re.IGNORECASE,
)


def redacted(text: str) -> str:
    """Return a text in which no address has user information, nor a value of a parameter that may be a secret."""
    if "://" not in text and "=" not in text:
        return text
    return PARAMETER.sub(rf"\g<name>{HIDDEN}", USER.sub(f"{HIDDEN}@", text))


def redacted_in(value: Any) -> Any:
    """Return a value of JSON with all its texts redacted, keys too."""
    if isinstance(value, dict):
        return {redacted(key): redacted_in(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redacted_in(item) for item in value]
    return redacted(value) if isinstance(value, str) else value
