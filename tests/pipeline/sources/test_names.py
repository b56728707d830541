"""A file has one name within its source, which no other has, and which says nothing of the machine."""

import gzip
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ShardError
from pipeline.sources.jsonl import Jsonl
from pipeline.sources.names import Names, divided, portable

STEPS = st.sampled_from(["a", "b", "2026", "..", ".", "", "%2E%2E", "%2F", "%25", "2:a", "雨.gz", "a b"])
PATHS = st.lists(STEPS, min_size=1, max_size=5).map("/".join).filter(lambda path: path not in ("", "/"))
FOLDERS = st.sampled_from(["/data", "/mnt/nas", "s3://bucket", "gs://bucket", "https://host.example", "in", "/data/a"])


@given(st.lists(st.tuples(FOLDERS, PATHS), unique=True))
def test_different_files_have_different_names_that_are_nobodys_paths(files: list[tuple[str, str]]) -> None:
    names = Names()
    found = [names.name(folder, path) for folder, path in files]
    assert len(set(found)) == len(files)
    for name in found:
        assert not name.startswith("/")
        assert not {"..", "."} & set(name.split("/"))


@given(st.lists(st.tuples(FOLDERS, PATHS), unique=True), st.tuples(FOLDERS, PATHS))
def test_what_is_added_behind_the_others_changes_no_name(files: list[tuple[str, str]], added: tuple[str, str]) -> None:
    before, after = Names(), Names()
    assert [before.name(*file) for file in files] == [after.name(*file) for file in [*files, added]][: len(files)]


@given(PATHS)
def test_an_ordinary_path_is_its_own_name(path: str) -> None:
    ordinary = not path.startswith("/") and not {"", ".", ".."} & set(path.split("/")) and "%" not in path
    assert portable(path) == path or not ordinary


def lay(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text('{"text": "x"}\n')


def named(*paths: str | Path, prefix: str = "") -> list[str]:
    return [split.name for split in Jsonl(name="j", paths=tuple(map(str, paths)), prefix=prefix).splits()]


def test_a_name_is_what_follows_the_folder_that_a_pattern_names(tmp_path: Path) -> None:
    lay(tmp_path, "in/a/1.jsonl", "in/a/deep/2.jsonl", "in/b/1.jsonl")
    assert named(tmp_path / "in") == ["a/1.jsonl", "a/deep/2.jsonl", "b/1.jsonl"]
    assert named(f"{tmp_path}/in/*/*.jsonl") == ["a/1.jsonl", "b/1.jsonl"]
    assert named(f"{tmp_path}/in/a/**/*.jsonl") == ["1.jsonl", "deep/2.jsonl"]
    assert named(tmp_path / "in/a/deep/2.jsonl") == ["2.jsonl"]


def test_the_files_of_several_folders_are_told_apart_by_the_order_of_the_folders(tmp_path: Path) -> None:
    lay(tmp_path, "x/1.jsonl", "y/1.jsonl", "x/2.jsonl")
    assert named(tmp_path / "x", tmp_path / "y") == ["1.jsonl", "2.jsonl", "2:1.jsonl"]
    assert named(tmp_path / "x/1.jsonl", tmp_path / "y/1.jsonl", tmp_path / "x/2.jsonl") == [
        *("1.jsonl", "2.jsonl", "2:1.jsonl")
    ]


def test_a_file_that_several_paths_name_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path, "in/1.jsonl", "in/a/2.jsonl")
    monkeypatch.chdir(tmp_path)
    assert named("in", f"{tmp_path}/in/*.jsonl", "in/a/2.jsonl", "./in/a") == ["1.jsonl", "a/2.jsonl"]


@given(first=st.permutations(["a/1.jsonl", "a/2.jsonl", "b/1.jsonl", "1.jsonl", "2:1.jsonl"]), data=st.data())
def test_no_two_files_of_a_source_have_one_name_wherever_it_lies(
    tmp_path_factory: pytest.TempPathFactory, first: list[str], data: st.DataObject
) -> None:
    patterns = data.draw(
        st.lists(st.sampled_from(["", "a", "b", "a/1.jsonl", "*.jsonl", "b/*", "?/1.jsonl"]), min_size=1)
    )
    places = [tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("there") / "far" / "away"]
    found = []
    for place in places:
        lay(place, *first)
        splits = Jsonl(name="j", paths=tuple(f"{place}/{pattern}".rstrip("/") for pattern in patterns)).splits()
        assert len({split.name for split in splits}) == len({os.path.abspath(split.file) for split in splits})
        assert len(splits) == len({split.name for split in splits})
        found.append([(split.name, os.path.relpath(split.file, place)) for split in splits])
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("line", "prefix", "name"),
    [
        ("crawl-data/1.warc.gz", "https://data.example/", "crawl-data/1.warc.gz"),
        ("crawl-data/1.warc.gz", "s3://bucket/sub/", "crawl-data/1.warc.gz"),
        ("1.warc.gz", "s3://bucket/crawl-", "crawl-1.warc.gz"),
        ("https://data.example/crawl-data/1.warc.gz", "", "crawl-data/1.warc.gz"),
        ("s3://bucket/crawl-data/1.warc.gz", "", "crawl-data/1.warc.gz"),
        ("/home/someone/crawl/1.warc.gz", "", "1.warc.gz"),
        ("crawl/./1.warc.gz", "", "crawl/1.warc.gz"),
        ("../crawl/1.warc.gz", "", "%2E%2E/crawl/1.warc.gz"),
    ],
)
def test_a_file_of_a_list_is_named_below_the_prefix_or_the_bucket(line: str, prefix: str, name: str) -> None:
    uri = line if re.match(r"\w+://", line) else prefix + line
    assert Names().name(*divided(uri, prefix)) == name


def test_the_files_of_lists_have_names_too(tmp_path: Path) -> None:
    lay(tmp_path, "x/1.jsonl", "y/1.jsonl")
    (tmp_path / "a.paths.gz").write_bytes(gzip.compress(b"x/1.jsonl\ny/1.jsonl\n"))
    (tmp_path / "b.paths").write_text(f"{tmp_path}/x/1.jsonl\n{tmp_path}/y/1.jsonl\n")
    assert named(tmp_path / "a.paths.gz", prefix=f"{tmp_path}/") == ["x/1.jsonl", "y/1.jsonl"]
    assert named(tmp_path / "b.paths") == ["1.jsonl", "2:1.jsonl"]


def test_a_name_leads_back_to_the_file(tmp_path: Path) -> None:
    lay(tmp_path, "x/1.jsonl", "y/1.jsonl")
    source = Jsonl(name="j", paths=(str(tmp_path / "x"), str(tmp_path / "y")))
    assert {source.located(split.name) for split in source.splits()} == {split.file for split in source.splits()}
    with pytest.raises(ShardError, match=r"j: no file is named 3:1\.jsonl"):
        source.located("3:1.jsonl")
