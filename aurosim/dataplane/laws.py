"""Laws: what an operation costs; compiled however the rules are run.

A law is a formula over plain numbers: no clock, no queue, no state. Each rounds its time once, so
that the planes agree to the nanosecond. The mechanisms and their start values come from the
published measurements (docs/model.md gives the sources; the numbers are catalog entries and enter
as arguments).
"""

from __future__ import annotations

import math

import numpy as np

from aurosim.compiled import jit
from aurosim.dataplane.contract import Purpose
from aurosim.dataplane.distributions import (
    LAW_CONSTANT,
    LAW_EXPONENTIAL,
    LAW_LOGNORMAL,
    draw_ns,
    key_rank,
    lognormal_at,
    lognormal_median_ns,
    lognormal_ns,
    normal,
    round_ns,
)
from aurosim.dataplane.lanes import six_uniforms
from aurosim.randomness import Word, philox, uniform

COMMIT_PASSES = 3
_CPU = np.int64(Purpose.CPU)
_KEY = np.int64(Purpose.KEY)
_TOUCH = np.int64(Purpose.TOUCH)
_READ = np.int64(Purpose.READ)
_PLACE = np.int64(Purpose.PLACE)
_THINK = np.int64(Purpose.THINK)
_START = np.int64(Purpose.START)
_FIRST = np.int64(Purpose.FIRST)
_BACKOFF = np.int64(Purpose.BACKOFF)
_PROCESS = np.int64(Purpose.PROCESS)
_HOLD = np.int64(Purpose.HOLD)
_NAME = np.int64(Purpose.NAME)
_FLAP = np.int64(Purpose.FLAP)
_LIFETIME = np.int64(Purpose.LIFETIME)
_AGE = np.int64(Purpose.AGE)
_HALF = np.uint64(32)


@jit
def statement_cpu_ns(
    law: int, mean_ns: int, shape: float, speed: float, key: Word, statement: int, request: int
) -> int:
    """CPU time of a statement's first burst on a class of the given speed, in ns. The shape of a
    lognormal law is the deviation of the logarithm here, worked out once for all draws."""
    if law == LAW_LOGNORMAL:
        return lognormal_ns(mean_ns / speed, shape, key, (statement << 8) | _CPU, request)
    return draw_ns(law, mean_ns / speed, shape, key, (statement << 8) | _CPU, request)


@jit
def work_ns(count: float, each_ns: int, speed: float) -> int:
    """CPU time of ``count`` equal pieces of work (pages written or taken in, records applied)."""
    return round_ns(count * each_ns / speed)


@jit
def commit_pass_ns(
    commit_ns: int, backlog: int, per_vcpu: float, vcpu: int, speed: float
) -> int:
    """CPU time of one of a commit's three passes through the run queue, in ns.

    The commit path costs less the more is waiting: c / (1 + q / (kappa m)) with q runnable tasks
    waiting when the pass starts, m vCPUs. Boxcars, acknowledgements and wake-ups are shared by the
    backlog. Phenomenological; pinned by SIGMOD 2017 table 3.
    """
    share = 1.0 + backlog / (per_vcpu * vcpu)
    return round_ns(commit_ns / (COMMIT_PASSES * share * speed))


@jit
def misses(pages: int, hit_ratio: float, key: Word, statement: int, request: int) -> int:
    """How many of ``pages`` random leaf pages are not in the buffer: a binomial number, by
    inversion of one uniform."""
    if hit_ratio >= 1.0 or pages == 0:
        return 0
    if hit_ratio <= 0.0:
        return pages
    u = uniform(key, (statement << 8) | _TOUCH, request)
    chance = math.exp(pages * math.log(hit_ratio))
    count = 0
    total = chance
    while u > total and count < pages:
        chance *= (pages - count) / (count + 1) * (1.0 - hit_ratio) / hit_ratio
        count += 1
        total += chance
    return count


@jit
def page_read_ns(
    pages: int, median_ns: int, sigma: float, key: Word, statement: int, turn: int, request: int
) -> int:
    """Service time of ``pages`` reads one after another at a storage node, without network."""
    draw = (statement << 8) | (_READ + (turn & 15))
    return pages * lognormal_median_ns(median_ns, sigma, key, draw, request)


