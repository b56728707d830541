"""Loops over Arrow buffers as machine code: `@compiled` and `@inner`.

A loop is compiled when it is first called, once per machine, and kept on disk (`shards.machine_code`). Until then
numba, which takes half a second to import, is not even loaded: most commands never call one.
"""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    from shards.machine_code import LoopDispatcher

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Loop(Generic[Arguments, Result]):
    """A function that is machine code for whoever calls it, Python or another loop.

    Only what Python calls gets the code that unpacks Python's objects, which often takes longer to compile than the
    loop itself.
    """

    def __init__(self, function: Callable[Arguments, Result], *, counts_references: bool) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.counts_references = counts_references

    def __call__(self, *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
        """Call the function from Python."""
        result: Result = self._for_python(*arguments, **named)
        return result

    def __reduce__(self) -> str:
        """Travel by name."""
        return self.function.__qualname__

    @functools.cached_property
    def _for_python(self) -> "LoopDispatcher":
        return self._dispatcher(for_python=True)

    @functools.cached_property
    def _for_loops(self) -> "LoopDispatcher":
        return self._dispatcher(for_python=False)

    @property
    def _numba_type_(self) -> Any:
        """What numba, compiling another loop, takes this one for."""
        return self._for_loops._numba_type_

    def _dispatcher(self, *, for_python: bool) -> "LoopDispatcher":
        from shards.machine_code import LoopDispatcher  # imports numba, so not before it is needed

        return LoopDispatcher(self.function, counts_references=self.counts_references, for_python=for_python)


def compiled(function: Callable[Arguments, Result]) -> Loop[Arguments, Result]:
    """Return the function as machine code, compiled when it is first called and never again on this machine."""
    return Loop(function, counts_references=True)


def inner(function: Callable[Arguments, Result]) -> Loop[Arguments, Result]:
    """Return the function as machine code for compiled loops to call: five times faster to call, if it makes no array.

    numba counts references to the arrays that a function is given, atomically and in every call. A function compiled
    without its memory management counts none.
    """
    return Loop(function, counts_references=False)
