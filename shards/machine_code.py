"""numba's side of `shards.compiled`: what compiles a loop, keeps its machine code on disk and finds it there again."""

import functools
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator
from numba.core.registry import CPUDispatcher

from shards.loop_cache import SIGN, Turn, cache_folder, code_digest

logger = logging.getLogger(__name__)

_sign = Turn(cache_folder() / SIGN, shared=True)


class LoopDispatcher(CPUDispatcher):  # type: ignore[misc]
    """Finds the machine code of a function for the types of its arguments, or compiles it."""

    def __init__(self, function: Callable[..., Any], *, counts_references: bool, for_python: bool) -> None:
        options = {
            "nopython": True,
            "nogil": True,
            "boundscheck": None,
            "no_cfunc_wrapper": True,
            "no_cpython_wrapper": not for_python,
        }
        super().__init__(function, targetoptions=options if counts_references else {**options, "_nrt": False})
        self._cache = _LoopCache(function, for_python=for_python)

    def compile(self, sig: Any) -> Any:
        """Return the entry to the machine code for a signature, once no other process is compiling it."""
        try:
            return super().compile(sig)
        finally:
            self._cache.give_back()


class _LoopCache(FunctionCache):  # type: ignore[misc]
    """The machine code of a function on disk: what is missing there is this process's to compile."""

    def __init__(self, function: Callable[..., Any], *, for_python: bool) -> None:
        super().__init__(function)
        self._for_python = for_python
        self._turns = (Turn(Path(self.cache_path) / f"{self._impl.filename_base}.lock"), _sign)
        self._taken: list[Turn] = []

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the machine code for a signature, or None in this process alone."""
        found = super().load_overload(sig, target_context)
        if found is None:
            self._taken = [turn for turn in self._turns if turn.take()]
            found = super().load_overload(sig, target_context)
        if found is None:
            _say_so()
        return found

    def give_back(self) -> None:
        """Let other processes compile this function."""
        while self._taken:
            self._taken.pop().give_back()

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        return (*super()._index_key(sig, codegen), self._for_python)


class _Locator(_CacheLocator):  # type: ignore[misc]
    """Tells numba the folder of a function's machine code: named by the code, and not by its place."""

    def __init__(self, function: Callable[..., Any], file: str) -> None:
        path = Path(file).resolve()
        self._line = function.__code__.co_firstlineno
        self._folder = cache_folder() / f"{path.stem}-{code_digest(path, numba.__version__)}"

    @classmethod
    def from_function(cls, function: Callable[..., Any], file: str) -> "_Locator":
        locator = cls(function, file)
        locator.ensure_cache_path()
        return locator

    def ensure_cache_path(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)

    def get_cache_path(self) -> str:
        return str(self._folder)

    def get_source_stamp(self) -> str:
        return ""  # the folder's name says it

    def get_disambiguator(self) -> str:
        return str(self._line)


class _Implementation(CompileResultCacheImpl):  # type: ignore[misc]
    _locator_classes = (_Locator,)


_LoopCache._impl_class = _Implementation


@functools.cache
def _say_so() -> None:
    logger.info("compiling loops for this machine, once (about a minute): %s", cache_folder())
