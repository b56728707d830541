"""Plug-ins in files: `modules: [my_filters.py]` in a configuration, each a module of its own, known to every worker.

A file is read once, where the run is started. What travels to the workers is its source, so that a worker on another
machine needs no copy of the file. A module bears the name of its file; it can import what is installed, and the
modules of this project, but no other file under `modules:`.
"""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel, Field, model_validator

from pipeline.catalogue import catalogues, name_of
from pipeline.errors import ConfigError

PREFIX = "plugged_in_"  # of a module's name, so that a file filters.py hides no module of that name


@dataclass(frozen=True)
class Module:
    """A file as it was read: its module's name, where it was, and its source."""

    name: str
    path: str
    source: str


_loaded: dict[str, Module] = {}


def load(path: Path) -> Module:
    """Import a file and add the filters, steps and sources that it defines to the catalogues; again if it changed.

    Raises
    ------
    ConfigError
        when it cannot be read or imported, defines nothing of the kind, or a name of its own is taken.
    """
    try:
        module = Module(PREFIX + path.stem, str(path.resolve()), path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"modules: {path}: {error.strerror if isinstance(error, OSError) else error}") from error
    known = _loaded.get(module.name)
    if known == module:
        return module
    if known is not None and known.path != module.path:
        raise ConfigError(f"modules: {path}: another module has this name: {known.path}; rename one of them")
    _forget(module.name)
    try:
        added = _added(_executed(module, module.path))
    except (Exception, SystemExit) as error:
        _forget(module.name)
        raise ConfigError(f"modules: {path}: {type(error).__name__}: {error}") from error
    if not added:
        raise ConfigError(
            f"modules: {path}: it defines no filter, step or source: a subclass of Filter, Step or Source with "
            'name: Literal["…"] (kind: of a source)'
        )
    _loaded[module.name] = module
    return module


class WithModules(BaseModel, frozen=True, extra="forbid"):
    """A configuration that may bring filters, steps and sources of its own."""

    modules: tuple[str, ...] = Field((), description="Python files with filters, steps or sources of your own")

    @model_validator(mode="before")
    @classmethod
    def _load(cls, value: Any) -> Any:
        for file in value.get("modules") or () if isinstance(value, Mapping) else ():
            load(Path(file))
        return value


def loaded() -> tuple[Module, ...]:
    """Return the files that were loaded, in order: what a worker needs to read what they define."""
    return tuple(_loaded.values())


def restore(modules: Sequence[Module]) -> None:
    """Import, in a worker, the files that the driver has loaded."""
    for module in modules:
        if _loaded.get(module.name) != module:
            _executed(module, str(_file_of(module)))
            _loaded[module.name] = module


def _file_of(module: Module) -> Path:
    """Return a file with the module's source: the one that the driver read, or a copy of it on this machine."""
    original = Path(module.path)
    if original.is_file() and original.read_text(encoding="utf-8") == module.source:
        return original
    folder = Path(tempfile.mkdtemp(prefix=f"yuliao-{sha256(module.source.encode()).hexdigest()[:16]}-"))
    copy = folder / original.name
    copy.write_text(module.source, encoding="utf-8")
    return copy


def _executed(module: Module, file: str) -> ModuleType:
    made = ModuleType(module.name)
    made.__file__ = file
    sys.modules[module.name] = made  # before it runs: pydantic looks annotations up there
    exec(compile(module.source, file, "exec"), made.__dict__)  # noqa: S102 # the user's own code, named by the user
    return made


def _forget(name: str) -> None:
    """Take away what a file has brought: what it defines now may bear other names, or be wrong."""
    _loaded.pop(name, None)
    sys.modules.pop(name, None)
    for catalogue in catalogues():
        catalogue.remove(name)


def _added(module: ModuleType) -> int:
    """Add what a module defines to the catalogues; return how many models these are."""
    count = 0
    for member in list(vars(module).values()):
        for catalogue in catalogues():
            if (
                isinstance(member, type)
                and member.__module__ == module.__name__
                and issubclass(member, catalogue.base)
                and name_of(member, catalogue.key) is not None
            ):
                catalogue.add(member)
                count += 1
    return count
