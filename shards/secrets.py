"""Addresses may carry secrets (a password, a token, a signature); what is written or printed of them carries none.

Whatever leaves the process that read a secret goes through `redacted`: messages of errors, logs, what a run records of
its configuration and inputs, and the names of files in the rows. Two addresses that differ in a secret alone are one:
another token for the same file repeats nothing. Messages, logs and tracebacks go through `discreet`, which also hides
the headers and answers of stores that a library repeats, and what variables of the environment hold.
"""

import os
import re
from collections.abc import Callable
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
# what a library repeats of a request or of a refusal
HEADER = re.compile(
    r"(?P<name>\b(?:(?:proxy-)?authorization|(?:set-)?cookie|x-amz-security-token|x-api-key)[\"']?\s*[:=]\s*[\"']?)"
    r"[^\r\n\"']+|(?P<scheme>\b(?:bearer|basic|aws4-hmac-sha256)\s+)[^\s\"'<>]{8}[^\r\n\"'<>]*",
    re.IGNORECASE,
)
ANSWER = re.compile(
    r"(?P<tag><(?P<called>\w*(?:accesskeyid|signature|stringtosign|canonicalrequest|token|secret)\w*)>)[^<]*(?=</(?P=called)>)",
    re.IGNORECASE,
)
VARIABLE = re.compile(r"(?:SECRET|TOKEN|PASSW(?:OR)?D|CREDENTIALS?|API_?KEY|ACCESS_KEY(?:_ID)?|PRIVATE_KEY)$")
SHORTEST = 8  # characters: what is shorter is in too many words


def discreet(text: str) -> str:
    """Return a message without secrets: of addresses, of headers and refusals, of the environment."""
    text = HEADER.sub(lambda match: f"{match['name'] or match['scheme']}{HIDDEN}", redacted(text))
    text = ANSWER.sub(rf"\g<tag>{HIDDEN}", text)
    held = (value for name, value in os.environ.items() if VARIABLE.search(name) and len(value) >= SHORTEST)
    for value in sorted(held, key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    return text


def redacted(text: str) -> str:
    """Return a text in which no address has user information, nor a value of a parameter that may be a secret."""
    if "://" not in text and "=" not in text:
        return text
    return PARAMETER.sub(rf"\g<name>{HIDDEN}", USER.sub(f"{HIDDEN}@", text))


def redacted_in(value: Any, told: Callable[[str], str] = redacted) -> Any:
    """Return a value of JSON with all its texts redacted, keys too; `told` is how."""
    if isinstance(value, dict):
        return {told(key): redacted_in(item, told) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redacted_in(item, told) for item in value]
    return told(value) if isinstance(value, str) else value
