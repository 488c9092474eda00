"""One seed to named draws: each random number is a pure function of what it decides.

A draw is named by (seed, stream name, entity number, draw number). The stream's key is a hash of
seed and name; entity and draw are the counter of Philox4x32-10, a counter-based generator. Nothing
has a state, so adding a reader changes nobody else's luck, any order of execution gives the same
result, and one request can be rerun alone.

Source: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3",
SC11, 2011, doi:10.1145/2063384.2063405; constants and known answers as in their library Random123.

Every constant is an `np.uint64`: in compiled code an unsigned number and a literal make a signed
one, and the high bit of a key would be lost.
"""

from __future__ import annotations

import hashlib

import numpy as np

from aurosim.compiled import jit

Word = int | np.uint64 | np.int64
"""A 64-bit word. From Python, 2^63 and more must be an `np.uint64`: an int overflows, loudly."""

ROUNDS = 10
_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)  # golden ratio
_WEYL_1 = np.uint64(0xBB67AE85)  # sqrt(3) - 1
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)

_ONE = np.uint64(1)
_FIVE = np.uint64(5)
_SIX = np.uint64(6)
_TWENTY_SIX = np.uint64(26)
_STEP = 2.0**-53


def stream_key(seed: int, stream: str) -> np.uint64:
    """The 64-bit key of the stream of draws called `stream` under `seed` (any integer).

    The decimal digits of a seed hold no NUL, so different pairs never meet before the hash.
    """
    name = f"{int(seed)}\0{stream}".encode()
    digest = hashlib.blake2b(name, digest_size=8, person=b"aurosim stream").digest()
    return np.uint64(int.from_bytes(digest, "little"))


@jit
def philox(key: Word, draw: Word, entity: Word) -> tuple[Word, Word, Word, Word]:
    """Four random 32-bit words for the counter (draw, entity), each of 64 bits, low word first."""
    c0 = np.uint64(draw) & _LOW
    c1 = np.uint64(draw) >> _HALF
    c2 = np.uint64(entity) & _LOW
    c3 = np.uint64(entity) >> _HALF
    k0 = np.uint64(key) & _LOW
    k1 = np.uint64(key) >> _HALF
    for _ in range(ROUNDS):
        product_0 = _MULTIPLIER_0 * c0
        product_1 = _MULTIPLIER_1 * c2
        c0 = (product_1 >> _HALF) ^ c1 ^ k0
        c1 = product_1 & _LOW
        c2 = (product_0 >> _HALF) ^ c3 ^ k1
        c3 = product_0 & _LOW
        k0 = (k0 + _WEYL_0) & _LOW
        k1 = (k1 + _WEYL_1) & _LOW
    return c0, c1, c2, c3


@jit
def unit_interval(high: Word, low: Word) -> float:
    """Two 32-bit words as a number strictly between 0 and 1: an odd multiple of 2^-53.

    53 bits of which the last is always one: neither 0 nor 1 can come out, the mean is exactly 1/2,
    and u and 1 - u are equally likely. (Adding half a step to 53 free bits would round up to 1.)
    """
    bits = ((np.uint64(high) >> _FIVE) << _TWENTY_SIX) | (np.uint64(low) >> _SIX)
    return float((bits | _ONE) * _STEP)


@jit
def uniform(key: Word, draw: Word, entity: Word) -> float:
    """The uniform number in (0, 1) of this draw of this entity: never 0, never 1."""
    w0, w1, _, _ = philox(key, draw, entity)
    return unit_interval(w0, w1)


@jit
def uniform_pair(key: Word, draw: Word, entity: Word) -> tuple[float, float]:
    """Two independent uniform numbers of one draw; the first is the one `uniform` gives."""
    w0, w1, w2, w3 = philox(key, draw, entity)
    return unit_interval(w0, w1), unit_interval(w2, w3)
