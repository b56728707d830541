"""The code that decides what a stage writes: its module, every module of ours that this imports, and their libraries.

It is read from the import statements, so that none can be forgotten and none is named that decides nothing. Of a
package only the modules that are imported count, not what its `__init__` brings together.
"""

import functools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipeline.installed import versions_of
from pipeline.module_code import read_module
from shards import files

ROOMS: Final = ("jobs", "pipeline", "filters", "dedup", "shards")
# They carry bytes and settings, and decide nothing of what is written.
CARRIERS: Final = frozenset({"aiohttp", "datasets", "datasketch", "fsspec", "huggingface_hub", "pydantic", "yaml"})


_ROOT: Final = Path(__file__).parent.parent


def code_digests(module: str) -> dict[str, str]:
    """Return a digest for every module that a module stands on, itself among them, and for the data files beside them.

    Of code the syntax tree is digested, without docstrings: a comment or a line break changes nothing.

    Raises
    ------
    ModuleNotFoundError
        when the module is none of ours.
    """
    modules = _closure(module)
    digests = {name: read_module(_path(name)).digest for name in modules}
    for folder in {_path(name).parent for name in modules}:
        digests |= {str(path.relative_to(_ROOT)): file_digest(path) for path in _data(folder)}
    return dict(sorted(digests.items()))


def library_versions(module: str) -> dict[str, str]:
    """Return the version of every library that the code of a module imports, but for the carriers."""
    imported: set[str] = set().union(*(read_module(_path(name)).imports for name in _closure(module)))
    packages = {name.partition(".")[0] for name in imported} - {*ROOMS, *sys.stdlib_module_names, *CARRIERS}
    return dict(sorted(versions_of(packages).items()))


@functools.cache
def file_digest(path: Path) -> str:
    """Return the digest of a file's bytes."""
    return files.sha256(str(path))[:16]


@functools.cache
def _closure(module: str) -> frozenset[str]:
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            imports = read_module(_path(name)).imports
            waiting += [other for other in imports if other.partition(".")[0] in ROOMS and _find(other) is not None]
    return frozenset(found)


def _path(module: str) -> Path:
    path = _find(module)
    if path is None:
        raise ModuleNotFoundError(f"{module}: named as code that decides, and not there")
    return path


@functools.cache
def _find(module: str) -> Path | None:
    place = _ROOT.joinpath(*module.split("."))
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)


def _data(folder: Path) -> Iterator[Path]:
    """Yield the files beside the modules of a package; those of packages within it are theirs."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name != "__pycache__" and not (path / "__init__.py").exists():
            yield from _data(path)
        elif path.is_file() and path.suffix != ".py":
            yield path
