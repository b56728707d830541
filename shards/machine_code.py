"""numba's side of `shards.compiled`: what compiles a loop, keeps its machine code on disk and finds it there again."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import llvmlite.binding
import numba
from numba.core import types
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator
from numba.core.environment import Environment, lookup_environment
from numba.core.registry import CPUDispatcher
from numba.core.runtime.nrt import rtsys

from shards.emission import Library
from shards.loop_cache import SIGN, Turn, cache_folder, code_digest, say_that_loops_are_compiled

FORMAT = 1  # of what is kept: machine code of another one is not looked at
_sign = Turn(cache_folder() / SIGN, shared=True)


class LoopDispatcher(CPUDispatcher):
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

    def get_call_template(self, args: Sequence[Any], kws: Any) -> Any:
        """Return what a loop calls for these types. For each literal argument numba would compile the function anew."""
        named = {name: _plain(value) for name, value in dict(kws).items()}
        return super().get_call_template([_plain(value) for value in args], named)

    def compile(self, sig: Any) -> Any:
        """Return the entry to the machine code for a signature, once no other process is compiling it."""
        try:
            return super().compile(sig)
        finally:
            self._cache.give_back()


class _LoopCache(FunctionCache):
    """The machine code of a function on disk: what is missing there is this process's to compile."""

    def __init__(self, function: Callable[..., Any], *, for_python: bool) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        self._for_python = for_python
        self._impl.is_linked = not for_python
        self._turns = (Turn(Path(self.cache_path) / f"{self._impl.filename_base}.lock"), _sign)
        self._taken: list[Turn] = []

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the machine code for a signature, or None if this process is to compile it."""
        found = self._kept(sig, target_context)
        if found is None:
            self._taken = [turn for turn in self._turns if turn.take()]
            found = self._kept(sig, target_context)
        if found is None:
            say_that_loops_are_compiled()
            target_context.codegen()._library_class = Library
        return found

    def _kept(self, sig: Any, target_context: Any) -> Any:
        """Return the machine code that is on disk, if it is.

        As numba's own `load_overload`, but for the modules that tell numba how to compile: they take each process .3 s,
        and machine code on disk needs none of them. Before it compiles, numba loads them in any case.
        """
        rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)  # type: ignore[no-untyped-call]

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep machine code on disk, if there is room and leave; this process has it in any case."""
        with suppress(OSError):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]

    def give_back(self) -> None:
        """Let other processes compile this function."""
        while self._taken:
            self._taken.pop().give_back()

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        return (*super()._index_key(sig, codegen), self._for_python)  # type: ignore[no-untyped-call]


class _Locator(_CacheLocator):
    """Tells numba the folder of a function's machine code: named by the code, and not by its place."""

    def __init__(self, function: Callable[..., Any], file: str) -> None:
        path = Path(file).resolve()
        self._line = function.__code__.co_firstlineno
        self._folder = cache_folder() / f"{path.stem}-{code_digest(path, f'{numba.__version__} {FORMAT}')}"

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> "_Locator":
        locator = cls(py_func, py_file)
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


class _Implementation(CompileResultCacheImpl):
    _locator_classes = [_Locator]  # noqa: RUF012 # as numba declares it
    is_linked = True  # into loops that call it

    def reduce(self, cres: Any) -> Any:
        """Return what is kept of a compiled function: without the modules that machine code never asks for."""
        library, description, environment, *rest, environments = super().reduce(cres)  # type: ignore[no-untyped-call]
        if not self.is_linked:
            name, kind, (machine_code, _) = library
            library = name, kind, (machine_code, _named(description.llvm_cpython_wrapper_name))
        return library, description, _Kept(environment), *rest, tuple(map(_Kept, environments))


class _Kept:
    """The constants of a function on their way to the disk.

    numba's own way back imports the module that the function is in, which for functions of numba's is a part of the
    compiler, and scipy. A module's names are asked for by functions that run as Python's objects, and ours do not.
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def __reduce__(self) -> Any:
        _, (module, constants, name) = self._environment.__reduce__()  # type: ignore[no-untyped-call]
        return _environment, (module, constants, name)


def _environment(module: str, constants: list[Any], name: str) -> Environment:
    found = lookup_environment(name)  # type: ignore[no-untyped-call]
    if found is None:
        found = Environment({"__name__": module})
        found.consts[:] = constants
        found.env_name = name
        Environment._memo[name] = found
    return found  # type: ignore[no-any-return]


_LoopCache._impl_class = _Implementation


def _named(function: str) -> bytes:
    """Return code of LLVM's with the name of a function, by which numba finds its machine code, and no more."""
    code = llvmlite.binding.parse_assembly(f'define void @"{function}"() {{ ret void }}')
    return bytes(code.as_bitcode())


def _plain(value: Any) -> Any:
    return types.unliteral(value)  # type: ignore[no-untyped-call]
