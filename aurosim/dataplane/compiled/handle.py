"""How compiled code holds the state: by the address of its arrays' descriptions.

numba passes a tuple of arrays by value: seven numbers for each array, three hundred in all, at each
of hundreds of calls. An entry notes them down once (`held`), one after the other, and the functions
inside get where they stand; with all of them inlined, the optimiser sees through it, and no such
place is left. As plain Python a state is itself.

That what is noted is what is read is looked at before a state is used: `seen` reads every
description through the handle, `expected` works out the same from the arrays themselves.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    infer_getattr,
    lower_builtin,
    lower_getattr_generic,
    models,
    register_model,
    type_callable,
)

from aurosim.dataplane.compiled.table import Table

WORD = ir.IntType(64)
WORD_BYTES = 8
WORDS_BEFORE_SHAPE = 5
"""numba's description of an array: owner, parent, items, bytes of one, address; then for each
dimension its length and stride."""


def held(state: Any) -> Any:
    """The state as the functions inside an entry pass it on; good until the entry returns."""
    return state


def seen(state: Any) -> int:
    """A number made of the description of every array, as the handle leads to them."""
    return expected(state)


def expected(state: Iterable[Any]) -> int:
    """The same number, from the arrays."""
    total = 0
    for number, array in enumerate(state, start=1):
        total += number * (array.size + array.itemsize + array.ctypes.data)
    total &= (1 << 64) - 1
    return total - (1 << 64) if total >> 63 else total


class Handle(types.Type):
    """The type of a held state."""

    def __init__(self, arrays: Any) -> None:
        self.arrays = arrays
        super().__init__(name=f"State{zlib.crc32(str(arrays).encode()):x}")


@register_model(Handle)
class HandleModel(models.OpaqueModel):
    """An address."""


@type_callable(held)
def _type_of_held(context: Any) -> Callable[[Any], Any]:
    def typer(state: Any) -> Any:
        return Handle(state)

    return typer


@type_callable(seen)
def _type_of_seen(context: Any) -> Callable[[Any], Any]:
    def typer(state: Any) -> Any:
        return types.int64

    return typer


@infer_getattr
class HandleAttributes(AttributeTemplate):
    """The arrays of a held state by their names."""

    key = Handle

    def generic_resolve(self, handle: Handle, name: str) -> Any:  # type: ignore[override]
        """The type of the array of that name."""
        fields = handle.arrays.fields
        return Table(handle.arrays[fields.index(name)]) if name in fields else None


def words_of(array: Any) -> int:
    """How many words numba's description of an array takes."""
    return WORDS_BEFORE_SHAPE + 2 * int(array.ndim)


def _places(context: Any, arrays: Any) -> list[tuple[int, Any]]:
    """For each array the first word of its description and the machine type of that."""
    places, first = [], 0
    for array in arrays:
        described = context.get_value_type(array)
        took = context.get_abi_sizeof(described)
        if took != WORD_BYTES * words_of(array):
            raise TypeError(
                f"numba describes an array of {array.ndim} dimensions in {took} bytes, not in"
                f" {WORD_BYTES * words_of(array)}: `compiled.handle` does not know this numba."
            )
        places.append((first, described))
        first += words_of(array)
    return places


def _address(builder: Any, start: Any, word: int, described: Any) -> Any:
    words = builder.bitcast(start, WORD.as_pointer())
    place = builder.gep(words, [WORD(word)], inbounds=True)
    return builder.bitcast(place, described.as_pointer())


@lower_builtin(held, types.NamedTuple)
def _hold(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    arrays = signature.args[0]
    room = cgutils.alloca_once(builder, WORD, size=sum(map(words_of, arrays)))
    start = builder.bitcast(room, cgutils.voidptr_t)
    for number, (word, described) in enumerate(_places(context, arrays)):
        array = builder.extract_value(arguments[0], number)
        builder.store(array, _address(builder, start, word, described))
    return start


def _load(context: Any, builder: Any, handle: Handle, start: Any, number: int) -> Any:
    word, described = _places(context, handle.arrays)[number]
    return builder.load(_address(builder, start, word, described))


@lower_getattr_generic(Handle)
def _array(context: Any, builder: Any, handle: Handle, start: Any, name: str) -> Any:
    return _load(context, builder, handle, start, handle.arrays.fields.index(name))


@lower_builtin(seen, Handle)
def _see(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    handle = signature.args[0]
    total = WORD(0)
    for number, array in enumerate(handle.arrays):
        found = context.make_array(array)(
            context, builder, _load(context, builder, handle, arguments[0], number)
        )
        address = builder.ptrtoint(found.data, WORD)
        parts = builder.add(builder.add(found.nitems, found.itemsize), address)
        total = builder.add(total, builder.mul(WORD(number + 1), parts))
    return total
