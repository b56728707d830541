"""Sources whose records are told in sentences (`pipeline.records`): a document a record, in each language asked for.

How a record is put into words depends on its number among those of its file or archive, so that neighbours differ.
`payload_digest` is that of what the record says, in whatever words: the same record in another file is a copy, and so,
where its format knows what makes two records one (`Record.identity`), is the same compound of another run. Numbers of a
record that its text has not are counted: `KIND.left_out.numbers`.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import xxhash
from pydantic import Field

from pipeline.doi import doi_of
from pipeline.records.facts import Record
from pipeline.records.telling import Language, rendered
from pipeline.sources.base import Row, Skipped, as_date
from pipeline.sources.licence import Statement, own_licence
from pipeline.sources.sandboxed import Sandboxed
from shards.schema import storable


class Telling(Sandboxed):
    """A source of records, which `tell` makes documents of."""

    # the languages in which each record is rendered as text, one document per language
    told_in: tuple[Language, ...] = Field(("eng_Latn",), min_length=1)

    def tell(
        self, record: Record, number: int, where: Row, skipped: Skipped, columns: Row | None = None
    ) -> Iterator[Row]:
        """Yield the documents of a record, the `number`th of its file; `columns` go before those of the record."""
        digest = hashlib.sha256(record.content.encode("utf-8", "replace")).hexdigest()
        filled = self._columns(record) | (columns or {})
        source_id = storable(str(filled.pop("source_id", None) or record.id or digest))
        start = xxhash.xxh3_64_intdigest(str(where["file"]).encode())
        for language in self.told_in:
            name = source_id if language == self.told_in[0] else f"{source_id}#{language}"
            said = rendered(record, language, start + number)
            if not said.text:
                yield self.rejected("no_text", name, where, **filled)
                continue
            if said.left_out:
                skipped[f"{self.kind}.left_out.numbers"] += said.left_out
            own = {"title": said.title and storable(said.title), "language": language} | filled
            same = f"{record.identity or digest}\x1f{language}".encode("utf-8", "replace")
            own["payload_digest"] = xxhash.xxh3_128_hexdigest(same)
            yield self.row(name, where, said.text, **own)

    def _columns(self, record: Record) -> Row:
        columns: dict[str, Any] = {name: storable(value) for name, value in record.columns.items() if value is not None}
        stated = columns.pop("license", None)
        columns["published"] = as_date(columns.get("published"))
        columns["doi"] = doi_of(columns.get("doi"))
        if self.domain is None and record.subject is not None:
            columns["domain"] = record.subject
        filled = {name: value for name, value in columns.items() if value is not None}
        return filled | (dict(own_licence(self, [Statement("record", stated)])) if stated else {})
