"""The limits of `extract`, held before any other step parses a page: what is beyond them is rejected in its name."""

from collections.abc import Mapping

import pyarrow as pa

from filters.chain import REASONS, Judgement, Step
from filters.text.charset import decode
from pipeline.extract.limits import Limits
from pipeline.media_types import is_plain
from shards.schema import with_columns

# Of charsets in which a byte that looks like < may be part of another character: UTF-16, ISO-2022-JP, HZ.
_NOT_ASCII = (b"\x00", b"\x1b", b"~{")


class PageLimits(Step, frozen=True):
    """Pages beyond the limits go no further."""

    name: str = "extract"
    limits: Limits = Limits()

    def run(self, batch: pa.RecordBatch) -> Judgement:
        """Return the documents, those of pages beyond the limits rejected."""
        payloads, types = batch.column("payload"), batch.column("content_type")
        if payloads.null_count == len(payloads):
            return Judgement(batch, {}, pa.array([[]] * len(payloads), REASONS))
        reasons = [
            None if payload is None else self._broken(payload.as_buffer(), content_type.as_py())
            for payload, content_type in zip(payloads, types, strict=True)
        ]
        broken = [[f"extract.{reason}"] if reason else [] for reason in reasons]
        column = pa.array([each[0] if each else None for each in broken], pa.string())
        return Judgement(with_columns(batch, {"rejected_by": column}), {}, pa.array(broken, REASONS))

    def measures(self) -> Mapping[str, pa.DataType]:
        return {}

    def _broken(self, payload: pa.Buffer | None, content_type: str | None) -> str | None:
        content = payload.to_pybytes() if payload is not None else b""
        if len(content) <= self.limits.max_bytes and is_plain((content_type or "").lower(), content):
            return None
        if len(content) <= self.limits.max_bytes and any(sign in content for sign in _NOT_ASCII):
            content = decode(content, content_type).text.encode("utf-8", "replace")
        return self.limits.broken_by(content)
