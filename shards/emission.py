"""Machine code is emitted for functions that Python calls; what is only linked into them stays as it was lowered.

numba optimises each function with all that it calls, and emits machine code for it, before it goes on to its caller,
which takes in, optimises and emits all of that again; and most of our functions are called by other loops alone.
"""

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.environment import lookup_environment


class Library(JITCodeLibrary):
    """The code of a function: as it was lowered until its address is asked for, then optimised and emitted."""

    _is_emitted = False

    @property
    def codegen(self) -> Any:
        """Return what numba gives constants of this code to: the code generator has a place for them once it emits."""
        return self._codegen if self._is_emitted else _Nowhere

    def get_pointer_to_function(self, name: str) -> Any:
        """Return the address of a function, 0 if it is none of this code's."""
        self._ensure_finalized()  # type: ignore[no-untyped-call]
        if not self._is_emitted:
            if not any(each.name == name for each in self.get_defined_functions()):  # type: ignore[no-untyped-call]
                return 0
            self._emit()
        return super().get_pointer_to_function(name)  # type: ignore[no-untyped-call]

    def serialize_using_object_code(self) -> Any:
        """Return what is kept of this code: as it is, if it was not emitted."""
        if self._is_emitted:
            return super().serialize_using_object_code()  # type: ignore[no-untyped-call]
        return self.serialize_using_bitcode()  # type: ignore[no-untyped-call]

    def _emit(self) -> None:
        self._is_emitted = True
        super()._optimize_final_module()  # type: ignore[no-untyped-call]
        super()._finalize_final_module()  # type: ignore[no-untyped-call]
        for variable in self._final_module.global_variables:
            environment = lookup_environment(variable.name)  # type: ignore[no-untyped-call]
            if environment is not None:
                self._codegen.set_env(variable.name, environment)  # type: ignore[attr-defined]

    def _optimize_final_module(self) -> None:
        """Put it off, as numba calls this with all that is linked in."""

    def _finalize_final_module(self) -> None:
        if getattr(self, "_compiled_object", None) is None:
            self._finalize_dynamic_globals()  # type: ignore[no-untyped-call]
            self._finalized = True
        else:  # read from the disk
            self._is_emitted = True
            super()._finalize_final_module()  # type: ignore[no-untyped-call]


class _Nowhere:
    @staticmethod
    def set_env(name: str, environment: object) -> None:
        """Leave it: `Library._emit` looks it up."""
