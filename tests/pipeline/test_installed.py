"""What `importlib.metadata` finds the slow way is found the quick way, too."""

import importlib.metadata

import pytest

from pipeline.installed import versions_of


def test_packages_belong_to_the_distributions_that_importlib_finds() -> None:
    known = importlib.metadata.packages_distributions()
    for package, names in known.items():
        assert versions_of([package]) == {name.lower(): importlib.metadata.version(name) for name in names}, package


def test_a_package_that_nobody_installed_is_named() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        versions_of(["numpy", "no_such_package"])