@jit
def key_of(
    law: int, rows: int, a: float, b: float, key: Word, statement: int, request: int
) -> int:
    """The row a statement reads or writes."""
    return key_rank(law, rows, a, b, uniform(key, (statement << 8) | _KEY, request))


@jit
def places(
    groups: int, key: Word, statement: int, block: int, request: int
) -> tuple[int, int, int, int]:
    """The protection groups of four of a statement's pages, uniform over the volume."""
    draw = (statement << 8) | (_PLACE + block)
    w0, w1, w2, w3 = philox(key, draw, request)
    g = np.uint64(groups)
    return (  # type: ignore[return-value]  # numpy's integers are numbers too
        np.int64((np.uint64(w0) * g) >> _HALF),
        np.int64((np.uint64(w1) * g) >> _HALF),
        np.int64((np.uint64(w2) * g) >> _HALF),
        np.int64((np.uint64(w3) * g) >> _HALF),
    )


@jit
def think_ns(law: int, mean_ns: int, key: Word, request: int) -> int:
    """Think time before ``request`` of a closed load."""
    return draw_ns(law, mean_ns, 0.0, key, _THINK, request)


@jit
def first_think_ns(law: int, mean_ns: int, key: Word, request: int) -> int:
    """What is left of the thought in which a client of a closed load is found at the start.

    Seen at a random time, a renewal process is in equilibrium: the rest of its interval has density
    (1 - F(x)) / mean, whatever the law F. That is uniform over a constant thought, and of an
    exponential one, which has no memory, the law itself. So nobody's clients march in step.

    Source: D. Cox, "Renewal Theory", 1962, section 5.2 (forward recurrence time).
    """
    if law == LAW_CONSTANT:
        return round_ns(mean_ns * uniform(key, _FIRST, request))
    assert law == LAW_EXPONENTIAL
    return draw_ns(law, mean_ns, 0.0, key, _FIRST, request)


@jit
def start_ns(spread_ns: int, key: Word, request: int) -> int:
    """The random step at which a connection starts, uniform over the spread."""
    return round_ns(spread_ns * uniform(key, _START, request))


@jit
def process_of(processes: int, key: Word, request: int) -> int:
    """The process that a request of an open load goes to: any, as from a load balancer that knows
    nothing of a pool's health."""
    return min(int(uniform(key, _PROCESS, request) * processes), processes - 1)


@jit
def hold_ns(law: int, mean_ns: int, parts: int, key: Word, request: int) -> int:
    """For how long the application keeps its connection after each of a request's ``parts``
    statements: an equal share of one draw."""
    return draw_ns(law, mean_ns, 0.0, key, _HOLD, request) // parts


@jit
def named(count: int, key: Word, process: int, lookup: int) -> int:
    """Which of ``count`` addresses a process is answered at its ``lookup``-th question: one of
    them at random."""
    return min(int(uniform(key, (lookup << 8) | _NAME, process) * count), count - 1)


@jit
def flaps(key: Word, process: int, lookup: int) -> bool:
    """Whether a record that has just changed answers as before: every other time."""
    return uniform(key, (lookup << 8) | _FLAP, process) < 0.5


@jit
def lifetime_ns(most_ns: int, jitter: float, key: Word, slot: int, opening: int) -> int:
    """How long a pool keeps a connection: ``most_ns``, or less by up to a share of it."""
    return round_ns(most_ns * (1.0 - jitter * uniform(key, (opening << 8) | _LIFETIME, slot)))


@jit
def age_ns(lifetime_ns: int, key: Word, slot: int) -> int:
    """How old a connection is at the start, at a random point of its lifetime."""
    return round_ns(lifetime_ns * uniform(key, _AGE, slot))


