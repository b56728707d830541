"""The code that decides what a stage writes: given modules, every module that these import, and their libraries.

It is read from the import statements, so that none can be forgotten and none is named that decides nothing. Of a
package only the modules that are imported count, not what its `__init__` brings together. Followed are imports within
this project and, from a plug-in, within the plug-in's own package; whatever else is imported is a library.
"""

import functools
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.installed import versions_of
from pipeline.module_code import read_module
from shards import files

ROOMS = ("jobs", "pipeline", "filters", "dedup", "shards")  # as opposed to plug-ins
# They carry bytes and settings, and decide nothing of what is written.
CARRIERS = frozenset({"aiohttp", "datasets", "datasketch", "fsspec", "huggingface_hub", "pydantic", "yaml"})


_ROOT = Path(__file__).parent.parent


def code_digests(*modules: str) -> dict[str, str]:
    """Return a digest for each of the modules, for every module that they import, and for the data files beside these.

    Of code the syntax tree is digested, without docstrings: a comment or a line break changes nothing.

    Raises
    ------
    ModuleNotFoundError
        when a module is not there.
    """
    closure = _closures(modules)
    digests = {name: read_module(_path(name)).digest for name in closure}
    for folder, root in {(_path(name).parent, _root(name)) for name in closure if _is_in_package(name)}:
        digests |= {str(path.relative_to(root)): file_digest(path) for path in _data(folder)}
    return dict(sorted(digests.items()))


def library_versions(*modules: str) -> dict[str, str]:
    """Return the version of every library that the code of the modules imports, but for the carriers."""
    imported: set[str] = set().union(*(read_module(_path(name)).imports for name in _closures(modules)))
    ours = {*ROOMS, *(module.partition(".")[0] for module in modules)}
    packages = {name.partition(".")[0] for name in imported} - {*ours, *sys.stdlib_module_names, *CARRIERS}
    return dict(sorted(versions_of(packages).items()))


@functools.cache
def file_digest(path: Path) -> str:
    """Return the digest of a file's bytes."""
    return files.sha256(str(path))[:16]


def _closures(modules: Sequence[str]) -> frozenset[str]:
    return frozenset[str]().union(*(_closure(module) for module in modules))


@functools.cache
def _closure(module: str) -> frozenset[str]:
    followed = {*ROOMS, module.partition(".")[0]}
    closure: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in closure:
            closure.add(name)
            imports = read_module(_path(name)).imports
            waiting += [other for other in imports if other.partition(".")[0] in followed and _find(other) is not None]
    return frozenset(closure)


def _path(module: str) -> Path:
    path = _find(module)
    if path is None:
        raise ModuleNotFoundError(f"{module}: named as code that decides, and not there")
    return path


@functools.cache
def _find(module: str) -> Path | None:
    root = _root(module)
    place = root.joinpath(*module.split("."))
    if not _is_in_package(module):  # a file of its own
        return Path(str(sys.modules[module].__file__)) if module in sys.modules else None
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)


def _root(module: str) -> Path:
    """Return the folder in which the package of a module lies."""
    top = module.partition(".")[0]
    if top in ROOMS:
        return _ROOT
    places = list(getattr(sys.modules.get(top), "__path__", []))
    return Path(places[0]).parent if places else _ROOT


def _is_in_package(module: str) -> bool:
    top = module.partition(".")[0]
    return top in ROOMS or hasattr(sys.modules.get(top), "__path__")


@functools.cache
def _data(folder: Path) -> tuple[Path, ...]:
    """Return the files beside the modules of a package; those of packages within it are theirs."""
    paths: list[Path] = []
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name != "__pycache__" and not (path / "__init__.py").exists():
            paths += _data(path)
        elif path.is_file() and path.suffix != ".py":
            paths.append(path)
    return tuple(paths)
