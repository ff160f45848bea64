"""Randomness without state: a value for (key, index), the same on every machine, in any order, any number of times."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_SHIFT_1, _SHIFT_2, _SHIFT_3, _TO_53_BITS = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


def key_of(seed: int, *words: object) -> int:
    """The 64-bit key that stands for these words under `seed`."""
    text = "/".join([str(seed), *map(str, words)])
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())


def keys_of(seed: int, what: str, names: Sequence[str]) -> Keys:
    """One key a name, as a column."""
    return np.array([key_of(seed, what, name) for name in names], dtype=np.uint64)


def uniform(key: "int | Keys", index: ArrayLike) -> Floats:
    """Uniform values in (0, 1), one for each pair of key and index (broadcast, at least one dimension).

    splitmix64: Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators".
    """
    columns = np.atleast_1d(np.asarray(index, dtype=np.int64)).astype(np.uint64)
    mixed = np.atleast_1d(np.asarray(key, dtype=np.uint64)) + (columns + np.uint64(1)) * _GOLDEN
    mixed = (mixed ^ (mixed >> _SHIFT_1)) * _MIX_1
    mixed = (mixed ^ (mixed >> _SHIFT_2)) * _MIX_2
    mixed ^= mixed >> _SHIFT_3
    values: Floats = ((mixed >> _TO_53_BITS).astype(np.float64) + 0.5) / 2.0**53
    return values


def normal(key: "int | Keys", index: ArrayLike) -> Floats:
    """Standard normal values, one for each pair of key and index (Box-Muller)."""
    doubled = np.asarray(index, dtype=np.int64) * 2
    radius = np.sqrt(-2.0 * np.log(uniform(key, doubled)))
    values: Floats = radius * np.cos(2.0 * np.pi * uniform(key, doubled + 1))
    return values


def smooth(key: "int | Keys", t_s: NDArray[np.int64], *, knot_s: int) -> Floats:
    """Normal values at knots every `knot_s` seconds, straight lines between them."""
    knot = t_s // knot_s
    share = (t_s - knot * knot_s) / knot_s
    values: Floats = normal(key, knot) * (1.0 - share) + normal(key, knot + 1) * share
    return values


def remembering(key: "int | Keys", index: NDArray[np.int64], *, memory: float, depth: int = 16) -> Floats:
    """Standard normal values whose neighbours correlate by `memory` (an AR(1) cut off after `depth` steps)."""
    weights = memory ** np.arange(depth)
    weights /= np.sqrt(np.sum(weights**2))
    values: Floats = sum((normal(key, index - back) * weights[back] for back in range(depth)), np.zeros(1))
    return values
