"""How functions that only compiled code calls reach machine code: once, inside who calls them.

numba brings every function it compiles to machine code, also one that is inlined wherever it is
called: it links into it all that it calls, optimises that, and translates it, again at each level
of calls. Most of the time to compile the rules was that. Here an inner function stops at what the
front of the compiler makes of it, and the few functions with a door to Python (`entry`) gather all
that they reach, which is then optimised and translated once.

This leans on how numba is made inside, as private as `_nrt`. What compiles is what numba compiles,
by its own passes: only how often differs.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
from numba import _dynfunc  # type: ignore[attr-defined]
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder, _LowerResult
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NativeLowering


class InnerLibrary(JITCodeLibrary):
    """The code of an inner function before it is linked, optimised or translated."""

    def finalize(self) -> None:
        """Nothing more is done to it here."""
        self._raise_if_finalized()
        self._finalized = True


class EntryLibrary(JITCodeLibrary):
    """The code of a function with a door, and of every inner function it reaches."""

    def finalize(self) -> None:
        """Gather what the inner functions call, then link, optimise and translate all at once."""
        reached = dict.fromkeys(self._linking_libraries)
        pending = list(reached)
        while pending:
            library = pending.pop()
            if isinstance(library, InnerLibrary):
                new = [each for each in library._linking_libraries if each not in reached]
                reached.update(dict.fromkeys(new))
                pending += new
        self._linking_libraries = list(reached)
        super().finalize()


class LastLibrary(EntryLibrary):
    """As `EntryLibrary`, for what no compiled function calls: beside its machine code nothing is
    kept for others to link, which takes half of the time to load it."""

    def serialize_using_object_code(self) -> tuple[str, str, tuple[bytes, bytes]]:
        """What is kept, with the bare names of what it defines in the place of all its code."""
        name, kind, (machine_code, _) = super().serialize_using_object_code()
        made = (each.name for each in self._final_module.functions if not each.is_declaration)
        names = llvm.parse_assembly("".join(f'@"{each}" = global i8 0\n' for each in made))
        return name, kind, (machine_code, names.as_bitcode())


class RareLibrary(LastLibrary):
    """As `LastLibrary`, for what is called seldom: calls stay calls, which takes less time."""

    def _optimize_final_module(self) -> None:
        name = self._final_module.name
        text = str(self._final_module).replace("alwaysinline", "noinline")
        self._final_module = llvm.parse_assembly(text)
        self._final_module.name = name
        super()._optimize_final_module()


@register_pass(mutates_CFG=True, analysis_only=False)
class LowerEntry(NativeLowering):
    """numba's lowering, into an `EntryLibrary`."""

    _name = "lower_entry"
    library = EntryLibrary

    def run_pass(self, state: Any) -> bool:
        """Lower the function of ``state``."""
        state.library = self.library(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return bool(super().run_pass(state))


@register_pass(mutates_CFG=True, analysis_only=False)
class LowerLast(LowerEntry):
    """The same, into a `LastLibrary`."""

    _name = "lower_last"
    library = LastLibrary


@register_pass(mutates_CFG=True, analysis_only=False)
class LowerRare(LowerEntry):
    """The same, into a `RareLibrary`."""

    _name = "lower_rare"
    library = RareLibrary


@register_pass(mutates_CFG=True, analysis_only=False)
class LowerInner(NativeLowering):
    """numba's lowering, up to where machine code would be made; other functions may call it."""

    _name = "lower_inner"

    def run_pass(self, state: Any) -> bool:
        """Lower the function of ``state``."""
        library = InnerLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library = library
        state.flags.no_compile = True
        super().run_pass(state)
        lowered = state["cr"]
        described = lowered.fndesc
        closed_door = _dynfunc.make_function(
            described.lookup_module(), described.qualname.split(".")[-1], "inlined where called",
            0, lowered.env, (library,),
        )  # fmt: skip
        state.targetctx.insert_user_function(closed_door, described, [library])
        state.reload_init.extend(library._reload_init)
        helper, environment = lowered.call_helper, lowered.env
        state["cr"] = _LowerResult(described, helper, cfunc=closed_door, env=environment)
        return True


def _pipeline(state: Any, lowering: type[NativeLowering]) -> list[Any]:
    passes = DefaultPassBuilder.define_nopython_pipeline(state)
    passes.passes = [
        (lowering if each is NativeLowering else each, told) for each, told in passes.passes
    ]
    passes.finalize()
    return [passes]


class InnerCompiler(CompilerBase):
    """Compiles functions that only compiled code calls."""

    def define_pipelines(self) -> list[Any]:
        """numba's passes, with the last of them replaced."""
        return _pipeline(self.state, LowerInner)


class EntryCompiler(CompilerBase):
    """Compiles functions that Python calls, too."""

    def define_pipelines(self) -> list[Any]:
        """numba's passes, with the last of them replaced."""
        return _pipeline(self.state, LowerEntry)


class LastCompiler(CompilerBase):
    """Compiles functions that Python calls and no compiled function does."""

    def define_pipelines(self) -> list[Any]:
        """numba's passes, with the last of them replaced."""
        return _pipeline(self.state, LowerLast)


class RareCompiler(CompilerBase):
    """The same, for functions that are called seldom."""

    def define_pipelines(self) -> list[Any]:
        """numba's passes, with the last of them replaced."""
        return _pipeline(self.state, LowerRare)
