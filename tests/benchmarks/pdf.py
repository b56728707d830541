"""Readers of PDF side by side: sequence, order, paragraphs, running titles, tables, and pages per CPU second.

    python -m tests.benchmarks.pdf ../shared/data/pdf build/pdf --halves build/halves

The first folder is the pack, whose measures (`evalpdf.py`) are used; the second has its files unpacked. `--halves` has
`half0.npz` and `half1.npz` of `pipeline.training.running_titles --half`: each document is read with the model that has
not seen its half. Peers that are not installed are left out.
"""

import argparse
import importlib
import importlib.util
import io
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from pipeline.pdf import running
from pipeline.pdf.document import Limits, content_of, opened
from pipeline.pdf.refusals import Refusal

Reader: TypeAlias = Callable[[bytes], str]
MEASURES = ("seq", "f1", "order", "whole", "brk", "leak", "hyph", "table", "formula")


def ours(content: bytes) -> str:
    try:
        with opened(content) as document:
            return content_of(document, Limits(5000)).text
    except Refusal:
        return ""


def plain_pdfium(content: bytes) -> str:
    pdfium = importlib.import_module("pypdfium2")
    document = pdfium.PdfDocument(content)
    texts = []
    for page in document:
        text = page.get_textpage()
        texts.append(text.get_text_range())
        text.close()
        page.close()
    document.close()
    return "\n\n".join(texts).replace("\r", "")


def pypdf(content: bytes) -> str:
    reader = importlib.import_module("pypdf").PdfReader(io.BytesIO(content))
    return "\n\n".join(page.extract_text() for page in reader.pages)


def pdfminer(content: bytes) -> str:
    return str(importlib.import_module("pdfminer.high_level").extract_text(io.BytesIO(content)))


def pdf_oxide(content: bytes) -> str:
    document = importlib.import_module("pdf_oxide").PdfDocument.from_bytes(content)
    return "\n\n".join(document.extract_text(number) for number in range(document.page_count()))


def pymupdf(content: bytes) -> str:
    document = importlib.import_module("pymupdf").open(stream=content, filetype="pdf")
    return "\n\n".join(block[4] for page in document for block in page.get_text("blocks") if block[6] == 0)


READERS: dict[str, tuple[str, Reader]] = {
    "ours": ("pypdfium2", ours),
    "pdfium": ("pypdfium2", plain_pdfium),
    "pdf_oxide": ("pdf_oxide", pdf_oxide),
    "pymupdf, blocks": ("pymupdf", pymupdf),
    "pypdf": ("pypdf", pypdf),
    "pdfminer.six": ("pdfminer", pdfminer),
}


def with_models(items: list[dict[str, Any]], halves: Path | None) -> Iterator[tuple[dict[str, Any], Path]]:
    """Yield each document with the model that has not seen it; the manuals were in no fit."""
    fitted = itertools.count()
    for item in items:
        seen = not item["id"].startswith("m-") and next(fitted) % 2
        yield item, running.MODEL if halves is None else halves / f"half{1 - int(seen)}.npz"


def row(name: str, read: Reader, items: list[dict[str, Any]], folder: Path, halves: Path | None, score: Any) -> str:
    scores, spent, pages = [], 0.0, 0
    for item, model in with_models(items, halves):
        if model != running.MODEL:
            running.MODEL = model
            running.model.cache_clear()
            running.model()
        content = (folder / item["file"]).read_bytes()
        began = time.process_time()
        try:
            text = read(content)
        except Exception:  # noqa: BLE001 - whatever a peer raises
            text = ""
        spent += time.process_time() - began
        pages += item["pages"] or 1
        scores.append(score(item, text))
    means = []
    for measure in MEASURES:
        values = [found[measure] for found in scores if found[measure] is not None]
        means.append(f"{sum(values) / len(values):.3f}")
    return f"| {name} | {' | '.join(means)} | {pages / spent:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack", type=Path)
    parser.add_argument("files", type=Path)
    parser.add_argument("--halves", type=Path)
    arguments = parser.parse_args()
    sys.path.insert(0, str(arguments.pack))
    measures = importlib.import_module("evalpdf")
    items = sorted(measures.load(arguments.pack), key=lambda item: ("rendered", "order", "manuals").index(_pack(item)))
    ours((arguments.files / items[0]["file"]).read_bytes())  # loops are compiled
    print(f"{len(items)} documents; {json.dumps(sorted({item['lang'] for item in items}))}\n")
    print(f"| reader | {' | '.join(MEASURES)} | pages/s |\n|{'---|' * (len(MEASURES) + 2)}")
    for name, (module, read) in READERS.items():
        if importlib.util.find_spec(module) is not None:
            print(row(name, read, items, arguments.files, arguments.halves, measures.score), flush=True)


def _pack(item: dict[str, Any]) -> str:
    return {"x": "order", "m": "manuals"}.get(item["id"][0], "rendered")


if __name__ == "__main__":
    main()
