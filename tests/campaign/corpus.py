"""What the campaign runs: some 40 documents of the sample web through every stage, in many small tasks."""

import json
import shutil
from pathlib import Path
from typing import Any

import yaml

from pipeline.config import load
from pipeline.run import outlook
from tests.campaign.processes import Driver
from tests.runs import SampleWeb
from tests.sample_web import pack

DEDUP: dict[str, Any] = {"url": "latest", "paragraphs": {"documents": 3}, "partitions": 4}
SOUND = "sample-00000.warc.gz"  # the file of the sample web that does not break off
OUT = "out"


class Campaign:
    """A folder with the input and the result of an undisturbed run over it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        pack.main(folder)
        self.folder = folder
        whole = Trial(folder / "undisturbed")
        whole.folder.mkdir(exist_ok=True)
        shutil.copyfile(folder / SOUND, whole.input)
        if Driver("run", str(whole.config()), "--local", log=whole.log).wait() != 0:
            raise RuntimeError(f"the undisturbed run failed: see {whole.log}")
        for _ in outlook(load(str(whole.config()))):  # what is learnt of the code here, each driver need not
            pass
        stages = json.loads((whole.output / "run.json").read_bytes())["stages"]
        folders = {stage["folder"] for stage in stages}  # another version's may lie beside them
        self.expected = {path: digest for path, digest in whole.digests().items() if path.partition("/")[0] in folders}

    def trial(self, name: str) -> "Trial":
        """Return a run in a folder of its own, with a copy of the input."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        shutil.copy(self.folder / SOUND, folder)
        return Trial(folder)


class Trial:
    """One run, from its input to its end."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log, self.input = folder, folder / "log", folder / SOUND
        self.output = folder / OUT
        self._web = SampleWeb(folder)

    def config(self, **changes: Any) -> Path:
        """Write the configuration of a run and return its path."""
        path = self._web.config(OUT, dedup=DEDUP, **changes)
        settings = yaml.safe_load(path.read_text(encoding="utf-8"))
        names = [stage["name"] for stage in settings["stages"]]
        settings["stages"].insert(names.index("rights") + 1, {"name": "poisoning"})
        path.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
        return path

    def digests(self) -> dict[str, str]:
        """Return the digest of every file that is a result."""
        return self._web.digests(OUT)

    def files(self) -> list[Path]:
        """Return what was written so far, without what only watchers read."""
        told = {".lock", "status.json", "metrics.prom"}
        return [
            path
            for path in sorted(self.output.rglob("*"))
            if path.is_file() and not path.is_symlink() and path.name not in told and path.stat().st_size
        ]


def difference(found: dict[str, str], expected: dict[str, str], *, more: bool = False) -> str:
    """Return in what a result is not the expected one, or nothing; there may be `more` files of other inputs."""
    missing = sorted({*expected} - {*found}) or ([] if more else sorted({*found} - {*expected}))
    wrong = missing or sorted(path for path, digest in expected.items() if found[path] != digest)
    return f"{len(wrong)} files differ, the first: {wrong[0]}" if wrong else ""
