"""Makes every random number from its key (seed, replication, who, what for), so that an edit elsewhere changes no draw.

splitmix64's finalizer (Steele, Lea & Flood, OOPSLA 2014) applied three times: to seed and replication, to the entity
(a lot, a panel, a tool), and to the purpose. All arithmetic is modulo 2⁶⁴.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

import numpy as np

from procsim.maths.arrays import Floats, Ints, Keys

_G = 0x9E3779B97F4A7C15
_MASK = 0xFFFFFFFFFFFFFFFF
_ONE = np.float64(1.0).view(np.uint64)
"""The bits of 1.0: with m in its last 52 bits it is 1 + m/2⁵²."""
LOTS, PANELS, TOOLS, RELEASES, BATCHES, PARTS, DRAWS = range(1, 8)
"""Domains: kinds of entity that random numbers belong to."""


@lru_cache(maxsize=16384)
def key_of(*words: str) -> int:
    """A stable 64-bit key for a purpose, from names alone: never from a position, never from Python's salted hash."""
    return int.from_bytes(blake2b("\x1f".join(words).encode(), digest_size=8).digest(), "little")


def _mix(z: int) -> int:
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & _MASK
    return z ^ (z >> 31)


def _mix_array(z: Keys) -> Keys:
    """Does what ``_mix`` does to an array; what was in *z* is lost."""
    shifted = z >> np.uint64(30)
    z ^= shifted
    z *= np.uint64(0xBF58476D1CE4E5B9)
    z ^= np.right_shift(z, np.uint64(27), out=shifted)
    z *= np.uint64(0x94D049BB133111EB)
    z ^= np.right_shift(z, np.uint64(31), out=shifted)
    return z


class KeyedRandom:
    """The random numbers of one replication."""

    __slots__ = ("_root",)

    def __init__(self, seed: int, replication: int) -> None:
        self._root = _mix(_mix(seed + _G & _MASK) ^ ((replication + 1) * _G & _MASK))

    def entities(self, domain: int, numbers: Ints, salt: int = 0) -> Keys:
        """Keys of the entities *numbers* of a *domain*, same shape; *salt* is the key of the stream they belong to."""
        base = np.uint64(domain << 48)
        return _mix_array(np.uint64(self._root ^ salt) ^ ((base + numbers.astype(np.uint64) + np.uint64(1)) * np.uint64(_G)))

    @staticmethod
    def uniforms(entities: Keys, key: int | Keys) -> Floats:
        """One uniform for each entity and the purpose *key* (shapes broadcast): (m + ½)/2⁵² of the 52 highest bits m."""
        purpose = np.asarray(key, dtype=np.uint64) * np.uint64(_G)
        mixed = _mix_array(np.atleast_1d(entities + purpose))
        mixed >>= np.uint64(12)
        mixed |= _ONE
        found = mixed.view(np.float64)
        found -= 1.0 - 2.0**-53
        return found
