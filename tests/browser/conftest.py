"""A headless Chromium for the tests of pages; without one they are skipped."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.reports import made_run

ROOT = Path(__file__).parents[2]
INSTALLS = "`.ci/browser` installs it"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give a browser, or skip where there is none."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        pytest.skip(f"needs Chromium (on the path, or CHROMIUM): {INSTALLS}")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])  # root has no sandbox
        yield started
        started.close()


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> tuple[str, str]:
    """Give two runs, with hostile documents, of which the second has a lower bound."""
    folder = tmp_path_factory.mktemp("runs")
    return made_run(folder, 50, "before"), made_run(folder, 20, "after")


@pytest.fixture(scope="session")
def axe() -> str:
    """Give the script of axe-core, which finds faults of accessibility, or skip where it is not."""
    path = ROOT / ".tools" / "axe.min.js"
    if not path.exists():
        pytest.skip(f"needs axe-core in {path}: {INSTALLS}")
    return path.read_text(encoding="utf-8")
