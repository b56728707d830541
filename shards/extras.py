"""Libraries that only some collections need: asked for when the config is read, loaded when a file is."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any


def require(module: str, extra: str) -> None:
    """Check that a library is there, without loading it.

    Raises
    ------
    ValueError
        with the extra to install.
    """
    if find_spec(module) is None:
        raise ValueError(f"{module} is not installed: make extras EXTRAS={extra}")


def load(module: str) -> Any:
    """Return a library that `require` has found."""
    return import_module(module)
