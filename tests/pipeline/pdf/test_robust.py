"""Files that are made to do harm, are none, or give no text: each ends as the development data says it should."""

import gzip
import json
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from pipeline.sources.base import Row, Skipped
from pipeline.sources.pdf import Pdf
from pipeline.stages.guard import read_rows
from tests.runs import ROOT

REASONS: Mapping[str, set[str]] = {
    "scanned": {"pdf.scanned"},
    "garbled": {"pdf.garbled"},
    "encrypted": {"pdf.encrypted"},
    "not_pdf": {"pdf.not_pdf"},
    # pdfium ends its process where memory is not enough: `crashed`
    "limits": {"pdf.cpu_time", "pdf.memory", "pdf.crashed", "pdf.too_large", "pdf.too_many_characters"},
    "empty": {"pdf.no_text_layer"},
}
MADE_FROM = "r-typst-en-1c-000.pdf"  # by another way to store the same page: the words are the same, in their order
SAME = {"enc-owner-en.pdf", "rot-flag-en.pdf", "rot-content-en.pdf", "prefix-en.pdf"}
SHARE = 0.98  # of the words
MOST = 1 << 30  # bytes of a child's memory


@pytest.fixture(scope="module")
def files(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pdf")
    with tarfile.open(data / "pdf" / "files.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder


def row_of(path: Path) -> Row:
    source = Pdf(name="reports", paths=(str(path),))
    (row,) = [row for split in source.splits() for row in read_rows(source, split, Skipped(), [])]
    return row


# In a process of its own: the memory of children is told of all that a process has had.
READ = """
import json, resource, sys
from pathlib import Path
from tests.pipeline.pdf.test_robust import row_of

rows = {path: row_of(Path(path)) for path in sys.argv[1:]}
told = {path: {key: row.get(key) or "" for key in ("text", "rejected_by", "evidence")} for path, row in rows.items()}
print(json.dumps([resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10, told]))
"""


def rows_of(paths: Sequence[Path]) -> tuple[int, dict[Path, Row]]:
    """Return the most memory that a child took, and the row of each file."""
    done = subprocess.run([sys.executable, "-c", READ, *map(str, paths)], cwd=ROOT, capture_output=True, check=True)
    most, rows = json.loads(done.stdout)
    return most, {Path(path): row for path, row in rows.items()}


def evidence(row: Row) -> set[str]:
    return {entry["value"] for entry in row.get("evidence", ()) if entry["kind"] == "pdf"}


@pytest.mark.slow
def test_every_file_ends_as_it_should(data: Path, files: Path) -> None:
    with gzip.open(data / "pdf" / "robust.jsonl.gz", "rt", encoding="utf-8") as lines:
        expected = {item["file"]: item["expect"] for item in map(json.loads, lines)}
    most, rows = rows_of([files / "pdf" / MADE_FROM, *(files / name for name in expected)])
    whole = rows[files / "pdf" / MADE_FROM]["text"].split()
    wrong = {}
    for name, expect in expected.items():
        row = rows[files / name]
        reason, words = row["rejected_by"] or None, row["text"].split()
        if reason is not None and row["text"]:
            wrong[name] = f"{reason}, and a text"
        if expect.startswith("reject:"):
            if reason not in set().union(*(REASONS[each] for each in expect.removeprefix("reject:").split("|"))):
                wrong[name] = f"{reason}, not {expect}"
        elif expect != "any" and (reason is not None or len(words) < 100):
            wrong[name] = f"{reason}, {len(words)} words"
        elif expect == "text+ocr_layer" and "recognised text on 1 of 1 pages" not in evidence(row):
            wrong[name] = "the layer is not told"
        elif Path(name).name in SAME and len(set(whole) & set(words)) < SHARE * len(set(whole)):
            wrong[name] = "words are lost"
    assert wrong == {}
    assert len(expected) == 25
    assert "extraction forbidden" in evidence(rows[files / "robust/enc-owner-en.pdf"])
    assert most <= MOST


@pytest.mark.slow
def test_a_file_that_is_cut_anywhere_is_one_row(files: Path, tmp_path: Path) -> None:
    """What stands in it is given, or why it is not: nothing is raised, and nothing else is said."""
    content = (files / "pdf" / MADE_FROM).read_bytes()
    reasons = set()
    for part in range(1, 40):
        path = tmp_path / f"{part}.pdf"
        path.write_bytes(content[: len(content) * part // 40])
        row = row_of(path)
        reasons.add(row.get("rejected_by"))
        assert (row.get("rejected_by") is None) == bool(row["text"]), part
    assert reasons <= {None, "pdf.truncated"}
