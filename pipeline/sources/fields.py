"""Which field of a record is which column: the declared mapping of the sources that have named fields."""

import contextlib
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, field_validator

from pipeline.authors import joined
from pipeline.doi import doi_of
from pipeline.errors import ConfigError, ShardError
from pipeline.sources.base import Row, Source, Split, as_date
from pipeline.sources.licence import Statement, own_licence
from pipeline.sources.template import MissingError, parsed
from shards.schema import storable

_CONTENTS = 32  # hex digits of the digest of a record that are added to its id
COLUMNS = ("title", "author", "url", "doi", "contributor", "license", "license_url", "language", "domain")


class Fields(BaseModel, frozen=True, extra="forbid"):
    """The field of each column. A name may be a path: `meta.url`, `authors.0.name`, or, of all authors, `authors.name`.

    Several text fields are joined as paragraphs; a `template` renders the record instead (see `template`). A record
    without an `id` field is named by a digest of its content.
    """

    text: str | tuple[str, ...] = "text"  # the fields of the text; several are joined as paragraphs
    # renders the record as text, in place of `text`: "# {title}\n\n{body}[[\n\nSee {url}]]"
    template: str | None = None
    id: str | None = None  # the field that identifies the record permanently; null: a digest of its content
    # add a digest of the record to its id, for suppliers that give several records the same id
    id_with_contents: bool = False
    title: str | None = None  # the field of the document's title
    author: str | None = None  # the field of the author, or of a list of authors
    published: str | None = None  # the field of the day on which the document first appeared
    url: str | None = None  # the field of the document's address
    doi: str | None = None  # the field of the DOI, in any spelling
    fetched_at: str | None = None  # the field of the time of capture: ISO 8601, or seconds since 1970
    contributor: str | None = None  # the field of the supplier, in place of the source's
    license: str | None = None  # the field of the licence, in place of the source's: an SPDX id or a name
    license_url: str | None = None  # the field of the address of the licence text
    language: str | None = None  # the field of the language, as zho_Hans
    domain: str | None = None  # the field of the subject, in place of the source's

    @field_validator("template")
    @classmethod
    def _well_formed(cls, template: str | None) -> str | None:
        if template is not None:
            parsed(template)
        return template

    @property
    def tells(self) -> bool:
        """Whether nothing is said of the text, so that a source which can tell its records does."""
        return self.template is None and self.text == "text"

    def paths(self) -> list[str]:
        """Return every path that is read."""
        others = {"template", "id_with_contents"} | ({"text"} if self.template else set())
        values = self.model_dump(exclude=others, exclude_none=True)
        paths = {path for value in values.values() for path in ([value] if isinstance(value, str) else value)}
        return sorted(paths | set(parsed(self.template).paths() if self.template else ()))

    def missing(self, names: Sequence[str]) -> str | None:
        """Return why a table with these columns has no text, or None if it may have one."""
        wanted = (self.text,) if isinstance(self.text, str) else self.text
        if self.template is not None or any({path, path.partition(".")[0]} & set(names) for path in wanted):
            return None
        return f"fields.text: no column is named {' or '.join(wanted)}; there are: {', '.join(names) or 'none'}"

    def top_level(self, names: list[str]) -> list[str]:
        """Return those of the names that the paths need, in order."""
        wanted = {path for path in self.paths() if path in names}
        wanted |= {path.partition(".")[0] for path in self.paths() if path not in names}
        return [name for name in names if name in wanted]


class Table(Source):
    """A source of rows whose columns have names."""

    fields: Fields = Fields()  # which field of a record is which column

    def columns(self, file: str) -> list[str]:
        """Return the names of the columns of a file; a `ShardError` if it cannot be read."""
        raise TypeError(f"{type(self).__name__} has no columns: override `columns`")

    def splits(self) -> list[Split]:
        """Return the tasks; the first of the files must have what the text is read from."""
        parts = super().splits()
        with contextlib.suppress(ShardError):  # that it cannot be read is told when it is
            if why := self.fields.missing(self.columns(parts[0].file)):
                raise ConfigError(f"{self.name}: {parts[0].name}: {why}")
        return parts


def field(record: Any, path: str | None) -> Any:
    """Return the value at a path, or None. A key that contains dots goes before a path of keys."""
    if path is None or record is None:
        return None
    if isinstance(record, Mapping) and path in record:
        return record[path]
    if "." not in path and isinstance(record, dict):
        return None
    head, _, rest = path.partition(".")
    if isinstance(record, Mapping):
        value = record.get(head)
    elif isinstance(record, list) and head.isdigit():
        value = record[int(head)] if int(head) < len(record) else None
    elif isinstance(record, list):
        return [value for item in record if (value := field(item, path)) is not None] or None
    else:
        return None
    return field(value, rest) if rest else value


def mapped(source: Source, fields: Fields, record: Any, where: dict[str, Any], digest: str | None = None) -> Row:
    """Return the row of a record; one without text is `no_text`, one that the template does not fit `no_field`."""
    columns = columns_of(source, fields, record)
    contents = digest or content_digest(record)
    source_id = as_text(field(record, fields.id)) or contents
    if fields.id_with_contents and source_id != contents:
        source_id = f"{source_id}#{contents[:_CONTENTS]}"
    try:
        text = _text(fields, record)
    except MissingError:
        return source.rejected("no_field", source_id, where, **columns)
    if not text.strip():
        return source.rejected("no_text", source_id, where, **columns)
    return source.row(source_id, where, text, **columns)


def _text(fields: Fields, record: Any) -> str:
    if fields.template is not None:
        return storable(parsed(fields.template).render(record, field))
    paths = (fields.text,) if isinstance(fields.text, str) else fields.text
    texts = [as_text(field(record, path), numbers=False) for path in paths]
    return "\n\n".join(text for text in texts if text)


def columns_of(source: Source, fields: Fields, record: Any) -> Row:
    """Return the columns that the fields of a record fill, its own licence among them."""
    values: Row = {name: as_text(field(record, getattr(fields, name))) for name in COLUMNS}
    values["author"] = _authors(field(record, fields.author))
    values["doi"] = doi_of(values["doi"])
    values["published"] = as_date(field(record, fields.published))
    values["fetched_at"] = as_time(field(record, fields.fetched_at))
    columns = {name: value for name, value in values.items() if value is not None}
    stated = [
        Statement(f"field {path}", columns[name])
        for name, path in (("license", fields.license), ("license_url", fields.license_url))
        if name in columns
    ]
    return columns | own_licence(source, stated)


def _authors(value: Any) -> str | None:
    return joined(as_text(name) for name in (value if isinstance(value, list) else [value]))


def as_text(value: Any, *, numbers: bool = True) -> str | None:
    """Return a value as text: a string, a list of strings as paragraphs (or of names as a list), a number; or None."""
    if isinstance(value, str):
        return storable(value) or None
    if isinstance(value, list):
        parts = [as_text(part, numbers=numbers) for part in value]
        return (", " if numbers else "\n\n").join(part for part in parts if part) or None
    if numbers and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def as_time(value: Any) -> datetime | None:
    """Return a time from a datetime, an ISO 8601 string or seconds since 1970; UTC where no zone is given."""
    if value is None:
        return None
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def content_digest(record: Any) -> str:
    """Return the SHA-256 of a record as canonical JSON: keys in order, ASCII, `, ` and `: ` between, what JSON does not
    have (dates, bytes) as Python's `str`. The record is an object of its fields, or an array of the values of a line.
    """
    content = json.dumps(record, sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.sha256(content.encode()).hexdigest()
