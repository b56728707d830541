"""What the source of a module says: a digest of its code, and the names that it imports.

To parse a few hundred modules takes seconds. What was read is therefore remembered under the user's cache folder, by
the digest of the source: a line for each module in a file for this Python and this way of reading. A line that was
damaged or cut off is not used; a file that has grown large is begun anew.
"""

import ast
import functools
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import NamedTuple

from shards.loop_cache import cache_folder

LIMIT = 2 << 20  # bytes that are remembered: a dozen versions of every module


class Module(NamedTuple):
    """What a module's code says: a digest of it, and `a.b` for `import a.b`, `a` and `a.b` for `from a import b`."""

    digest: str
    imports: frozenset[str]


@functools.cache
def read_module(path: Path) -> Module:
    """Return what a module's code says. Comments, docstrings and line breaks are no part of it."""
    source = path.read_bytes()
    key = _hash(source)
    memory = _memory()
    if key not in memory:
        memory[key] = _parsed(source)
        _remember(key, memory[key])
    return memory[key]


def _parsed(source: bytes) -> Module:
    tree = ast.parse(source)
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
def _memory() -> dict[str, Module]:
    try:
        text = _file().read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    if len(text) > LIMIT:
        _file().unlink(missing_ok=True)
        return {}
    modules = {}
    for line in text.splitlines():
        check, _, body = line.partition(" ")
        if check == _hash(body.encode()):
            key, digest, imports = json.loads(body)
            modules[key] = Module(digest, frozenset(imports))
    return modules


def _remember(key: str, module: Module) -> None:
    body = json.dumps((key, module.digest, sorted(module.imports)))
    line = f"\n{_hash(body.encode())} {body}\n"  # of its own, whatever was cut off before it
    try:
        file = os.open(_file(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError:
        return
    try:
        os.write(file, line.encode())
    finally:
        os.close(file)


@functools.cache
def _file() -> Path:
    return cache_folder() / f"modules-{sys.implementation.cache_tag}-{_hash(Path(__file__).read_bytes())[:8]}"


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]
