"""A small collection of every kind of source, as the bytes of its files."""

import bz2
import gzip
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import eccodes
import netCDF4
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter

from pipeline.catalogue import AnySource
from pipeline.sources.base import Source
from tests.pipeline.sources import (
    test_common_crawl,
    test_epub,
    test_jats,
    test_latex,
    test_mediawiki,
    test_pdf,
    test_science,
    test_warc,
)
from tests.pipeline.sources.test_science import tar

RECORDS = [{"text": "海面水溫上升。", "n": 1}, {"text": "", "n": 2}, {"text": "Вода испаряется.", "n": 3}]
JSON_LINES = b"".join(json.dumps(record).encode() + b"\r\n" for record in RECORDS) + b"{broken\n\nno end"
CSV = "text,n\n海面水溫上升。,1\n\n,2\ntoo,many,3\n".encode()
PARQUET_ROWS = 2  # in a group
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "hugging_face": {"split": "train"},
    "warc": {"max_record_bytes": 20_000},
    "jsonl": {"max_record_bytes": 1000},
    "records": {"format": "clinical_trials"},
}


def _parquet() -> bytes:
    pq.write_table(pa.Table.from_pylist(RECORDS), sink := io.BytesIO(), row_group_size=PARQUET_ROWS)
    return sink.getvalue()


