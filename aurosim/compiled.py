"""The one place where Python becomes machine code: `jit`, and the cache that must not lie.
(How functions without a door to Python get there is in `inlining`.)

numba keys its cache on the time stamp of the file that *defines* a function. It does not see the
functions that one calls, the constants it takes from other modules, its flags, or
`NUMBA_BOUNDSCHECK`: after such a change a warm cache silently runs the old code. So the cache
folder is named by everything the code can depend on: the sources of each module that uses `jit`
and of each module of ours they import, the versions, the processor, the flags and every `NUMBA_*`
variable. (Numbers read from a data file must reach compiled code as arguments, not as globals.)

The folder lies in `NUMBA_CACHE_DIR`, or the user's cache, or a private temporary folder, whichever
is ours and writable first; if none is, everything works and compiles anew in each process.

Checked indexing is always on: measured, it costs nothing that can be told from noise.
`NUMBA_DISABLE_JIT=1` runs the same functions as plain Python, for a debugger or for coverage.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import platform
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import llvmlite.binding
import numba
import numpy
from numba.core.caching import FunctionCache
from numba.core.runtime.nrt import rtsys

Function = TypeVar("Function", bound=Callable[..., object])

TRIED = ("0.68",)
"""Versions of numba whose inside `inlining` fits. With another, functions are compiled as numba
does it by itself: the same code, in about twice the time."""
FITS = numba.__version__.rpartition(".")[0] in TRIED
if FITS:
    from aurosim import inlining

# numba's types know neither its configuration nor its private flags.
_njit: Any = numba.njit
_config: Any = numba.config

PACKAGE = Path(__file__).resolve().parent
KEPT_FOLDERS = 2
IN_USE_NS = 600 * 1_000_000_000
"""A folder used this recently may belong to a process that is still compiling: it is not pruned."""

_KEY = re.compile("[0-9a-f]{64}")
_IMPORT = re.compile(
    rf"(?m)^ *(?:from|import) {PACKAGE.name}\b\.?([\w.]*)(?: import (?:(\w.*)|\(([^)]*)\)))?"
)
"""What imports something of ours, as this package writes it. (Python's own parser takes a tenth of
a second for all files, in every process.)"""
_NAME = re.compile(r"\w+")

IN_A_TABLE = "import_module(f\"{__name__}."

FLAGS: Mapping[str, object] = {"boundscheck": True, "error_model": "numpy", "nogil": True}
KERNEL_FLAGS: Mapping[str, object] = {**FLAGS, "_nrt": False, "forceinline": True}


def _imported(source: str) -> Iterator[str]:
    """Names of our own modules that `source` may import, dotted, without the package's name."""
    for module, one_line, in_brackets in _IMPORT.findall(source):
        yield from [module] if module else []
        names = _NAME.findall(one_line or in_brackets)
        yield from (f"{module}.{name}".lstrip(".") for name in names)


def compiled_sources(package: Path = PACKAGE) -> list[Path]:
    """The files compiled code can depend on: those that use this module, and what they import.

    Only absolute imports are followed, which is how this package writes them; a file that imports
    by the names of a table brings all of its folder.
    """
    marker = f"{PACKAGE.name}.compiled"
    every = {path: path.read_text("utf-8") for path in package.rglob("*.py")}
    pending = [package / "compiled.py"]
    pending += [path for path, source in every.items() if marker in source]
    found: set[Path] = set()
    while pending:
        path = pending.pop()
        if path in found or path not in every:
            continue
        found.add(path)
        source = every[path]
        for name in set(_imported(source)):
            stem = package.joinpath(*name.split("."))
            pending += [stem.with_suffix(".py"), stem / "__init__.py"]
            if IN_A_TABLE in source:
                pending += path.parent.glob("*.py")
    return sorted(found)


def cache_key(package: Path = PACKAGE, environment: Mapping[str, str] = os.environ) -> str:
    """A name for this exact combination of sources, versions, processor, flags and variables."""
    digest = hashlib.sha256()
    for path in compiled_sources(package):
        digest.update(f"{path.relative_to(package).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    # numba files code by where its source lies: a second install shares nothing with the first
    facts = [str(package), numba.__version__, numpy.__version__, llvmlite.__version__, sys.version]
    facts += [platform.platform(), llvmlite.binding.get_host_cpu_name()]
    facts += [repr(sorted(FLAGS.items())), repr(sorted(KERNEL_FLAGS.items()))]
    facts += [f"{k}={v}" for k, v in sorted(environment.items()) if k.startswith("NUMBA_")]
    digest.update("\0".join(facts).encode())
    return digest.hexdigest()


def _bases(environment: Mapping[str, str]) -> Iterator[Path]:
    if given := environment.get("NUMBA_CACHE_DIR"):
        yield Path(given)
    if given := environment.get("XDG_CACHE_HOME"):
        yield Path(given)
    elif (home := os.path.expanduser("~")) != "~":
        yield Path(home, ".cache")
    user = os.getuid() if hasattr(os, "getuid") else "user"
    yield Path(tempfile.gettempdir(), f"aurosim-{user}")


def _is_private(folder: Path) -> bool:
    """Whether only we can have written here: numba unpickles what it finds, which runs code."""
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        return False
    if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & 0o022):
        return False
    return os.access(folder, os.R_OK | os.W_OK | os.X_OK)


