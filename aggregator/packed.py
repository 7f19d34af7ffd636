"""Whole days in two bytes: ten thousand milestones times ten thousand trials in 200 MB.

What is 65,535 days or more away (179 years) counts as never.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .calendar import IntArray, Integers

Packed = NDArray[np.uint16]
Few = NDArray[np.uint8]

NEVER: Final = 1_000_000
"""What "never" is unpacked to: added to any real instant it is the year 2738 or later."""

MOST: Final = 65_535
"""What "never" is packed to."""

_MOST_FEW: Final = 255

_SMALL: Final = 256
"""Up to so many, finding the middle one costs less than counting all of them."""
_USUAL: Final = np.uint16(8191)
"""Days; few samples lie beyond the horizon of a forecast, and to count up to never takes long."""


def pack(days: Integers) -> Packed:
    """Pack days from an origin; what lies before it counts as on it."""
    return np.minimum(np.maximum(days, 0), MOST).astype(np.uint16)


def pack_few(days: Integers) -> Packed | Few:
    """Pack days into a byte each where they are few, as those of work mostly are."""
    return days.astype(np.uint8) if days.max() <= _MOST_FEW else pack(days)


def unpack(packed: Packed | Few) -> IntArray:
    """Return the days again."""
    days = packed.astype(np.int32)
    if packed.itemsize > 1 and packed.size and packed.max() == MOST:
        days[packed == MOST] = NEVER
    return days


def middle(packed: Packed | Few) -> int | None:
    """Return the P50, as ``forecast.quantiles`` has it; None where it is never."""
    before = (packed.size - 1) // 2
    if packed.size <= _SMALL:
        found = int(np.partition(packed, before)[before])
    else:
        found = _counted(packed, before)
    return None if found == MOST else found


def _counted(packed: Packed | Few, before: int) -> int:
    """Return the number with so many before it in order."""
    usual = packed if packed.itemsize == 1 else np.minimum(packed, _USUAL)
    found = int(np.bincount(usual).cumsum().searchsorted(before, side="right"))
    if found < _USUAL:
        return found
    return int(np.bincount(packed).cumsum().searchsorted(before, side="right"))
