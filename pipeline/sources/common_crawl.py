"""A subset of Common Crawl by its columnar index: the pages of some hosts or languages, fetched one by one.

`paths` are the Parquet files of the index (`cc-index/table/cc-main/warc/crawl=…/subset=warc/*.parquet`), `prefix` is
where the WARC files stand. Only the row groups, columns and rows that the filters leave are read of the index, and
only the bytes of the records of the WARC files. A row of the index that passes is a row here, with the provenance of
its WARC record; the others are counted. Rejected rows, by reason: those of `warc`, and `missing`, a file that is gone.
"""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import ShardError, SourceError
from pipeline.sources.base import Row, Skipped, Source, Split, opened, part, reading_errors
from pipeline.sources.names import File, portable
from pipeline.sources.pdf import MEASURES
from pipeline.sources.pdf_records import PDF, with_texts
from pipeline.sources.warc import record_row
from pipeline.sources.warc_records import NotWarcError, records
from shards import files

_COLUMNS = ("url", "warc_filename", "warc_record_offset", "warc_record_length")
_OK = 200


class CommonCrawl(Source):
    """Pages that the index names; each filter that is given must be met."""

    kind: Literal["common_crawl"] = "common_crawl"
    prefix: str = "https://data.commoncrawl.org/"  # put before the paths of the WARC files that the index names
    hosts: tuple[str, ...] = ()  # only pages of these hosts: www.example.org
    domains: tuple[str, ...] = ()  # only pages of these registered domains and all hosts below them: example.org
    tlds: tuple[str, ...] = ()  # only pages below these top-level domains: fr
    languages: tuple[str, ...] = ()  # only pages whose first language in the index is one of these, ISO 639-3: fra
    # only pages of these types, as Common Crawl detected them; PDFs are application/pdf
    media_types: tuple[str, ...] = ("text/html", "application/xhtml+xml")
    fetches: int = 16  # records that one task fetches at a time; more load the store more
    max_record_bytes: int = 64 << 20  # a larger record is rejected as `too_large`
    pdf: Literal["read", "skip"] = "read"  # PDFs: `read` them like the source `pdf`, or reject them as `not_text`

    suffixes: ClassVar[tuple[str, ...]] = (".parquet",)
    libraries: ClassVar[tuple[str, ...]] = ("fastwarc", "isal", "pypdfium2")

    def measures(self) -> tuple[str, ...]:
        return MEASURES if self.pdf == "read" and PDF in self.media_types else ()

    @property
    def gives_pages(self) -> bool:
        return True

    def pieces(self, file: File, size: int) -> list[Split]:
        """Return a task for each row group that may hold a page that is wanted."""
        with opened(file.uri) as content:
            try:
                count = pq.ParquetFile(content).num_row_groups
            except pa.ArrowException as error:
                raise ShardError(f"{file.uri}: not a Parquet file: {error}") from error
        return [part(file, group, group + 1) for group in range(count)]

    def located(self, name: str) -> str:
        """Return where a WARC file that the index names is opened."""
        return self.prefix + name

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield a row for every page that is wanted, in the order of the WARC files."""
        pages, total = self._wanted(split)
        if skipped is not None:
            skipped[f"{self.kind}.filtered"] += total - len(pages)
        with ThreadPoolExecutor(self.fetches) as pool:
            for start in range(0, len(pages), self.fetches):  # no further ahead than the reader
                rows = pool.map(self._page, pages[start : start + self.fetches])
                yield from with_texts(self, split.name, rows, skipped)

    def expression(self) -> pc.Expression:
        """Return the filters, in terms that Parquet statistics can answer."""
        expression = pc.field("fetch_status") == _OK
        for column, values in (
            ("url_host_name", self.hosts),
            ("url_host_registered_domain", self.domains),
            ("url_host_tld", self.tlds),
            ("content_mime_detected", self.media_types),
        ):
            if values:
                expression &= pc.field(column).isin(values)
        if self.languages:
            first = pc.field("content_languages")
            ranges = [(first >= code) & (first < code + "-") for code in self.languages]  # "," is before "-"
            expression &= _any(ranges)
        return expression

    def _wanted(self, split: Split) -> tuple[list[dict[str, Any]], int]:
        import pyarrow.dataset as ds  # it loads pandas: half a second in every worker, and wanted here only

        try:
            fragment = ds.ParquetFileFormat().make_fragment(files.open_input(split.file))
            groups = range(split.start or 0, fragment.num_row_groups if split.end is None else split.end)
            fragment = fragment.subset(row_group_ids=list(groups))
            total = sum(group.num_rows for group in fragment.row_groups)
            table = ds.Scanner.from_fragment(fragment, columns=list(_COLUMNS), filter=self.expression()).to_table()
            table.validate(full=True)
        except (pa.ArrowException, KeyError) as error:
            raise ShardError(f"{split.file}: not a Common Crawl index: {error}") from error
        except OSError as error:
            raise SourceError(f"{split.file}: {error}") from error
        order = [("warc_filename", "ascending"), ("warc_record_offset", "ascending")]
        return table.sort_by(order).to_pylist(), total

    def _page(self, page: dict[str, Any]) -> Row:
        uri = self.prefix + page["warc_filename"]
        name = portable(page["warc_filename"])
        offset, length = page["warc_record_offset"], page["warc_record_length"]
        try:
            received = files.read_part(uri, offset, length)
        except FileNotFoundError:
            return self._rejected("missing", b"", page)
        except reading_errors() as error:
            raise SourceError(f"{uri}: {error}") from error
        content = pa.BufferReader(received)
        try:
            rows = (
                record_row(self, name, content, record, self.max_record_bytes)
                for record in records(content, 0, None, self.max_record_bytes)
            )
            row = next((row for row in rows if row is not None), None)
        except NotWarcError:
            row = None
        if row is None:
            return self._rejected("corrupt", received, page)
        row["provenance"] = row["provenance"] | {"offset": offset, "length": length}
        return row

    def _rejected(self, reason: str, received: bytes, page: dict[str, Any]) -> Row:
        name, offset = portable(page["warc_filename"]), page["warc_record_offset"]
        digest = hashlib.sha256(received).hexdigest()
        where = self.place(name, digest, offset=offset, length=page["warc_record_length"])
        return self.rejected(reason, f"{name}:{offset}", where, url=page["url"])


def _any(expressions: list[pc.Expression]) -> pc.Expression:
    first, *others = expressions
    for other in others:
        first |= other
    return first
