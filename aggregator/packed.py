"""Whole days in two bytes: ten thousand milestones times ten thousand trials in 200 MB.

What is 65,535 days or more away (179 years) counts as never.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .cached import in_cache
from .calendar import IntArray, Integers

Packed = NDArray[np.uint16]
Few = NDArray[np.uint8]

NEVER: Final = 1_000_000
"""What "never" is unpacked to: added to any real instant it is the year 2738 or later."""

MOST: Final = 65_535
"""What "never" is packed to."""

_MOST_FEW: Final = 255


def pack(days: Integers) -> Packed:
    """Pack days from an origin; what lies before it counts as on it."""
    return np.minimum(np.maximum(days, 0), MOST).astype(np.uint16)


def pack_few(days: Integers) -> Packed | Few:
    """Pack days into a byte each where they are few, as those of work mostly are."""
    return days.astype(np.uint8) if np.maximum.reduce(days) <= _MOST_FEW else pack(days)


def unpack(packed: Packed | Few) -> IntArray:
    """Return the days again."""
    if packed.itemsize == 1:
        return packed.astype(np.int32)
    # Never is all bits: one more is none, and one less than none is more than all that are days.
    days = (packed + np.uint16(1)).astype(np.uint32)
    days -= np.uint32(1)
    return np.minimum(days, np.uint32(NEVER), out=days).view(np.int32)


def middles(some: Sequence[Packed | Few]) -> list[int | None]:
    """Return the P50 of each, as ``forecast.quantiles`` has it; None where it is never.

    All have as many samples.
    """
    if not some:
        return []
    before = (some[0].size - 1) // 2
    found: list[int] = []
    for block in in_cache(some, some[0].size):
        # Numbers of four bytes are told apart several at once.
        days = np.array(block, np.uint32)
        days.partition(before, axis=1)
        found.extend(days[:, before].tolist())
    return [None if days == MOST else days for days in found]
