"""A release is found from every path that leads to one, with links or without, whenever its writer is killed."""

import errno
import json
import os
import shutil
from pathlib import Path

import pytest

from shards import files
from shards.release import manifest
from shards.release.place import ReleaseError, lead_to, readable, release_at, stage_folders
from tests.shards.release.releases import document, write_release


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Give an output folder with two releases, to neither of which anything leads."""
    for name in ("11-publish-aaaaaaaa", "11-publish-bbbbbbbb"):
        write_release(str(tmp_path / "out" / name / "release"), [("train", document(1, f"正文{name}"))])
    return tmp_path / "out"


def without_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "symlink", refuse)


@pytest.mark.parametrize("links", [True, False])
def test_every_path_that_leads_to_a_release_is_followed(
    output: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not links:
        without_links(monkeypatch)
    for name in ("11-publish-aaaaaaaa", "11-publish-bbbbbbbb", "11-publish-aaaaaaaa"):
        release = str(output / name / "release")
        lead_to(release)
        assert (output / "release").is_symlink() == links
        for path in (output, output / "release", output / name, release, f"{output}/", f"{output}/release/"):
            assert release_at(str(path)) == release
        assert readable(str(output), release) == (str(output / "release") if links else release)
        assert manifest.read(release_at(str(output))).rows == 1
    assert sorted(path.name for path in output.iterdir()) == ["11-publish-aaaaaaaa", "11-publish-bbbbbbbb", "release"]


def test_a_relative_path_is_followed(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lead_to(str(output / "11-publish-aaaaaaaa" / "release"))
    for folder, path in ((output.parent, "out"), (output.parent, "out/release"), (output, "."), (output, "release")):
        monkeypatch.chdir(folder)
        assert Path(release_at(path)).resolve() == output / "11-publish-aaaaaaaa" / "release"


def test_a_link_replaces_a_file_and_a_file_a_link(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (str(output / f"11-publish-{letter * 8}" / "release") for letter in "ab")
    lead_to(first)
    with monkeypatch.context() as patched:
        without_links(patched)
        lead_to(second)
    assert json.loads((output / "release").read_text()) == {"release": "11-publish-bbbbbbbb/release"}
    lead_to(first)
    assert release_at(str(output)) == first


def test_a_writer_killed_before_the_end_leaves_the_way_to_the_one_before(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (str(output / f"11-publish-{letter * 8}" / "release") for letter in "ab")
    lead_to(first)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            lead_to(second)
    assert release_at(str(output)) == first
    lead_to(second)
    assert release_at(str(output)) == second
    assert len(list(output.iterdir())) == 3, "what the killed one left is gone"


def test_a_moved_output_folder_still_leads_to_its_release(output: Path) -> None:
    lead_to(str(output / "11-publish-aaaaaaaa" / "release"))
    moved = output.parent / "moved"
    shutil.move(output, moved)
    assert release_at(str(moved)) == str(moved / "11-publish-aaaaaaaa" / "release")


def test_what_leads_nowhere_is_an_error_that_says_what_would_be_there(output: Path) -> None:
    (output / "note").write_text("just a note")
    (output / "12-index").mkdir()
    for path in (output / "12-index", output / "nowhere", output):
        with pytest.raises(ReleaseError, match=r"no release here.*manifest\.json"):
            release_at(str(path))
    with pytest.raises(ReleaseError, match="no file that names one"):
        release_at(str(output / "note"))
    lead_to(str(output / "11-publish-aaaaaaaa" / "release"))
    shutil.rmtree(output / "11-publish-aaaaaaaa")
    with pytest.raises(ReleaseError, match="no release here"):
        release_at(str(output))


def test_the_stages_that_made_a_release_are_found_beside_it(output: Path) -> None:
    release = str(output / "11-publish-aaaaaaaa" / "release")
    of = manifest.read(release)
    stages = ("01-documents-00000000", "10-index-11111111", "11-publish-aaaaaaaa")
    manifest.write(release, of.model_copy(update={"stages": stages}))
    assert stage_folders(release, "index") == [str(output / "10-index-11111111")]
    assert stage_folders(release, "dedup") == []
    files.write_bytes(files.join(release, "manifest.json"), b'{"format": 1}')
    assert stage_folders(release, "index") == []
