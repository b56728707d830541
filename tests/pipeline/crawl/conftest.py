"""What the tests of the crawler share."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

DATA = Path(os.environ.get("YULIAO_DATA", Path(__file__).resolve().parents[4] / "shared" / "data"))


def shared(name: str) -> Path:
    """A file of the development data pack; the test is skipped where the pack is absent."""
    if not (DATA / name).exists():
        pytest.skip(f"the development data pack is not at {DATA} (set YULIAO_DATA)")
    return DATA / name


def rows(name: str) -> list[dict[str, Any]]:
    with gzip.open(shared(name), "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