def _arrow() -> bytes:
    table = pa.Table.from_pylist(RECORDS)
    with pa.ipc.new_file(sink := io.BytesIO(), table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _warc() -> list[bytes]:
    record, http = test_warc.record, test_warc.http
    return [
        record("info", b"software: x", "warcinfo", "application/warc-fields"),
        *(record(name, http(test_warc.noise(name, 900))) for name in "ab"),
        record("half", http(), WARC_Truncated="length"),
        record("gone", http(status="404 Not Found")),
        record("text", "Текст".encode(), "conversion", "text/plain"),
        record("large", http(b"x" * 50_000)),
        record("c", http()),
    ]


def _common_crawl() -> dict[str, bytes]:
    pages, rows = [test_common_crawl.response(page[0]) for page in test_common_crawl.PAGES], []
    crawl = b""
    for number, (values, page) in enumerate(zip(test_common_crawl.PAGES, pages, strict=True)):
        packed = gzip.compress(page, mtime=0)
        place = {"warc_record_offset": len(crawl), "warc_record_length": len(packed)}
        names = [*test_common_crawl.COLUMNS, "fetch_status"]
        file = "gone.warc.gz" if number == 3 else "segments/0.warc.gz"
        rows.append({**dict(zip(names, values, strict=True)), "warc_filename": file, **place})
        crawl += packed
    pq.write_table(pa.Table.from_pylist(rows), index := io.BytesIO(), row_group_size=2)
    return {"index.parquet": index.getvalue(), "segments/0.warc.gz": crawl}


def _epub() -> bytes:
    parts = {
        "META-INF/container.xml": test_epub.CONTAINER,
        "OEBPS/book.opf": test_epub.PACKAGE % "<dc:identifier>urn:isbn:9</dc:identifier>",
        "OEBPS/text/1 a.xhtml": test_epub.ONE,
        "OEBPS/text/2.xhtml": test_epub.TWO,
    }
    with zipfile.ZipFile(buffer := io.BytesIO(), "w") as book:
        for name, content in parts.items():
            book.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def _netcdf() -> bytes:
    dataset = netCDF4.Dataset("memory", "w", memory=1024, format="NETCDF3_CLASSIC")
    dataset.setncatts({"title": "海面水溫", "doi": "https://doi.org/10.5072/SST"})
    dataset.createDimension("time", 2)
    dataset.createVariable("sst", "f4", ("time",))[:] = 290
    return bytes(dataset.close())


def _grib() -> bytes:
    handle = eccodes.codes_grib_new_from_samples("GRIB2")
    content = bytes(eccodes.codes_get_message(handle))
    eccodes.codes_release(handle)
    return content


STUDIES = (Path(__file__).parents[1] / "records/samples/studies.json").read_bytes()
ARTICLE = (test_jats.ARTICLE % "").encode()
PAPER = test_latex.PAPER.encode()
WIKI = [test_mediawiki.page(number, f"文 {number}") for number in range(4)] + [test_mediawiki.page(9, model="json")]
REPOSITORY = {"r/LICENSE": b"MIT License", "r/README.md": b"# R", "r/docs/a.md": b"\0", "r/docs/b.txt": "風".encode()}

FILES: Mapping[str, dict[str, bytes]] = {
    "warc": {
        "plain.warc": b"".join(_warc()),
        "packed.warc.gz": b"".join(gzip.compress(record, mtime=0) for record in _warc()),
        "deep/down/packed.warc.zst": b"".join(test_warc.zstd(record) for record in _warc()),
    },
    "common_crawl": _common_crawl(),
    "jsonl": {"a.jsonl": JSON_LINES + b"x" * 2000, "b.jsonl.gz": gzip.compress(JSON_LINES, mtime=0)},
    "parquet": {"a.parquet": _parquet()},
    "arrow": {"a.arrow": _arrow()},
    "csv": {"a.csv": CSV, "b.csv.bz2": bz2.compress(CSV)},
    "text": {"a.txt": "第一篇".encode(), "b.gz": gzip.compress("Второй".encode(), mtime=0), "empty": b"", "x": b"\0\1"},
    "repository": {
        "r.tar.gz": gzip.compress(tar(REPOSITORY), mtime=0),
        "s.tar": tar(REPOSITORY),
    },
    "hugging_face": {"train.jsonl": JSON_LINES},
    "jats": {
        "a.xml": ARTICLE,
        "b.xml.gz": gzip.compress(ARTICLE, mtime=0),
        "c.tar": tar({"1.xml": ARTICLE, "2.nxml": b"<broken"}),
    },
    "mediawiki": {
        "a.xml": test_mediawiki.dump(*WIKI),
        "b.xml.bz2": test_mediawiki.multistream(*WIKI),
        "c.xml.gz": gzip.compress(test_mediawiki.dump(*WIKI), mtime=0),
    },
    "latex": {
        "paper.tex": PAPER,
        "2401.00001.tar.gz": gzip.compress(tar({"main.tex": PAPER, "more.tex": b"More."}), mtime=0),
        "bulk.tar": tar({"2401/2401.00002.gz": gzip.compress(PAPER, mtime=0), "2401/2401.00003.gz": b"\x1f\x8b\x08x"}),
    },
    "epub": {"a.epub": _epub(), "b.epub": b"no book"},
    "pdf": {"a.pdf": test_pdf.pdf(test_pdf.LINES), "b.pdf": b"no PDF"},
    "cif": {
        "a.cif": test_science.CIF.encode(),
        "b.cif.gz": gzip.compress(test_science.CIF.encode(), mtime=0),
        "c.tar": tar({"1.cif": test_science.CIF.encode(), "2.cif": b"none"}),
    },
    "records": {
        "a.json": STUDIES,
        "b.json.gz": gzip.compress(STUDIES, mtime=0),
        "c.tar": tar({"1.json": STUDIES, "2.json": b"none"}),
    },
    "netcdf": {"a.nc": _netcdf(), "b.nc": b"none"},
    "grib": {"a.grib": _grib() + b"junk" + _grib(), "b.grib": b"none"},
}


def lay(folder: Path, kind: str) -> dict[str, Path]:
    """Write the files of a collection; return where they lie by their names."""
    found = {name: folder / name for name in FILES[kind]}
    for name, path in found.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(FILES[kind][name])
    return found


def source_at(folder: Path | str, kind: str) -> Source:
    """Return the source that reads a collection in a folder."""
    adapter: TypeAdapter[Source] = TypeAdapter(AnySource)
    places = {"paths": [f"{folder}/index.parquet"], "prefix": f"{folder}/"} if kind == "common_crawl" else {}
    return adapter.validate_python(
        {"kind": kind, "name": "a collection", "paths": [str(folder)], **places, **OPTIONS.get(kind, {})}
    )
