"""Repositories: the licence of a text is what stands nearest to it."""

import gzip
import io
import random
import tarfile
from pathlib import Path

import pytest

from filters.chain import judge
from filters.license import License
from pipeline.errors import ShardError
from pipeline.sources.base import Skipped, Split, batches
from pipeline.sources.repository import Repository, license_of_text

MIT = (
    "MIT License\n\nCopyright (c) 2026\n\nPermission is hereby granted, free of charge, to any person\nobtaining a copy"
)
FILES = {
    "corpus/LICENSE": MIT,
    "corpus/README.md": "# Corpus\n",
    "corpus/package.json": '{"name": "corpus", "license": "MIT"}',
    "corpus/docs/COPYING.md": "Attribution-ShareAlike 4.0 International\n=====\nCreative Commons Corporation",
    "corpus/docs/guide/风.md": "# 风\n",
    "corpus/docs/own.rst": ".. SPDX-License-Identifier: CC-BY-4.0\n\nOwn",
    "corpus/docs/html.md": "<!-- SPDX-License-Identifier: CC0-1.0 -->\nText",
    "corpus/docs/table.txt": "Table",
    "corpus/docs/table.txt.license": "SPDX-FileCopyrightText: Li\nSPDX-License-Identifier: ODbL-1.0\n",
    "corpus/REUSE.toml": 'version = 1\n[[annotations]]\npath = "notes/*"\nSPDX-License-Identifier = ["CC-BY-NC-4.0"]\n',
    "corpus/notes/a.md": "Note",
    "corpus/vendor/pyproject.toml": '[project]\nlicense = {text = "Apache-2.0 OR MIT"}\n',
    "corpus/vendor/a.md": "Vendor",
    "corpus/closed/LICENSE.txt": "© 2026 A Company. All rights reserved.",
    "corpus/closed/a.md": "Closed",
    "corpus/odd/LICENSE": "Ask us before you use it.",
    "corpus/odd/a.md": "Odd",
    "corpus/CITATION.cff": "cff-version: 1.2.0\ndoi: 10.5555/Corpus\n",
    "corpus/docs/CITATION.cff": "identifiers:\n- {type: url, value: x}\n- {type: doi, value: 10.5555/docs}\n",
    "other/CITATION.cff": "doi: [",
    "corpus/main.py": "# SPDX-License-Identifier: MIT\n",
    "other/a.md": "Nothing is said of this",
    "other/b.md": "",
    "other/broken/package.json": "{",
}
EXPECTED = {
    "corpus/README.md": "MIT",
    "corpus/docs/guide/风.md": "CC-BY-SA-4.0",
    "corpus/docs/own.rst": "CC-BY-4.0",
    "corpus/docs/html.md": "CC0-1.0",
    "corpus/docs/table.txt": "ODbL-1.0",
    "corpus/notes/a.md": "CC-BY-NC-4.0",
    "corpus/vendor/a.md": "Apache-2.0 OR MIT",
    "corpus/closed/a.md": "LicenseRef-AllRightsReserved",
    "corpus/odd/a.md": None,
    "other/a.md": None,
    "other/b.md": None,
}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.tar.gz"
    with tarfile.open(path, "w:gz") as file:
        for name, content in FILES.items():
            info = tarfile.TarInfo(name)
            info.size = len(content.encode())
            file.addfile(info, io.BytesIO(content.encode()))
    return path


