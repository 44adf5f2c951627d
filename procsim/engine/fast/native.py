"""Tells numba what a line in arrays is: the address of a table that says where each array begins and how large it is.

So a line is one number, which rules hand on at no cost; its arrays belong to Python, and may be exchanged for larger ones between two calls.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import intrinsic, models, register_model
from numba.np.arrayobj import make_array, populate_array

from procsim.engine.fast.shape import DTYPES, FIELDS, NARROW, SLOTS

POINTER = ir.IntType(64).as_pointer()


class LineType(types.Type):  # type: ignore[misc]
    """The type of a line."""

    def __init__(self) -> None:
        super().__init__(name="procsim.Line")


LINE = LineType()


@register_model(LineType)
class LineModel(models.PrimitiveModel):  # type: ignore[misc]
    """A line is the address of its table."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, POINTER)


def _kind(name: str) -> Any:
    if name in DTYPES:
        return types.Array(numba.from_dtype(DTYPES[name]), 1, "C")
    if name in NARROW:
        return types.Array(numba.from_dtype(np.dtype(NARROW[name])), 1, "C")
    return types.Array(types.int64, 2, "C")


KINDS = {name: _kind(name) for name in FIELDS}
"""The type of each array of a line."""


@infer_getattr
class LineAttributes(AttributeTemplate):  # type: ignore[misc]
    """A line has its arrays as attributes."""

    key = LineType

    def generic_resolve(self, _line: Any, name: str) -> Any:
        """The type of one."""
        return KINDS.get(name)


@lower_getattr_generic(LineType)  # type: ignore[untyped-decorator]
def array_of(context: Any, builder: Any, _line: Any, value: Any, name: str) -> Any:
    """The array called *name* of the line whose table is at *value*."""
    kind, at = KINDS[name], SLOTS * FIELDS.index(name)
    begins, *shape = [builder.load(cgutils.gep_inbounds(builder, value, at + i)) for i in range(1 + kind.ndim)]
    array = make_array(kind)(context, builder)
    size = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(kind.dtype)))
    strides = [builder.mul(size, shape[1]), size] if kind.ndim == 2 else [size]
    populate_array(array, data=builder.inttoptr(begins, context.get_data_type(kind.dtype).as_pointer()), shape=cgutils.pack_array(builder, shape),
                   strides=cgutils.pack_array(builder, strides), itemsize=size, meminfo=None)
    return array._getvalue()


@intrinsic  # type: ignore[untyped-decorator]
def line_at(_typing: Any, _address: Any) -> Any:
    """The line whose table is at an address."""
    return LINE(types.int64), lambda _context, builder, _signature, arguments: builder.inttoptr(arguments[0], POINTER)
