"""Which installed distribution a package is from, and its version.

`importlib.metadata.packages_distributions` reads the same files, and takes ten times as long over them.
"""

import functools
import importlib.metadata
import inspect
from collections.abc import Iterable


def versions_of(packages: Iterable[str]) -> dict[str, str]:
    """Return the names, in small letters, and the versions of the distributions that packages were installed with.

    Raises
    ------
    ModuleNotFoundError
        when a package belongs to no distribution.
    """
    return dict(named for package in packages for named in _versions_of(package))


@functools.cache
def _versions_of(package: str) -> tuple[tuple[str, str], ...]:
    if package not in _by_package():
        raise ModuleNotFoundError(f"{package}: imported, and no installed distribution has it")
    return tuple((distribution.name.lower(), distribution.version) for distribution in _by_package()[package])


@functools.cache
def _by_package() -> dict[str, list[importlib.metadata.Distribution]]:
    distributions: dict[str, list[importlib.metadata.Distribution]] = {}
    for distribution in importlib.metadata.distributions():
        for package in _packages(distribution):
            distributions.setdefault(package, []).append(distribution)
    return distributions


def _packages(distribution: importlib.metadata.Distribution) -> set[str]:
    """Return the names that a distribution declares, or else those at the top of its list of files."""
    declared = (distribution.read_text("top_level.txt") or "").split()
    if declared:
        return set(declared)
    files = (distribution.read_text("RECORD") or "").splitlines()
    tops = {line.partition(",")[0].partition("/") for line in files}
    return {package for name, slash, _ in tops if (package := name if slash else inspect.getmodulename(name))}
