"""Who is to be named for each document of a release: a line of JSON each, in a file beside every shard.

attribution/zho_Hans/sharealike-00000.jsonl.gz    a line per row of data/zho_Hans/sharealike-00000.arrow, in its order

    id                 of the document
    title, author      as its source gave them; null if it gave none
    published          when, if known
    source, source_id  the collection, and the record in it
    url                where it stood; null for collections that have no addresses
    license            SPDX expression
    license_url        the deed that its source linked, else the licence's own page; null for LicenseRef- licences
    changes            what was done to it

These are what section 3(a) of the Creative Commons licences from BY asks to be kept, as far as the source said them.
"""

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from shards import files

COLUMNS = ("id", "title", "author", "published", "source", "source_id", "url", "license", "license_url")

CHANGES = "The main text was taken out of its page or file and normalised by automatic means; parts may be left out."
REDACTED = " Personal data was replaced by placeholders."
PLACEHOLDER = "<|pii:"

_CREATIVE_COMMONS = re.compile(r"CC-((?:BY|NC|ND|SA)(?:-(?:NC|ND|SA))*)-(\d\.\d)(?:-([A-Z]{2,3}))?")
_DEDICATIONS = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-PDM-1.0": "https://creativecommons.org/publicdomain/mark/1.0/",
}


def license_page(expression: str | None) -> str | None:
    """Return the page of a single licence; null for an expression of several, and for one that SPDX does not have."""
    if not expression or " " in expression or expression.startswith("LicenseRef-"):
        return None
    if match := _CREATIVE_COMMONS.fullmatch(expression):
        port = f"{match[3].lower()}/" if match[3] else ""
        return f"https://creativecommons.org/licenses/{match[1].lower()}/{match[2]}/{port}"
    return _DEDICATIONS.get(expression) or f"https://spdx.org/licenses/{expression}.html"


def attribution(document: Mapping[str, Any], *, redacted: bool) -> dict[str, Any]:
    """Return the attribution of one document, in whose text personal data was replaced or not."""
    line = {name: document[name] for name in COLUMNS}
    line["published"] = line["published"].isoformat() if line["published"] else None
    line["license_url"] = line["license_url"] or license_page(line["license"])
    line["changes"] = CHANGES + (REDACTED if redacted else "")
    return line


class Attributions:
    """A file of attributions that is being written."""

    def __init__(self, sink: pa.NativeFile) -> None:
        self._sink = sink
        self.rows = 0
        self.written = files.Written(0, "")

    def add(self, batch: pa.RecordBatch) -> None:
        """Write the attributions of documents."""
        redacted = pc.match_substring(batch["text"], PLACEHOLDER).to_pylist()
        documents = zip(batch.select(COLUMNS).to_pylist(), redacted, strict=True)
        lines = [attribution(document, redacted=replaced) for document, replaced in documents]
        self._sink.write("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode())
        self.rows += len(lines)


@contextlib.contextmanager
def writing(uri: str) -> Iterator[Attributions]:
    """Give where to write attributions; what was written is known once the block has ended."""
    with files.writing(uri) as sink:
        # gzip, which everyone can open; pyarrow's carries no time, so equal rows give equal bytes
        with pa.CompressedOutputStream(pa.PythonFile(sink, mode="w"), "gzip") as stream:
            attributions = Attributions(stream)
            yield attributions
        attributions.written = files.Written(sink.size, sink.digest.hexdigest())


def read(uri: str) -> list[dict[str, Any]]:
    """Return the attributions of a file."""
    with files.open_input(uri) as source:
        content = pa.CompressedInputStream(source, "gzip").read()
    return [json.loads(line) for line in content.decode().split("\n")[:-1]]  # titles may hold other ends of lines


def differences(lines: list[dict[str, Any]], documents: pa.Table) -> Iterator[str]:
    """Yield how the attributions of a shard are not those of its documents."""
    expected = [{name: document[name] for name in COLUMNS} for document in documents.select(COLUMNS).to_pylist()]
    if [line.get("id") for line in lines] != [document["id"] for document in expected]:
        yield "its lines are not those of the documents of its shard"
        return
    for line, document in zip(lines, expected, strict=True):
        wrong = sorted(
            name
            for name in ("title", "author", "source", "source_id", "url", "license")
            if line.get(name) != document[name]
        )
        if wrong:
            yield f"{line['id']}: not the document's {', '.join(wrong)}"
        elif not line.get("changes"):
            yield f"{line['id']}: says nothing of changes"
