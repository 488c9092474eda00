"""Who runs the replicates: processes of this machine, any executor, or a Dask cluster.

Whoever it is, replicates come back in any order and are put where they belong by their key, so the
tables are the same bytes. Where nobody says how many processes, a study begins in this one, and
starts others only if they pay. Processes are started afresh (spawn), ignore Ctrl-C, which is their
parent's to answer, and end when the parent does, however it ends.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from concurrent.futures import ProcessPoolExecutor as ProcessPool
from contextlib import contextmanager
from typing import Any, Final

from aurosim.errors import UsageError
from aurosim.interruption import Asked, asked_by_keyboard
from aurosim.study.work import Job, Outcome, execute

WINDOW: Final = 256
"""Replicates handed at once to an executor of the user's: how wide it is we do not know."""
MAX_WORKERS: Final = 256
START_S: Final = 3.0
"""CPU time that a process takes before its first replicate begins, generously: it loads Python, the
number libraries and the compiled code. It has to be saved for a process to be worth its start."""
FIRST_S: Final = 4.0
"""How much longer the first replicate in a process may take: it loads the compiled code."""
LOOK_S: Final = 0.25
"""How often a study that waits for its workers looks whether it was asked to stop."""
CONNECT_S: Final = 10
NOTHING_DONE: Final = (
    "the processes that were to run it ended before any replicate did. In a script, call it under "
    '`if __name__ == "__main__":`, since each process reads the script again; or say workers=1 '
    "(--workers 1), which needs no other process. Or is there too little memory?"
)

Done = Callable[[Job, Outcome], None]
Skip = Callable[[Job], bool]


class Inline(Executor):
    """Runs each replicate where it is submitted: one after the other, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def workers_here(asked: int | None, jobs: int) -> int:
    """How many processes to start: as asked, else one for each processor; never more than jobs."""
    if asked is not None and not 1 <= asked <= MAX_WORKERS:
        raise UsageError(f"{asked} workers: say 1 to {MAX_WORKERS}.")
    return max(1, min(asked or os.cpu_count() or 1, jobs))


def drive(
    jobs: Iterable[Job], executor: Executor, window: int, skip: Skip, done: Done
) -> list[Job]:
    """Run the jobs, at most `window` at a time, and tell of each that is done.

    `skip` is asked just before a job starts: another command may have finished it. Returns the jobs
    that were under way when the executor broke, none where it did not. Raises KeyboardInterrupt,
    between two replicates, when it was asked to stop.
    """
    with asked_by_keyboard() as asked:
        return _drive(jobs, executor, window, skip, done, asked)


def _drive(
    jobs: Iterable[Job], executor: Executor, window: int, skip: Skip, done: Done, asked: Asked
) -> list[Job]:
    queue, running = deque(jobs), dict[Future[Outcome], Job]()
    broken: list[Job] = []
    try:
        while queue or running:
            if asked:
                raise KeyboardInterrupt
            while queue and len(running) < window and not broken:
                job = queue.popleft()
                if not skip(job):
                    running[_submit(executor, job)] = job
            if not running:
                break
            finished, _ = wait(running, LOOK_S, return_when=FIRST_COMPLETED)
            for future in finished:
                job = running.pop(future)
                try:
                    outcome = future.result()
                except BrokenExecutor:
                    broken.append(job)
                except Exception as error:
                    # The executor's own way to fail: what a worker cannot load, a worker lost.
                    said = " ".join(f"{type(error).__name__}: {error}".split())
                    done(job, Outcome(job.key, "", error=said[:500]))
                else:
                    done(job, outcome)
    finally:
        for future in running:
            future.cancel()
    return broken


def _submit(executor: Executor, job: Job) -> Future[Outcome]:
    try:
        return executor.submit(execute, job)
    except BrokenExecutor as error:
        future: Future[Outcome] = Future()
        future.set_exception(error)
        return future


def on(executor: Executor, jobs: Iterable[Job], skip: Skip, done: Done) -> None:
    """Run the jobs on an executor of the user's. Raises UsageError if it breaks."""
    broken = drive(jobs, executor, WINDOW, skip, done)
    if broken:
        raise UsageError(
            f"the executor broke while it ran {len(broken)} replicates, the first with seed "
            f"{broken[0].seed}. What had finished is kept; run it again."
        )


def here(workers: int, jobs: Iterable[Job], skip: Skip, done: Done) -> None:
    """Run the jobs on this machine. A replicate whose process ends is tried once more, alone: so
    one that takes its process with it (for want of memory) loses no other.

    Raises UsageError where no process could do anything.
    """
    if workers == 1:
        drive(jobs, Inline(), 1, skip, done)
        return
    left = {job.key: job for job in jobs}
    every = len(left)

    def passed(job: Job) -> bool:
        return skip(job) and left.pop(job.key) is not None

    def finished(job: Job, outcome: Outcome) -> None:
        left.pop(job.key, None)
        done(job, outcome)

    while left:
        with processes(min(workers, len(left))) as pool:
            suspects = drive(list(left.values()), pool, 2 * workers, passed, finished)
        if not suspects:
            return
        lost = [job for job in suspects if not _alone(job, passed, finished)]
        if len(left) == every:
            raise UsageError(NOTHING_DONE)
        for job in lost:
            finished(job, Outcome(job.key, "", error="its process ended: too little memory?"))


def tried(workers: int, jobs: Sequence[Job], skip: Skip, done: Done) -> list[Job]:
    """Run jobs in this process for as long as other processes would not pay, by the CPU time of
    the one before; returns those that are left for `workers` processes."""
    left, extra_s = deque(jobs), FIRST_S
    while left:
        before_s = time.process_time()
        drive([left.popleft()], Inline(), 1, skip, done)
        each_s = time.process_time() - before_s - extra_s
        if each_s * len(left) * (workers - 1) / workers > START_S:
            break
        extra_s = 0.0
    return list(left)


def _alone(job: Job, skip: Skip, done: Done) -> bool:
    """Whether the job comes to an end in a process of its own."""
    with processes(1) as pool:
        return not drive([job], pool, 1, skip, done)


@contextmanager
def processes(workers: int) -> Iterator[Executor]:
    """A pool of new processes. Left by an exception (Ctrl-C), it ends them at once."""
    before = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    pool = ProcessPool(workers, mp_context=context, initializer=_begin_worker)
    try:
        yield pool
    except BaseException:
        ours = set(multiprocessing.active_children()) - before
        pool.shutdown(wait=False, cancel_futures=True)
        for process in ours:
            process.terminate()
        raise
    pool.shutdown()


def _begin_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A pool's process would wait for ever for a parent that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def dask(address: str) -> Iterator[Executor]:
    """The executor of a Dask cluster, by the address of its scheduler (`tcp://host:8786`).

    Raises UsageError where Dask is not installed, or nobody answers.
    """
    try:
        import distributed
    except ImportError as error:
        raise UsageError("Dask is not installed here: pip install 'aurosim[dask]'.") from error
    try:
        make: Any = distributed.Client
        client = make(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(
            f"No Dask scheduler answers at '{address}'. Say the address that it prints when it "
            "starts, like tcp://127.0.0.1:8786."
        ) from error
    try:
        yield client.get_executor(pure=False)
    finally:
        client.close()
