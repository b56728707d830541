"""Locks: what is asked for is in them, every package once, with hashes and without the name of any registry."""

import itertools
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = {name: ROOT / f"{name}.lock" for name in ("requirements", "requirements-extras", "requirements-dev")}
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]

ASKED_FOR = {
    "requirements": PROJECT["project"]["dependencies"],
    "requirements-extras": [*itertools.chain.from_iterable(EXTRAS.values())],
    "requirements-dev": PROJECT["dependency-groups"]["dev"],
}


def pinned(lock: str) -> dict[str, set[str]]:
    """Return the versions of every package of a lock; markers choose among several."""
    found: dict[str, set[str]] = {}
    for line in LOCKS[lock].read_text(encoding="utf-8").splitlines():
        if not line.startswith(" "):
            name, _, version = line.partition("==")
            found.setdefault(canonicalize_name(name), set()).add(version.split()[0])
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_what_is_asked_for_in_a_version_that_was(lock: str) -> None:
    for requirement in map(Requirement, ASKED_FOR[lock]):
        versions = pinned(lock)[canonicalize_name(requirement.name)]
        assert all(requirement.specifier.contains(version) for version in versions), requirement


def test_no_package_is_in_two_locks() -> None:
    for one, other in itertools.combinations(LOCKS, 2):
        assert not pinned(one).keys() & pinned(other).keys()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_names_versions_and_hashes(lock: str) -> None:
    package = r"[a-z0-9-]+==\S+( ; [^\\\n]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+\n"
    assert re.fullmatch(f"({package})+", LOCKS[lock].read_text(encoding="utf-8"))
