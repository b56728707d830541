"""Plain text: a document a file, in one encoding or in any.

Rejected rows, by reason: `empty`, `not_text` (a binary file), `not_decodable`, `too_large`, `truncated` (its
compression breaks off). The charset of a file for which none is declared is told from its bytes. Of a folder, hidden
files, pictures, sound and archives are counted and are no documents.
A document is named by the digest of its content; its provenance has that of the file, compressed or not.
"""

import codecs
import hashlib
from collections.abc import Iterator
from typing import Literal

from pydantic import field_validator

from pipeline.errors import ShardError
from pipeline.media_types import is_binary
from pipeline.sources.base import Row, Skipped, Source, Split
from pipeline.sources.plain import no_text_by_name, plain_text
from pipeline.sources.streams import DamagedError, decompressed

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class Text(Source):
    """Text files; `encoding` is theirs where they have one in common."""

    kind: Literal["text"] = "text"
    encoding: str | None = None  # the character set of the files; null: detected from their bytes
    max_record_bytes: int = 64 << 20  # a larger file is rejected as `too_large`

    @field_validator("encoding")
    @classmethod
    def _known(cls, encoding: str | None) -> str | None:
        try:
            return encoding and codecs.lookup(encoding).name
        except LookupError as error:
            raise ValueError(f"{encoding} is no encoding that Python knows") from error

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield the row of the file."""
        if split.file not in self.paths and (kind := no_text_by_name(split.name)):
            if skipped is not None:
                skipped[f"{self.kind}.{kind}"] += 1
            return
        with decompressed(split.file, digested=True) as stream:
            try:
                content, damage = stream.read(self.max_record_bytes + 1), None
            except DamagedError:
                content, damage = b"", "truncated"
            size, digest = stream.file_digest()
        if len(content) > self.max_record_bytes:
            damage = "too_large"
        where = self.place(split.name, digest, offset=0, length=size)
        if damage:
            yield self.rejected(damage, digest, where)
            if damage == "truncated":
                raise ShardError(f"{split.file}: its compression is truncated")
        else:
            yield self._row(content, hashlib.sha256(content).hexdigest() if stream.packed else digest, where)

    def _row(self, content: bytes, digest: str, where: Row) -> Row:
        encoding = self.encoding or next((name for bom, name in _BOMS if content.startswith(bom)), "utf-8")
        if not content.strip():
            return self.rejected("empty", digest, where)
        if self.encoding is None and is_binary(content):
            return self.rejected("not_text", digest, where)
        try:
            return self.row(digest, where, content.decode(encoding))
        except UnicodeDecodeError:
            text = plain_text(content) if self.encoding is None else None
        return self.rejected("not_decodable", digest, where) if text is None else self.row(digest, where, text)