def test_a_text_is_under_what_stands_nearest_to_it(archive: Path) -> None:
    skipped = Skipped()
    source = Repository(name="code", paths=(str(archive),), license="CC-BY-4.0")
    rows = list(source.read(Split(file=str(archive), name=archive.name), skipped))
    found = {row["source_id"].partition("#")[2]: row for row in rows}
    unsaid = {"other/a.md", "other/b.md"}
    assert {name: row["license"] for name, row in found.items() if name not in unsaid} == {
        name: license for name, license in EXPECTED.items() if name not in unsaid
    }
    assert {found[name]["license"] for name in unsaid} == {"CC-BY-4.0"}, "what is declared of the collection"
    assert found["other/b.md"]["rejected_by"] == "repository.empty"
    assert skipped["repository.licence"] == 2
    dois = {name.removesuffix(".md"): row["doi"] for name, row in found.items() if row["doi"] or "other" in name}
    assert dois["corpus/README"] == dois["corpus/vendor/a"] == "10.5555/corpus"
    assert dois["corpus/docs/guide/风"] == "10.5555/docs"
    assert dois["other/a"] is None
    said = [(item["value"], item["where"]) for item in found["corpus/README.md"]["evidence"]]
    assert said == [("CC-BY-4.0", "config"), ("MIT", "corpus/LICENSE"), ("MIT", "corpus/package.json")]


def test_the_judgement_takes_what_a_repository_says(archive: Path) -> None:
    source = Repository(name="code", paths=(str(archive),))
    rows = [row for row in source.read(Split(file=str(archive), name=archive.name)) if "rejected_by" not in row]
    (batch,) = batches(rows)
    judged = judge([License()], batch).documents.to_pylist()
    verdicts = {row["source_id"].partition("#")[2]: row["rejected_by"] for row in judged}
    refused = {"corpus/notes/a.md", "corpus/closed/a.md", "corpus/odd/a.md", "other/a.md"}
    assert {name for name, reason in verdicts.items() if reason} == refused
    odd = next(row for row in judged if row["source_id"].endswith("odd/a.md"))
    assert [item["where"] for item in odd["evidence"]] == ["corpus/odd/LICENSE"]


@pytest.mark.parametrize(
    ("text", "license"),
    [
        (MIT, "MIT"),
        ("Creative Commons Legal Code\n\nCC0 1.0 Universal\n", "CC0-1.0"),
        (
            "                    GNU GENERAL PUBLIC LICENSE\n                       Version 3, 29 June 2007",
            "GPL-3.0-only",
        ),
        ("Apache License\n   Version 2.0, January 2004", "Apache-2.0"),
        ("The documentation is licensed under CC BY-SA 4.0", "CC-BY-SA-4.0"),
        ("All rights reserved.\n\nRedistribution and use in source and binary forms", "BSD-2-Clause"),
        ("木兰宽松许可证，第2版", "MulanPSL-2.0"),
        ("Ask Us.", "ask us."),
    ],
)
def test_licences_are_known_by_their_texts(text: str, license: str) -> None:
    assert license_of_text(text) == license


def test_an_archive_that_goes_on_behind_blocks_of_zeros_is_named(archive: Path) -> None:
    content = bytearray(gzip.decompress(archive.read_bytes()))
    with tarfile.open(archive) as opened:
        second = opened.getmembers()[1].offset
    content[second : second + 512] = bytes(512)
    damaged = archive.with_name("damaged.tar")
    damaged.write_bytes(content)
    with pytest.raises(ShardError, match="it is truncated"):
        list(Repository(name="code", paths=(str(damaged),)).read(Split(file=str(damaged), name="damaged.tar")))


@pytest.mark.parametrize("seed", range(50))
def test_an_archive_of_which_a_header_is_damaged_cut_or_missing_is_named(archive: Path, seed: int) -> None:
    content, draw = bytearray(gzip.decompress(archive.read_bytes())), random.Random(seed)
    with tarfile.open(archive) as opened:
        headers = [member.offset for member in opened.getmembers()]
        end = opened.offset
    place = draw.choice([*headers[1:], end])
    if seed % 2 or place == end:
        content = content[: place + draw.randrange(512)]
    else:
        start = place + draw.randrange(140)
        content[start : start + 8] = draw.randbytes(8)
    damaged = archive.with_name("damaged.tar")
    damaged.write_bytes(content)
    with pytest.raises(ShardError, match="it is truncated"):
        list(Repository(name="code", paths=(str(damaged),)).read(Split(file=str(damaged), name="damaged.tar")))
