"""The code that decides what a stage writes: its module, every module of ours that this imports, and their libraries.

It is read from the import statements, so that none can be forgotten and none is named that decides nothing. Of a
package only the modules that are imported count, not what its `__init__` brings together.
"""

import ast
import functools
import hashlib
import importlib.metadata
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

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
    digests = {name: _read(_path(name)).digest for name in modules}
    for folder in {_path(name).parent for name in modules}:
        digests |= {str(path.relative_to(_ROOT)): file_digest(path) for path in _data(folder)}
    return dict(sorted(digests.items()))


def library_versions(module: str) -> dict[str, str]:
    """Return the version of every library that the code of a module imports, but for the carriers."""
    imported: set[str] = set().union(*(_read(_path(name)).imports for name in _closure(module)))
    packages = {name.partition(".")[0] for name in imported} - {*ROOMS, *sys.stdlib_module_names, *CARRIERS}
    names = {distribution for package in packages for distribution in _distributions()[package]}
    return {name: importlib.metadata.version(name) for name in sorted(names)}


@functools.cache
def file_digest(path: Path) -> str:
    """Return the digest of a file's bytes."""
    return files.sha256(str(path))[:16]


class Module(NamedTuple):
    """What a module's code says: a digest of it, and `a.b` for `import a.b`, `a` and `a.b` for `from a import b`."""

    digest: str
    imports: frozenset[str]


@functools.cache
def _read(path: Path) -> Module:
    tree = ast.parse(path.read_bytes())
    imports: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                imports.update(alias.name for alias in node.names)
            case ast.ImportFrom(module=str(module)):
                imports.update((module, *(f"{module}.{alias.name}" for alias in node.names)))
            case ast.Module() | ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                if ast.get_docstring(node, clean=False):
                    node.body = node.body[1:]
    return Module(hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:16], frozenset(imports))


@functools.cache
def _closure(module: str) -> frozenset[str]:
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            imports = _read(_path(name)).imports
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


@functools.cache
def _distributions() -> dict[str, list[str]]:
    """Return the names, in small letters, of what was installed as a package."""
    return {
        package: [name.lower() for name in names]
        for package, names in importlib.metadata.packages_distributions().items()
    }
