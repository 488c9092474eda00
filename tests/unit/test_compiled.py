"""Compiled code checks its indices, and its cache never answers for code that has changed."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numba
import numpy as np
import pytest

from aurosim import compiled
from aurosim.compiled import (
    cache_folder,
    cache_key,
    jit,
    kernel_command,
    kernel_entry,
    kernel_inner,
    kernel_jit,
    prune,
)

KEY = "a" * 64


@pytest.mark.parametrize("decorate", [jit, kernel_jit])
def test_an_index_out_of_range_raises_and_the_docstring_stays(decorate):
    def third(x):
        """The third of them."""
        return x[3]

    function = decorate(third)
    assert function(np.arange(4)) == 3
    assert function.__doc__ == "The third of them."
    with pytest.raises(IndexError):
        function(np.arange(3))


@pytest.mark.parametrize("decorate", [kernel_entry, kernel_command])
def test_what_is_inlined_through_two_levels_checks_its_indices(decorate):
    third = kernel_inner(lambda x: x[3])
    twice = kernel_inner(lambda x: 2 * third(x))
    function = decorate(lambda x: twice(x) + third(x))
    assert function(np.arange(4)) == 9
    with pytest.raises(IndexError):
        function(np.arange(3))


@pytest.mark.parametrize("decorate", [kernel_entry, kernel_command])
def test_with_a_numba_that_was_not_tried_functions_are_compiled_the_plain_way(
    decorate, monkeypatch, tmp_path
):
    monkeypatch.setattr(compiled, "FITS", False)
    monkeypatch.setattr(compiled, "CACHE", tmp_path)
    third = kernel_inner(lambda x: x[3])
    assert "pipeline_class" not in third.targetoptions
    function = decorate(lambda x: 2 * third(x))
    assert function(np.arange(4)) == 6
    with pytest.raises(IndexError):
        function(np.arange(3))


def test_kernel_functions_cannot_allocate():
    with pytest.raises(numba.core.errors.NumbaError):
        kernel_jit(lambda: np.zeros(3).sum())()


def test_other_users_of_numba_keep_their_cache():
    before = numba.config.CACHE_DIR
    jit(lambda: 1)
    after = numba.config.CACHE_DIR
    assert after == before


def test_without_a_place_to_cache_it_compiles_all_the_same(monkeypatch):
    monkeypatch.setattr(compiled, "CACHE", None)
    assert jit(lambda x: x + 1)(1) == 2


# --- the key ---------------------------------------------------------------------------------


@pytest.fixture
def package(tmp_path) -> Path:
    """A small package of the same name: a law that takes a constant from another module."""
    folder = tmp_path / "aurosim"
    (folder / "room").mkdir(parents=True)
    for name in ("compiled.py", "inlining.py"):
        shutil.copy(compiled.PACKAGE / name, folder / name)
    (folder / "__init__.py").touch()
    (folder / "room" / "__init__.py").touch()
    (folder / "contract.py").write_text("ANSWER = 4\n")
    (folder / "bystander.py").write_text("X = 1\n")
    (folder / "room" / "law.py").write_text(
        "from aurosim.compiled import jit\nfrom aurosim import contract\n"
        "ANSWER = contract.ANSWER\n@jit\ndef law():\n    return ANSWER\n"
    )
    return folder


def test_the_key_knows_what_compiled_code_depends_on(package):
    first = cache_key(package, {})
    for name in ("room/law.py", "contract.py", "compiled.py", "inlining.py"):
        path = package / name
        text = path.read_text()
        path.write_text(text + "# changed\n")
        assert cache_key(package, {}) != first, name
        path.write_text(text)
    (package / "bystander.py").write_text("X = 2\n")
    assert cache_key(package, {"PATH": "/bin"}) == first
    assert cache_key(package, {"NUMBA_BOUNDSCHECK": "0"}) != first


def run(code: str, **environment: str) -> str:
    command = [sys.executable, "-P", "-c", code]
    env = {**os.environ, "PYTHONPATH": str(compiled.PACKAGE.parent), **environment}
    result = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def imports_by_the_parser(text):
    """Names of our modules that a file imports, as Python's own parser finds them."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))


