"""Readers of others, which the samples are held against: they are for tests only, and no lock has them."""

from typing import Any

import pytest


def second(module: str) -> Any:
    """Return a reader, or skip the test: `uv pip install foamlib meshio metar pymetdecoder` brings them."""
    return pytest.importorskip(
        module, reason=f"the second reader {module} is not installed: pip install {module.split('.')[0]}"
    )
