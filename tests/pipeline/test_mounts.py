"""The same input read from another mount gives the same release, byte for byte."""

import shutil
from pathlib import Path

import yaml

from pipeline.config import load
from pipeline.run import Local, run
from shards import files
from shards.release.place import release_at
from tests.runs import SampleWeb, Silent


def test_a_mount_leaves_no_trace_in_a_release(whole_run: SampleWeb, tmp_path: Path) -> None:
    mount = tmp_path / "an other" / "deeper"
    mount.mkdir(parents=True)
    for path in whole_run.folder.glob("*.warc.gz"):
        shutil.copy(path, mount)
    settings = yaml.safe_load(whole_run.config("mounts").read_text())
    settings["stages"][0]["sources"][0]["paths"] = [str(mount / "*.warc.gz")]
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump(settings | {"output": str(tmp_path / "out")}, allow_unicode=True))
    assert not run(load(str(config)), Local(), Silent()).failures
    read = contents(release_at(str(tmp_path / "out")))
    assert read == contents(str(whole_run.release("whole")))
    assert not any(str(tmp_path).encode() in content for content in read.values())


def contents(release: str) -> dict[str, bytes]:
    """Return the bytes of every file of a release."""
    return {path: files.read_bytes(files.join(release, path)) for path in files.paths_below(release)}
