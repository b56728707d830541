"""The same input read from another mount gives the same release, byte for byte."""

import shutil
from pathlib import Path

import yaml

from pipeline.config import load
from pipeline.run import Local, run
from shards import files
from shards.release.place import release_at
from tests.runs import SampleWeb, Silent


def test_a_mount_leaves_no_trace_in_a_release(sample_web: SampleWeb, tmp_path: Path) -> None:
    found = []
    for mount in ("one", "an other/deeper"):
        folder = tmp_path / mount
        (folder / "in").mkdir(parents=True)
        for path in sample_web.folder.glob("*.warc.gz"):
            shutil.copy(path, folder / "in")
        settings = yaml.safe_load(sample_web.config("mounts").read_text())
        settings["stages"][0]["sources"][0]["paths"] = [str(folder / "in" / "*.warc.gz")]
        config = folder / "config.yaml"
        config.write_text(yaml.safe_dump(settings | {"output": str(folder / "out")}, allow_unicode=True))
        assert not run(load(str(config)), Local(), Silent()).failures
        release = release_at(str(folder / "out"))
        found.append({path: files.read_bytes(files.join(release, path)) for path in files.paths_below(release)})
    assert found[0] == found[1]
    assert not any(str(tmp_path).encode() in content for content in found[0].values())
