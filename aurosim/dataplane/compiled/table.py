"""An array of the state, as compiled rules index it: from 0 to its end, and nothing else.

numba's arrays count a negative index from the end. That costs five instructions at each record that
a statement touches, and would turn a lost index (-1 is none) into the last record of all. Here one
comparison of words without a sign finds both ends.
"""

from __future__ import annotations

import operator
from typing import Any

from numba import types
from numba.core import cgutils
from numba.core.datamodel.models import ArrayModel
from numba.extending import lower_builtin, register_model
from numba.np import arrayobj


class Table(types.Array):
    """The type of such an array."""

    def __init__(self, array: Any) -> None:
        name = f"table of {array.name}"
        super().__init__(array.dtype, array.ndim, array.layout, name=name, aligned=array.aligned)


register_model(Table)(ArrayModel)


def _place(context: Any, builder: Any, table: Any, given: Any, kinds: Any, indices: Any) -> Any:
    """Where an item lies; raises when there is none."""
    array = context.make_array(table)(context, builder, given)
    lengths = cgutils.unpack_tuple(builder, array.shape, count=table.ndim)
    words = [
        context.cast(builder, index, kind, types.intp)
        for index, kind in zip(indices, kinds, strict=True)
    ]
    for word, length in zip(words, lengths, strict=True):
        with cgutils.if_unlikely(builder, builder.icmp_unsigned(">=", word, length)):
            context.call_conv.return_user_exc(builder, IndexError, ("index is out of bounds",))
    return cgutils.get_item_pointer(context, builder, table, array, words, wraparound=False)


def _names_an_item(table: Any, kinds: Any) -> bool:
    """Whether every dimension has a whole number as its index."""
    return len(kinds) == table.ndim and all(isinstance(each, types.Integer) for each in kinds)


@lower_builtin(operator.getitem, Table, types.Integer)
def _get(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    table, kind = signature.args
    if not _names_an_item(table, [kind]):
        return arrayobj.getitem_arraynd_intp(context, builder, signature, arguments)
    place = _place(context, builder, table, arguments[0], [kind], [arguments[1]])
    return arrayobj.load_item(context, builder, table, place)


@lower_builtin(operator.getitem, Table, types.BaseTuple)
def _get_by_several(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    table, kinds = signature.args
    if not _names_an_item(table, kinds.types):
        return arrayobj.getitem_array_tuple(context, builder, signature, arguments)
    indices = cgutils.unpack_tuple(builder, arguments[1], count=len(kinds))
    place = _place(context, builder, table, arguments[0], kinds.types, indices)
    return arrayobj.load_item(context, builder, table, place)


@lower_builtin(operator.setitem, Table, types.Any, types.Any)
def _set(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    table, kind, value = signature.args
    several = isinstance(kind, types.BaseTuple)
    kinds = kind.types if several else (kind,)
    if not _names_an_item(table, kinds):
        return arrayobj.setitem_array(context, builder, signature, arguments)
    array, index, given = arguments
    indices = cgutils.unpack_tuple(builder, index, count=len(kinds)) if several else [index]
    place = _place(context, builder, table, array, kinds, indices)
    item = context.cast(builder, given, value, table.dtype)
    arrayobj.store_item(context, builder, table, item, place)
    return context.get_dummy_value()