@jit
def next_resend_ns(first_ns: int, most_ns: int, after_ns: int) -> int:
    """When TCP resends what was not acknowledged, counted from its sending: the first time after
    ``after_ns``. The pause doubles from ``first_ns`` up to ``most_ns``.

    Source: RFC 6298, section 5 (5.5 to 5.7: back off the timer).
    """
    at_ns, pause_ns = first_ns, first_ns
    while at_ns <= after_ns:
        pause_ns = min(2 * pause_ns, most_ns)
        at_ns += pause_ns
    return at_ns


@jit
def next_probe_ns(first_ns: int, interval_ns: int, after_ns: int) -> int:
    """When a probe of TCP's keepalive is sent, the first time after ``after_ns``; both counted from
    when the connection was last heard of."""
    if after_ns < first_ns:
        return first_ns
    return first_ns + ((after_ns - first_ns) // interval_ns + 1) * interval_ns


@jit
def backoff_ns(
    first_ns: int, most_ns: int, attempt: int, jitter: bool, key: Word, request: int
) -> int:
    """The wait after failed ``attempt`` (from 0): first x 2^attempt, at most ``most_ns``; with
    full jitter uniform between 0 and that. At least 1 ns, so that time goes on.

    Source: M. Brooker, "Exponential backoff and jitter", AWS Architecture Blog, 2015.
    """
    wait = min(float(most_ns), float(first_ns) * math.exp(attempt * math.log(2.0)))
    if jitter:
        wait *= uniform(key, _BACKOFF + attempt, request)
    return max(round_ns(wait), 1)


@jit
def ack_services_ns(
    median_ns: int, sigma: float, key: Word, copy: int, entity: Word
) -> tuple[int, int, int, int, int, int]:
    """How long each of the six segments takes to persist a boxcar, without queue and network."""
    u0, u1, u2, u3, u4, u5 = six_uniforms(key, copy, entity)
    return (
        lognormal_at(median_ns, sigma, u0),
        lognormal_at(median_ns, sigma, u1),
        lognormal_at(median_ns, sigma, u2),
        lognormal_at(median_ns, sigma, u3),
        lognormal_at(median_ns, sigma, u4),
        lognormal_at(median_ns, sigma, u5),
    )


@jit
def occupancy_ns(boxcar_bytes: int, fixed_ns: int, bytes_per_s: float) -> int:
    """How long a boxcar keeps its storage node from taking the next one."""
    return fixed_ns + round_ns(boxcar_bytes * 1e9 / bytes_per_s)


@jit
def link_batch_bytes(bytes_per_s: float, batch_ns: int) -> int:
    """What a link carries in a batch's period: a batch that holds as much is full."""
    return max(1, round_ns(bytes_per_s * batch_ns / 1e9))


@jit
def link_busy_ns(size: int, bytes_per_s: float) -> int:
    """How long a batch of ``size`` bytes takes to get onto a link."""
    return round_ns(size * 1e9 / bytes_per_s)


@jit
def link_trip_ns(hop_ns: int, sigma: float, key: Word, number: int) -> int:
    """How long a batch travels between two regions: a lognormal time whose median is the measured
    one way."""
    return lognormal_median_ns(hop_ns, sigma, key, number, 0)


@jit
def write_rate_per_s(rate: float, writes: int, gap_ns: int, window_ns: int) -> float:
    """The smoothed rate of writes: exponential forgetting over ``window_ns``."""
    return rate * math.exp(-gap_ns / window_ns) + writes * 1e9 / window_ns


@jit
def replica_spread(sigma: float, key: Word, sample: int, instance: int) -> float:
    """By how much the lag of a reader differs from its mean in one sample of time: a lognormal
    factor of mean 1. The spread is between samples of time, not between chunks."""
    z = normal(uniform(key, sample, instance))
    return math.exp(sigma * z - 0.5 * sigma * sigma)


@jit
def replica_delay_ns(ship_ns: int, sqrt_ns: float, writes_per_s: float, spread: float) -> int:
    """Time from VDL passing a chunk of redo to its being ready to apply at a reader.

    Mean: ship + s sqrt(thousand writes per second) (SIGMOD 2017 table 4, its end points).
    """
    return round_ns((ship_ns + sqrt_ns * math.sqrt(writes_per_s / 1000.0)) * spread)
