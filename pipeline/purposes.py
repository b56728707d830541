"""Configurations to begin with: those of `configs/`, written where a user wants one."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from pipeline.errors import ConfigError, QuestionError
from pipeline.words import meant

PURPOSES = ("common_crawl", "files", "crawl", "literature", "domain")
_CONFIGS = Path(__file__).parent.parent / "configs"


def purposes() -> Mapping[str, str]:
    """Return what each configuration is for: the sentence below its first line."""
    return {name: _content(name).splitlines()[1].removeprefix("# ") for name in PURPOSES}


def begin(purpose: str, path: Path) -> None:
    """Write the configuration of a purpose; what it refers to is named from where the file lies.

    Raises
    ------
    QuestionError
        for a purpose that there is none of.
    ConfigError
        if a file is there, or cannot be written.
    """
    if purpose not in PURPOSES:
        raise QuestionError(f"{purpose!r} is none of {', '.join(PURPOSES)}{meant(purpose, PURPOSES)}")
    text = _content(purpose).replace(f"configs/{purpose}.yaml", str(path))
    text = re.sub(r"(?<=\$schema=)\S+", lambda match: _from(path, match[0]), text)
    text = re.sub(r"(?<=!include )\S+", lambda match: _from(path, match[0]), text)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; name another file after --to") from error


def _content(purpose: str) -> str:
    return (_CONFIGS / f"{purpose}.yaml").read_text(encoding="utf-8")


def _from(path: Path, name: str) -> str:
    """Return how a file beside the configurations is called in another: as it is within a checkout, else in full."""
    target, folder = _CONFIGS / name, path.resolve().parent
    return os.path.relpath(target, folder) if folder.is_relative_to(_CONFIGS.parent) else str(target)
