"""What all tests share: Hypothesis without deadlines (machines are shared), the development data, the sample web."""

import gc
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from pipeline import plugins
from pipeline.garbage import collect_seldom
from pipeline.run import Local
from tests.runs import SampleWeb
from tests.sample_web import pack

settings.register_profile("yuliao", deadline=None, max_examples=60, derandomize=bool(os.environ.get("CI")))
settings.load_profile("yuliao")

ROOT = Path(__file__).parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--module", action="append", default=[], help="a Python file whose filters are tested with ours")


def pytest_configure(config: pytest.Config) -> None:
    for path in config.getoption("--module"):
        plugins.load(Path(path))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow every test that waits for a whole run, and let coverage be measured where it is asked for.

    It is asked of filters and dedup, by examples of their own tests: what is traced takes twice to five times as long.
    """
    measured = [ROOT / "tests" / package for package in ("filters", "dedup")]
    for item in items:
        if "whole_run" in getattr(item, "fixturenames", ()):
            item.add_marker("slow")
        searches = item.get_closest_marker("slow") or item.get_closest_marker("hypothesis")
        if searches or not any(package in item.path.parents for package in measured):
            item.add_marker("no_cover")


@pytest.fixture(scope="session", autouse=True)
def _state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what runs note on a machine out of the tester's home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


def pytest_collection_finish() -> None:
    """Have the thousands of collected tests not looked through again whenever the rest of memory is."""
    gc.collect()
    collect_seldom()


@pytest.fixture(scope="session")
def data() -> Path:
    """Give the folder of the development data, or skip: it is not part of the repository."""
    folder = Path(os.environ.get("YULIAO_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"needs the development data in {folder} (or YULIAO_DATA)")
    return folder


@pytest.fixture(scope="session")
def cases(data: Path) -> Path:
    """Give the folder of inputs on which we or others were once wrong, or skip as `data` does."""
    folder = data.parent / "cases"
    if not folder.is_dir():
        pytest.skip(f"needs the cases in {folder}")
    return folder


@pytest.fixture(scope="session")
def sample_web(tmp_path_factory: pytest.TempPathFactory) -> SampleWeb:
    folder = tmp_path_factory.mktemp("sample")
    pack.main(folder)
    rows = [json.loads(line) for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
    return SampleWeb(folder, {row["record"]: row for row in rows})


@pytest.fixture(scope="session")
def whole_run(sample_web: SampleWeb) -> SampleWeb:
    """Give the sample web after an undisturbed run into `whole`, in this process."""
    result = sample_web.run("whole", Local())
    assert not result.failures
    return sample_web
