"""What could not be understood leaves a hole, so that everything around it can still be checked.

A file's faults are to be told all at once. After validation, each faulty value is replaced by
`BROKEN` and the file is
validated again: the result is a whole scenario with holes. A cross-check that touches a hole stops
by `Unknown`, and
what it would have said stays unsaid until the hole is mended; every other check speaks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn


class Unknown(Exception):
    """A check has touched a hole: nothing can be said."""


class _Broken:
    """A value that is not known. Using it for anything but identity raises Unknown."""

    def __repr__(self) -> str:
        return "BROKEN"

    def _unknown(self, *_: Any) -> NoReturn:
        raise Unknown

    __getattr__ = __bool__ = __len__ = __iter__ = __getitem__ = __contains__ = _unknown
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = __hash__ = _unknown
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __neg__ = _unknown
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __abs__ = _unknown
    __rmod__ = __divmod__ = __rdivmod__ = __pow__ = __rpow__ = __pos__ = __round__ = _unknown
    __int__ = __float__ = __index__ = __str__ = __format__ = _unknown


BROKEN: Any = _Broken()


def guarded(check: Callable[..., None], *arguments: Any) -> None:
    """Run the check; where it meets a hole it ends without a word."""
    try:
        check(*arguments)
    except Unknown:
        return
