"""Small files that would take hours or all memory: each is one row, soon, and its neighbour is read."""

import bz2
import io
import tarfile
import time
import zipfile
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline import sandbox
from pipeline.catalogue import SOURCES
from pipeline.sources.base import Skipped, Split
from pipeline.stages.guard import read_rows
from tests.pipeline.sources import test_mediawiki
from tests.pipeline.sources.test_science import tar


def paper(files: dict[str, str]) -> bytes:
    return tar({name: text.encode() for name, text in files.items()})


def chain(breadth: int) -> bytes:
    links = {f"a{depth}.tex": f"x\\input{{a{depth + 1}}}" * breadth for depth in range(8)}
    return paper({"main.tex": "\\begin{document}\\input{a0}\\end{document}", **links})


def including_itself(times: int) -> bytes:
    return paper({"main.tex": "\\begin{document}A \\input{a} B.\\end{document}", "a.tex": "x\\input{a}" * times})


def environments(count: int) -> bytes:
    defined = "".join(
        f"\\newenvironment{{thm{chr(97 + number)}}}{{\\begin{{X{chr(97 + number)}}}}}{{\\end{{X{chr(97 + number)}}}}}\n"
        for number in range(count)
    )
    return f"\\begin{{document}}\n{defined}\nThe only sentence.\n\\end{{document}}".encode()


def book(name: str) -> bytes:
    with zipfile.ZipFile(buffer := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, " " * 60_000_000)
    return buffer.getvalue()


def sparse() -> bytes:
    """Return an archive of one member that claims 8 GB and has nothing."""
    info = tarfile.TarInfo("2401/2401.00001.gz")
    head = bytearray(info.tobuf(tarfile.GNU_FORMAT)[:512])
    head[156:157], head[483:495] = b"S", b"77777777777\0"
    head[386:410] = b"00000000000\0" * 2
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + bytes(1024)


def aliases() -> bytes:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    names = ["a", *(f"b{level}" for level in range(9))]
    lines += (f"{name}: &{name} [{', '.join([f'*{below}'] * 9)}]" for below, name in pairwise(names))
    return tar({"r/CITATION.cff": "\n".join(lines).encode(), "r/README.md": b"# Read me"})


ENDLESS = b"<mediawiki><siteinfo></siteinfo><page><title>x</title><text>"
HOSTILE = [
    *(("latex", "a.tar", including_itself(times), {None: 1}) for times in (1, 2, 5, 50)),
    ("latex", "a.tar", chain(10), {"latex.too_large": 1}),
    *(("latex", "a.tex", environments(count), {None: 1}) for count in (1, 12, 24)),
    ("latex", "a.tar", sparse(), {"latex.too_large": 1}),
    *(
        (
            "mediawiki",
            "a.xml",
            test_mediawiki.dump(test_mediawiki.page(1, opening * 16_000), test_mediawiki.page(2, "Sound.")),
            {"mediawiki.cpu_time": 1, None: 1},
        )
        for opening in ("{{a|", "{{a|b={{")
    ),
    ("mediawiki", "a.xml.bz2", bz2.compress(ENDLESS + b"a" * 60_000_000), {"mediawiki.truncated": 1}),
    *(("epub", "a.epub", book(name), {"epub.too_large": 1}) for name in ("META-INF/container.xml", "a.xhtml", "a")),
    (
        "repository",
        "a.tar",
        tar({"r/pyproject.toml": b"a" + b".a" * 100_000 + b"=1", "r/README.md": b"# Read me"}),
        {None: 1},
    ),
    ("repository", "a.tar", aliases(), {None: 1}),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "name", "content", "expected"),
    HOSTILE,
    ids=[f"{number}-{each[0]}" for number, each in enumerate(HOSTILE)],  # not its bytes, which hold the time
)
def test_it_costs_a_row_and_little_time(
    tmp_path: Path, kind: str, name: str, content: bytes, expected: dict[str | None, int]
) -> None:
    (tmp_path / name).write_bytes(content)
    settings = {} if kind == "repository" else {"cpu_seconds": 1}
    source = SOURCES.find(kind).model_validate({"kind": kind, "name": "t", "paths": [str(tmp_path)], **settings})
    before = time.process_time() + sandbox.cost.cpu_seconds
    rows = list(read_rows(source, Split(file=str(tmp_path / name), name=name), Skipped(), []))
    assert Counter(row.get("rejected_by") for row in rows) == expected
    assert time.process_time() + sandbox.cost.cpu_seconds - before < 6