def test_the_key_misses_no_import_that_the_parser_finds():
    seen = 0
    for path in compiled.PACKAGE.rglob("*.py"):
        text = path.read_text("utf-8")
        asked = {n for n in imports_by_the_parser(text) if n.startswith("aurosim.")}
        found = {f"aurosim.{name}" for name in compiled._imported(text)}
        assert asked <= found, path
        seen += len(asked)
    assert seen > 1000


def test_a_changed_constant_reaches_code_that_was_cached(package, tmp_path):
    """The planted companion is numba alone, in the same file of the same age: it still says 4."""
    alone = package / "room" / "alone.py"
    alone.write_text(
        "import numba\nfrom aurosim.contract import ANSWER\n"
        "@numba.njit(cache=True)\ndef alone():\n    return ANSWER\n"
    )
    code = (
        "from aurosim.room.law import law; from aurosim.room.alone import alone;"
        "print(law(), alone())"
    )
    env = {"PYTHONPATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    assert run(code, **env) == "4 4"
    (package / "contract.py").write_text("ANSWER = 5\n")
    assert run(code, **env) == "5 4"
    assert len(list((tmp_path / "cache" / "aurosim").iterdir())) == 2


LAW = "from aurosim.room.law import law; print(law(), law.stats.cache_hits and 'kept')"


def test_an_install_that_cannot_be_written_works(package, tmp_path):
    """Its cache is elsewhere; where that cannot be written either, each process compiles."""
    room = package.parent / "aurosim"
    before = {path: path.stat().st_mtime_ns for path in room.rglob("*")}
    for path in before:
        path.chmod(0o555 if path.is_dir() else 0o444)
    (tmp_path / "file").touch()
    nowhere = {name: str(tmp_path / "file") for name in ("HOME", "XDG_CACHE_HOME", "TMPDIR")}
    env = {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    code = "import tempfile; tempfile.tempdir = " + repr(nowhere["TMPDIR"]) + "\n"
    alone = "from aurosim import compiled; print(compiled.CACHE); " + LAW
    assert run(code + alone, **env, **nowhere) == "None\n4 Counter()"
    assert run(LAW, **env, XDG_CACHE_HOME=str(tmp_path / "cache")).startswith("4")
    assert run(LAW, **env, XDG_CACHE_HOME=str(tmp_path / "cache")) == "4 kept"
    room.chmod(0o755)
    assert before == {path: path.stat().st_mtime_ns for path in room.rglob("*")}


def test_several_processes_may_fill_one_cache_at_once(package, tmp_path):
    env = {**os.environ, "PYTHONPATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    at_once = [
        subprocess.Popen([sys.executable, "-P", "-c", LAW], env=env, stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    assert all(process.communicate()[0].startswith(b"4") for process in at_once)
    assert run(LAW, **{k: env[k] for k in ("PYTHONPATH", "XDG_CACHE_HOME")}) == "4 kept"


# --- the folder ------------------------------------------------------------------------------


@pytest.fixture
def temporary(tmp_path, monkeypatch) -> Path:
    """The folder for temporary files, and a home in which nothing can be made."""
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setenv("HOME", str(blocked))
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_the_first_folder_that_can_be_written_is_taken(temporary, tmp_path):
    user, cache = os.getuid(), tmp_path / "cache"
    given = {"NUMBA_CACHE_DIR": str(tmp_path / "n"), "XDG_CACHE_HOME": str(cache)}
    assert cache_folder(KEY, given) == tmp_path / "n" / "aurosim" / KEY
    assert cache_folder(KEY, {"XDG_CACHE_HOME": str(cache)}) == cache / "aurosim" / KEY
    fallback = cache_folder(KEY, {})
    assert fallback == temporary / f"aurosim-{user}" / "aurosim" / KEY
    assert fallback.stat().st_mode & 0o777 == 0o700
    (temporary / f"aurosim-{user}").chmod(0o700)
    shutil.rmtree(temporary)
    temporary.touch()
    assert cache_folder(KEY, {}) is None


@pytest.mark.parametrize("trap", ["open to all", "a link"])
def test_a_folder_that_others_could_fill_is_refused(trap, temporary, tmp_path):
    """numba unpickles what it finds there: another user's files would run as ours."""
    room = temporary / f"aurosim-{os.getuid()}" / "aurosim"
    room.parent.mkdir()
    if trap == "a link":
        (tmp_path / "theirs").mkdir(mode=0o700)
        room.symlink_to(tmp_path / "theirs")
    else:
        room.mkdir()
        room.chmod(0o777)
    assert cache_folder(KEY, {}) is None
    room.unlink() if trap == "a link" else room.chmod(0o700)
    assert cache_folder(KEY, {}) == room / KEY


def test_only_old_folders_of_ours_are_pruned(tmp_path):
    hour_s = 3600
    ages_h = {"a": 0, "b": 5, "c": 6, "d": 7, "e": 0}
    for letter, age in ages_h.items():
        (tmp_path / (letter * 64)).mkdir()
        os.utime(tmp_path / (letter * 64), (10**9 - age * hour_s,) * 2)
    (tmp_path / "mine").mkdir()
    os.utime(tmp_path / "mine", (0, 0))
    prune(tmp_path / KEY)
    assert sorted(p.name[0] for p in tmp_path.iterdir()) == ["a", "e", "m"]
    prune(tmp_path / ("f" * 64))  # its own folder may have vanished meanwhile


# --- without the compiler --------------------------------------------------------------------

SAME = """
import numpy as np
from aurosim.dataplane import distributions as d
from aurosim.meters.histogram import Histograms
from aurosim.meters.intervals import ADDS, Intervals
from aurosim.randomness import stream_key
key = stream_key(3, "without the compiler")
for law, shape in ((0, 0.0), (1, 0.0), (2, 0.7), (3, 3.0), (4, 2.0)):
    print([int(d.draw_ns(law, 1e6, shape, key, 1, i)) for i in range(50)])
print([int(d.key_rank(law, 10**6, 0.3, 0.6, 0.123)) for law in range(4)])
rates = np.array([0, 10**9]), np.array([1.0, 9.0]), np.array([5.0, 0.0])
print([tuple(map(int, d.next_arrival_ns(5, e, *rates, 10**10, 0))) for e in (0.5, 20.0, 99.0)])
h, s = Histograms.empty(), Intervals([ADDS], 7)
h.record_many(0, np.array([1, 10**6, 2**62]))
s.add_area(0, 3, 50_000, 2)
print(h.counts.nonzero()[1].tolist(), h.totals.tolist(), s.width_ns, s.table[0, :9].tolist())
"""


def test_without_the_compiler_the_results_are_the_same():
    plain = run("import warnings; warnings.simplefilter('error')\n" + SAME, NUMBA_DISABLE_JIT="1")
    assert plain == run(SAME)
    assert len(plain) > 1000


# --- a file that was cut short ---------------------------------------------------------------

ASKS = (
    "from aurosim.room.law import law; from aurosim.compiled import is_kept\n"
    "print(is_kept('law.law'), law())"
)


def asked_of(package: Path, cache: Path) -> str:
    return run(ASKS, PYTHONPATH=str(package.parent), XDG_CACHE_HOME=str(cache))


long = pytest.mark.long


@pytest.mark.parametrize(
    ("end", "left"),
    [("nbi", 0), ("nbc", 40), pytest.param("nbi", 40, marks=long),
     pytest.param("nbc", 0, marks=long)],
)  # fmt: skip
def test_a_file_of_the_cache_that_was_cut_short_is_dropped(package, tmp_path, end, left):
    """By a full disk, a machine without power: it is compiled anew, kept, and found next time."""
    assert asked_of(package, tmp_path / "kept") == "False 4"
    assert asked_of(package, tmp_path / "kept") == "True 4"
    (file,) = (tmp_path / "kept").rglob(f"*.{end}")
    whole = file.read_bytes()
    file.write_bytes(whole[:left])
    assert asked_of(package, tmp_path / "kept") == "False 4"
    assert asked_of(package, tmp_path / "kept") == "True 4"
    (file,) = (tmp_path / "kept").rglob(f"*.{end}")
    assert len(file.read_bytes()) == len(whole)


def test_a_disk_too_full_for_the_cache_costs_nothing_else(package, tmp_path):
    code = (
        "import numba.core.caching as caching, errno\n"
        "def full(*_): raise OSError(errno.ENOSPC, 'full')\n"
        "caching.IndexDataCacheFile.save = full\n" + ASKS
    )
    told = run(code, PYTHONPATH=str(package.parent), XDG_CACHE_HOME=str(tmp_path / "kept"))
    assert told == "False 4"
