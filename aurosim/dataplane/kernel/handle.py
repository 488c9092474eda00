"""How compiled code holds the kernel's state: by the address of its arrays' descriptions.

numba passes a tuple of arrays by value: seven numbers for each array, three hundred in all, at each
of hundreds of calls. An entry notes them down once (`held`) and the functions inside get where they
stand; with all of them inlined, the optimiser sees through it, and no such place is left. As plain
Python a state is itself.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
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

from aurosim.dataplane.kernel.state import State

WORD = ir.IntType(64)
DESCRIBED_WORDS = 5
"""numba's description of an array: owner, parent, items, bytes of one, address; then for each
dimension its length and stride."""


def held(state: State) -> State:
    """The state as the functions inside an entry pass it on; good until the entry returns."""
    return state


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


@infer_getattr
class HandleAttributes(AttributeTemplate):
    """The arrays of a held state by their names."""

    key = Handle

    def generic_resolve(self, handle: Handle, name: str) -> Any:  # type: ignore[override]
        """The type of the array of that name."""
        fields = handle.arrays.fields
        return handle.arrays[fields.index(name)] if name in fields else None


def _words(context: Any, arrays: Any) -> Iterator[tuple[int, Any]]:
    """For each array the first word and the machine type of its description."""
    at = 0
    for array in arrays:
        described = context.get_value_type(array)
        yield at, described
        at += DESCRIBED_WORDS + 2 * array.ndim
    yield at, None


def _address(builder: Any, start: Any, word: int, described: Any) -> Any:
    words = builder.bitcast(start, WORD.as_pointer())
    place = builder.gep(words, [WORD(word)], inbounds=True)
    return builder.bitcast(place, described.as_pointer())


@lower_builtin(held, types.NamedTuple)
def _hold(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    *words, (count, _) = _words(context, signature.args[0])
    room = cgutils.alloca_once(builder, WORD, size=count)
    start = builder.bitcast(room, cgutils.voidptr_t)
    for number, (word, described) in enumerate(words):
        array = builder.extract_value(arguments[0], number)
        builder.store(array, _address(builder, start, word, described))
    return start


@lower_getattr_generic(Handle)
def _array(context: Any, builder: Any, handle: Handle, start: Any, name: str) -> Any:
    word, described = list(_words(context, handle.arrays))[handle.arrays.fields.index(name)]
    return builder.load(_address(builder, start, word, described))
