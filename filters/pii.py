"""Personal data and secrets: counted, replaced by placeholders that are the same in every run, or reason to reject.

A placeholder says what stood there and nothing of the value: `<|pii:email|>`. No value is logged, and no span is kept
with the document, for that would publish it again.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa

from filters import evidence
from filters.base import Columns, Filter, Range, Signals
from filters.documents import Documents
from filters.evidence import Pieces
from filters.personal.find import Span, find_all
from filters.personal.kinds import TABLE
from shards.arrays import Floats

GROUPS = ("email", "phone", "national_id", "passport", "bank_card", "iban", "ip", "plate", "account", "secret")


class PII(Filter):
    """Replace personal data, and reject documents that hold a secret key or are a list of people."""

    name: Literal["pii"] = "pii"
    action: Literal["redact", "tag"] = "redact"  # `redact` replaces each finding by a placeholder, `tag` only counts it
    email: Range = Range()  # e-mail addresses found; they are replaced, so the number is not bounded
    phone: Range = Range()  # telephone numbers found
    national_id: Range = Range()  # identity, social security and tax numbers found, by their check digits
    passport: Range = Range()  # passport and travel permit numbers found; they need a word for it nearby
    bank_card: Range = Range()  # bank card numbers found, by their check digit
    iban: Range = Range()  # International Bank Account Numbers found, by check digits
    ip: Range = Range()  # public IP addresses found; private ones are left alone
    plate: Range = Range()  # Chinese vehicle number plates found
    account: Range = Range()  # accounts of messengers and social networks found
    secret: Range = Range(max=0)  # keys, tokens and passwords of programs found
    # findings per 1,000 characters, except IP addresses (a list of servers is not a list of people); one or two
    # in a short text pass
    density: Range = Range(max=5)

    def resources(self) -> Sequence[Path]:
        return (TABLE,)

    def annotate(self, documents: Documents) -> tuple[Signals, Columns]:
        spans = find_all(documents.characters)
        signals = {group: _counts(spans, group) for group in GROUPS}
        signals["density"] = (sum(signals.values()) - signals["ip"]) / _thousands(documents)
        if self.action == "tag" or not any(spans):
            return signals, {}
        texts = (text.as_py() if found else text for text, found in zip(documents.texts, spans, strict=True))
        redacted = [redact(text, found) if found else text for text, found in zip(texts, spans, strict=True)]
        return signals, {"text": pa.array(redacted, pa.string())}

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        (spans,) = find_all(documents.characters)
        found = {
            group: evidence.of_spans(((span.start, span.end) for span in spans if span.group == group), 1)
            for group in GROUPS
        }
        every = ((span.start, span.end) for span in spans if span.group != "ip")
        return found | {"density": evidence.of_spans(every, float(_thousands(documents)[0]))}


def _thousands(documents: Documents) -> Floats:
    """Return how many times 1,000 characters each document has; at least once."""
    return np.maximum(documents.characters.count, 1_000) / 1_000


def _counts(spans: Sequence[Sequence[Span]], group: str) -> Floats:
    return np.array([sum(span.group == group for span in found) for found in spans], np.float64)


def redact(text: str, spans: Sequence[Span]) -> str:
    """Return the text with each span replaced by a placeholder of its kind."""
    pieces, position = [], 0
    for span in spans:
        pieces += [text[position : span.start], f"<|pii:{span.kind}|>"]
        position = span.end
    return "".join([*pieces, text[position:]])
