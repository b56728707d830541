"""What lies in a release: paths and their patterns, what is no part of one, and the table that readers see."""

import fnmatch
import re

import pytest

from shards.release.layout import (
    ENTRIES,
    attribution_path,
    lineage_path,
    shard_glob,
    shard_path,
    table_path,
    unexpected,
)
from tests.runs import ROOT

PATHS = [
    "README.md",
    "manifest.json",
    shard_path("zho_Hans", "sharealike", "train", 0),
    shard_path("und", "open", "validation", 123_456),
    attribution_path(shard_path("yue_Hant", "permissive", "validation", 7)),
    attribution_path(shard_path("arb_Arab", "open", "train", 7)),
    table_path("duplicates", 3),
    table_path("superseded", 0),
    lineage_path("0123456789abcdef" * 4),
    "SHA256SUMS",
    "checkpoint",
    "verify.py",
    "commitments/tree.json",
    "commitments/yue_Hant/permissive-00007.arrow",
    "commitments/yue_Hant/permissive-validation-00007.arrow",
    "leaves/00012.arrow",
    "tile/0/x001/x234/067",
    "tile/2/000.p/7",
    "croissant.json",
    "DATASHEET.md",
    "policy/sharealike.odrl.jsonld",
    "tombstones.arrow",
    "keys.vkey",
    "log.tlog-proof",
]


def test_every_kind_of_file_is_one_line_of_the_table() -> None:
    kinds = [[entry for entry in ENTRIES if entry.pattern.fullmatch(path)] for path in PATHS]
    assert all(len(entries) == 1 for entries in kinds)
    assert {entries[0] for entries in kinds} == set(ENTRIES)


STRANGERS = [".DS_Store", "data/zho_Hans/.DS_Store", "data/zho_Hans/Thumbs.db", "README.md~", "notes.txt"]
STRANGERS += ["data/zho_Hans/open-00000.arrow.tmp", "data/open-00000.arrow", "data/zho_Hans/open-0.arrow"]
STRANGERS += ["../open-00000.arrow", "data/../../x/open-00000.arrow", "lineage-0.json.gz", ".cachex/x"]
STRANGERS += ["data/zho_Hans/open-validation-00000.parquet", "sub/.gitattributes"]


@pytest.mark.parametrize("path", STRANGERS)
def test_what_is_no_part_of_a_release_is_named_even_if_the_manifest_lists_it(path: str) -> None:
    assert list(unexpected([*PATHS, path], PATHS)) == [(path, "is no part of a release")]
    assert list(unexpected(PATHS, [*PATHS, path])) == [(path, "is no part of a release")]


def test_a_shard_that_no_manifest_lists_is_named() -> None:
    assert list(unexpected(PATHS, PATHS[:3])) == [(path, "is not in the manifest") for path in sorted(PATHS[3:9])]


def test_what_is_written_after_the_manifest_is_listed_by_none() -> None:
    assert [path for path in PATHS if not list(unexpected([path], []))] == ["manifest.json", *PATHS[9:]]


def test_what_the_tools_of_the_hub_put_there_is_passed_over() -> None:
    tools = [".gitattributes", ".cache/huggingface/download/README.md.metadata", ".git/config", ".git/refs/heads/main"]
    assert list(unexpected([*PATHS, *tools], PATHS)) == []


def test_a_pattern_takes_the_shards_of_its_split_and_class_and_no_others() -> None:
    splits = ("train", "validation")
    shards = [
        shard_path(language, kind, s, n)
        for language in ("zho_Hans", "eng_Latn")
        for kind in ("open", "opener")
        for s in splits
        for n in (0, 99_999, 100_000)
    ]
    for split in splits:
        pattern = shard_glob("zho_Hans", "open", split)
        found = [path for path in shards if fnmatch.fnmatchcase(path, pattern)]
        assert found == [shard_path("zho_Hans", "open", split, number) for number in (0, 99_999, 100_000)]
        assert len([path for path in shards if fnmatch.fnmatchcase(path, shard_glob("*", "open", split))]) == 6


def test_the_documentation_has_the_same_table() -> None:
    text = (ROOT / "docs" / "using.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| (.+) \|$", text, re.MULTILINE)
    assert rows == [(entry.path, entry.writer, entry.what) for entry in ENTRIES]
