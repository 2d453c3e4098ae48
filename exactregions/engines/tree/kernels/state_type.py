"""The state of a search as compiled code sees it: one pointer, whose attributes are numbers and arrays.

`state.rows` compiles to a view made of an address and sides that stand at fixed places of the memory of the state.
These words never change, and are marked so: the compiler reads them once a function, however often the attribute is
named. (One argument, because tuples of dozens of arrays cost a fifth of the speed and twice the compile time.)

A class of states has also attributes that are modules, `kernel` and `domain`. They are resolved while compiling, by the
class: so a search is compiled for the one kernel that its question needs.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_getattr_generic, lower_setattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import NativeValue, models, register_model, typeof_impl, unbox
from numba.np.arrayobj import make_array, populate_array

from exactregions.engines.tree.kernels.fields import Array, Number
from exactregions.engines.tree.kernels.state import State

__all__ = ["StateType"]

WORD = ir.IntType(64)
ELEMENTS = {"float64": types.float64, "int64": types.int64}


class StateType(types.Type):
    """The type of the states of one class."""

    def __init__(self, states: type[State]) -> None:
        self.states = states
        super().__init__(f"{states.__module__}.{states.__qualname__}")


@register_model(StateType)
class _StateModel(models.PrimitiveModel):
    """A pointer to the memory of a state."""

    def __init__(self, manager: Any, typ: StateType) -> None:
        super().__init__(manager, typ, WORD.as_pointer())


@typeof_impl.register(State)
def _type_of_state(state: State, context: Any) -> StateType:
    return StateType(type(state))


@unbox(StateType)
def _unbox_state(typ: StateType, state: Any, c: Any) -> NativeValue:
    address = c.pyapi.object_getattr_string(state, "address")
    word = c.pyapi.long_as_longlong(address)
    c.pyapi.decref(address)
    return NativeValue(c.builder.inttoptr(word, WORD.as_pointer()), is_error=cgutils.is_not_null(
        c.builder, c.pyapi.err_occurred()))  # fmt: skip


@infer_getattr
class _StateAttributes(AttributeTemplate):
    key = StateType

    def generic_resolve(self, state: StateType, name: str) -> Any:
        """Return the type of an attribute, None where there is none."""
        match getattr(state.states, name, None):
            case Number():
                return types.int64
            case Array() as array:
                return _array_type(array)
            case ModuleType() as module:
                return types.Module(module)
        return None


def _array_type(array: Array) -> types.Array:
    return types.Array(ELEMENTS[array.type.__name__], array.ndim, "C")


def _read(builder: Any, memory: Any, word: int, constant: bool) -> Any:
    value = builder.load(builder.gep(memory, [WORD(word)]))
    if constant:
        value.set_metadata("invariant.load", builder.module.add_metadata([]))
    return value


@lower_getattr_generic(StateType)
def _get_attribute(context: Any, builder: Any, typ: StateType, memory: Any, name: str) -> Any:
    field = getattr(typ.states, name)
    match field:
        case Number(shared=True):
            return builder.load_atomic(builder.gep(memory, [WORD(field.word)]), "monotonic", 8)
        case Number():
            return _read(builder, memory, field.word, field.constant)
        case Array():
            return _view(context, builder, field, memory)
        case _:
            return context.get_dummy_value()


def _view(context: Any, builder: Any, array: Array, memory: Any) -> Any:
    """Return a view of an array, contiguous by rows, that owns nothing."""
    typ = _array_type(array)
    view = make_array(typ)(context, builder)
    address, *sides = (_read(builder, memory, array.word + i, True) for i in range(1 + array.ndim))
    size = context.get_constant(types.intp, 8)
    strides = [size] if array.ndim == 1 else [builder.mul(sides[1], size, flags=["nsw"]), size]
    data = builder.inttoptr(address, context.get_data_type(typ.dtype).as_pointer())
    populate_array(view, data=data, shape=sides, strides=strides, itemsize=size, meminfo=None)
    return view._getvalue()


@lower_setattr_generic(StateType)
def _set_attribute(context: Any, builder: Any, signature: Any, arguments: Any, name: str) -> None:
    state, value = arguments
    field = getattr(signature.args[0].states, name)
    assert isinstance(field, Number)
    assert not field.constant
    builder.store(value, builder.gep(state, [WORD(field.word)]))