def cache_folder(key: str, environment: Mapping[str, str] = os.environ) -> Path | None:
    """The folder for `key`, made private to this user; None if no place for it can be trusted."""
    for base in _bases(environment):
        room = base / PACKAGE.name
        try:
            base.mkdir(mode=0o700, parents=True, exist_ok=True)
            room.mkdir(mode=0o700, exist_ok=True)
            if not _is_private(room):
                continue
            (room / key).mkdir(mode=0o700, exist_ok=True)
            os.utime(room / key)
        except OSError:
            continue
        if _is_private(room / key):
            return room / key
    return None


def prune(current: Path) -> None:
    """Keeps the newest folders beside `current`. Other processes may do the same at once."""
    ages: list[tuple[int, Path]] = []
    for folder in current.parent.iterdir():
        try:
            status = folder.lstat()
        except OSError:
            continue
        if _KEY.fullmatch(folder.name) and stat.S_ISDIR(status.st_mode):
            ages.append((status.st_mtime_ns, folder))
    ages.sort(reverse=True)
    idle_since_ns = max(age for age, _ in ages) - IN_USE_NS if ages else 0
    for age_ns, folder in ages[KEPT_FOLDERS:]:
        if age_ns < idle_since_ns and folder != current:
            shutil.rmtree(folder, ignore_errors=True)


CACHE: Path | None = cache_folder(cache_key())
if CACHE is not None:
    prune(CACHE)


def is_kept(function: str) -> bool:
    """Whether `function` (as `file.name`, compiled before) will be loaded rather than compiled.

    True also where nothing is compiled at all.
    """
    if _config.DISABLE_JIT:
        return True
    if CACHE is None:
        return False
    files = [path for end in ("nbi", "nbc") for path in CACHE.glob(f"*/{function}-*.{end}")]
    return bool(files) and all(_is_whole(path) for path in files)


def _is_whole(path: Path) -> bool:
    """Whether a file of the cache was written to its end: the last byte of a pickle is its stop."""
    try:
        with path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == pickle.STOP
    except OSError:  # empty, or gone
        return False


class HealingCache(FunctionCache):
    """numba's cache of one function, which a file that was cut short (by a full disk, a machine
    that lost power) would break for ever: here it is dropped, and the function compiled anew.

    numba's own would first load all that its compiler needs, a part of SciPy included. That is left
    to the compiler, which asks for it as well: a process that only loads does without.
    """

    def load_overload(self, signature: Any, context: Any) -> Any:
        try:
            if not FITS:
                return super().load_overload(signature, context)
            rtsys.initialize(context)
            return self._load_overload(signature, context)
        except Exception:
            with suppress(OSError):
                self.flush()
            return None

    def save_overload(self, signature: Any, overload: Any) -> None:
        with suppress(OSError):  # a full disk costs the next start its time, and nothing else
            super().save_overload(signature, overload)


def _heals(compiled: Any) -> None:
    """Put our cache in the place of numba's."""
    if not _config.DISABLE_JIT:
        compiled._cache = HealingCache(compiled.py_func)


def _compile(function: Function, flags: Mapping[str, object]) -> Function:
    """`function` compiled with `flags`; numba's cache is pointed at ours only meanwhile.

    Other users of numba in this process keep their own cache folder.
    """
    if FITS:
        flags = {"pipeline_class": inlining.EntryCompiler, **flags}
    if CACHE is None:
        compiled: Function = _njit(cache=False, **flags)(function)
        return compiled
    before = _config.CACHE_DIR
    _config.CACHE_DIR = str(CACHE)
    try:
        compiled = _njit(cache=True, **flags)(function)
        _heals(compiled)
    except RuntimeError:  # the folder became unwritable since: nothing to load, nothing to keep
        compiled = _njit(cache=False, **flags)(function)
    finally:
        _config.CACHE_DIR = before
    return compiled


def jit(function: Function) -> Function:
    """Compiles a leaf function, callable from Python and from other compiled functions.

    No fast arithmetic and no threads: results are the same bits everywhere Python's are.
    """
    return _compile(function, FLAGS)


def kernel_jit(function: Function) -> Function:
    """Compiles a function over arrays that other compiled functions call very often.

    It is inlined and counts no references, which together make it several times faster; a function
    that allocates does not compile. `_nrt` is a private option of numba: this line is its only use.
    """
    return _compile(function, KERNEL_FLAGS)


def kernel_entry(function: Function) -> Function:
    """Compiles one of the few functions by which Python enters the compiled rules; it inlines the
    rest. No compiled function calls it.
    """
    return _compile(function, _last("LastCompiler"))


def kernel_command(function: Function) -> Function:
    """As `kernel_entry`, for what is called seldom: it keeps its calls and compiles sooner."""
    return _compile(function, _last("RareCompiler"))


def _last(compiler: str) -> dict[str, object]:
    flags: dict[str, object] = {**FLAGS, "_nrt": False, "no_cfunc_wrapper": True}
    return {**flags, "pipeline_class": getattr(inlining, compiler)} if FITS else flags


def kernel_inner(function: Function) -> Function:
    """As `kernel_jit`, for functions that only compiled code calls.

    They get no door to Python, whose unpacking of the rules' state would be most of the work.
    """
    flags = {**KERNEL_FLAGS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    if not FITS:
        return _compile(function, flags)
    compiled: Function = _njit(**flags, pipeline_class=inlining.InnerCompiler)(function)
    return compiled
