"""What all tests share: Hypothesis without deadlines (the machine is shared), and the development data."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("yuliao", deadline=None, max_examples=60, derandomize=bool(os.environ.get("CI")))
settings.load_profile("yuliao")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def data() -> Path:
    """Give the folder of the development data, or skip: it is not part of the repository."""
    folder = Path(os.environ.get("YULIAO_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"needs the development data in {folder} (or YULIAO_DATA)")
    return folder
