"""Functions of pdfium as compiled loops call them: by address, without Python in between."""

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from pypdfium2 import raw as pdfium

from shards.arrays import Places

# What `addresses` holds, in this order.
UNICODE, GENERATED, UNMAPPED, LOOSE_BOX, MATRIX, FONT_SIZE, ORIGIN = range(7)
OBJECT, OBJECT_TYPE, OBJECT_BOUNDS, RENDER_MODE, OBJECT_OF = range(7, 12)
_NAMES = (
    "FPDFText_GetUnicode",
    "FPDFText_IsGenerated",
    "FPDFText_HasUnicodeMapError",
    "FPDFText_GetLooseCharBox",
    "FPDFText_GetMatrix",
    "FPDFText_GetFontSize",
    "FPDFText_GetCharOrigin",
    "FPDFPage_GetObject",
    "FPDFPageObj_GetType",
    "FPDFPageObj_GetBounds",
    "FPDFTextObj_GetTextRenderMode",
    "FPDFText_GetTextObject",
)


@cache
def addresses() -> Places:
    """Return where pdfium's functions are in this process."""
    return np.array([address(getattr(pdfium, name)) for name in _NAMES], np.int64)


def address(handle: Any) -> int:
    """Return the address that a function or a handle of pdfium stands for."""
    return ctypes.cast(handle, ctypes.c_void_p).value or 0


def _typed(function: Callable[..., Any]) -> Any:
    return intrinsic(function)


def _call(result: Any, machine_result: ir.Type, arguments: tuple[Any, ...]) -> Callable[..., Any]:
    machine = [ir.IntType(argument.bitwidth) for argument in arguments]

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        function = ir.FunctionType(machine_result, machine)
        pointer = builder.inttoptr(values[0], function.as_pointer())
        given = [
            context.cast(builder, value, has, wants)
            for value, has, wants in zip(values[1:], signature.args[1:], arguments, strict=True)
        ]
        return builder.call(pointer, given)

    return lambda: (result(types.int64, *arguments), code)


_of_two = _call(types.int32, ir.IntType(32), (types.int64, types.int32))
_real_of_two = _call(types.float64, ir.DoubleType(), (types.int64, types.int32))
_of_three = _call(types.int32, ir.IntType(32), (types.int64, types.int32, types.int64))
_of_four = _call(types.int32, ir.IntType(32), (types.int64, types.int32, types.int64, types.int64))
_of_one = _call(types.int32, ir.IntType(32), (types.int64,))
_pointer_of_two = _call(types.int64, ir.IntType(64), (types.int64, types.int32))
_of_five = _call(types.int32, ir.IntType(32), (types.int64,) * 5)


def _integer(typing: Any, function: Any, handle: Any, index: Any) -> Any:
    return _of_two()


def _real(typing: Any, function: Any, handle: Any, index: Any) -> Any:
    return _real_of_two()


def _filled(typing: Any, function: Any, handle: Any, index: Any, out: Any) -> Any:
    return _of_three()


def _filled_twice(typing: Any, function: Any, handle: Any, index: Any, out: Any, second: Any) -> Any:
    return _of_four()


def _handle_at(typing: Any, function: Any, handle: Any, index: Any) -> Any:
    return _pointer_of_two()


def _integer_of(typing: Any, function: Any, handle: Any) -> Any:
    return _of_one()


def _bounds_of(typing: Any, function: Any, handle: Any, left: Any, bottom: Any, right: Any, top: Any) -> Any:
    return _of_five()


# What loops call: the address of a function, the handle of what it is asked about, and its other arguments. Those that
# `filled` … and `bounds_of` name last are addresses of numbers that the function writes.
integer: Callable[[int, int, int], int] = _typed(_integer)
real: Callable[[int, int, int], float] = _typed(_real)
filled: Callable[[int, int, int, int], int] = _typed(_filled)
filled_twice: Callable[[int, int, int, int, int], int] = _typed(_filled_twice)
handle_at: Callable[[int, int, int], int] = _typed(_handle_at)
integer_of: Callable[[int, int], int] = _typed(_integer_of)
bounds_of: Callable[[int, int, int, int, int, int], int] = _typed(_bounds_of)
