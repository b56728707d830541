"""The files that patterns name, in one order."""

from pathlib import Path

import pytest

from shards import globs


def test_patterns_name_files_folders_and_globs_in_one_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("b/2.warc", "b/1.warc", "b/deep/3.warc", "b/note.txt", "a.warc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")

    def named(*patterns: str) -> list[str]:
        return [info.uri for info in globs.expand(patterns)]

    assert named("a.warc") == ["a.warc"]
    assert named("b/*.warc") == ["b/1.warc", "b/2.warc"]
    assert named("b/**/*.warc") == ["b/1.warc", "b/2.warc", "b/deep/3.warc"]
    assert named("b") == ["b/1.warc", "b/2.warc", "b/deep/3.warc", "b/note.txt"]
    assert named("b/?.warc", "b/1.warc", "*.warc") == ["a.warc", "b/1.warc", "b/2.warc"]
    assert named(f"{tmp_path}/b/[2].warc") == [f"{tmp_path}/b/2.warc"]


def test_a_pattern_that_names_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone\.warc"):
        globs.expand([str(tmp_path / "gone.warc")])
    with pytest.raises(FileNotFoundError, match=r"\*\.warc"):
        globs.expand([str(tmp_path / "*.warc")])
