"""Whole days in two bytes: ten thousand milestones times ten thousand trials in 200 MB.

What is 65,535 days or more away (179 years) counts as never.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .calendar import IntArray, Integers

Packed = NDArray[np.uint16]

NEVER: Final = 1_000_000
"""What "never" is unpacked to: added to any real instant it is the year 2738 or later."""

_MOST: Final = 65_535


def pack(days: Integers) -> Packed:
    """Pack days from an origin; what lies before it counts as on it."""
    return np.clip(days, 0, _MOST).astype(np.uint16)


def unpack(packed: Packed) -> IntArray:
    """Return the days again."""
    days = packed.astype(np.int32)
    days[packed == _MOST] = NEVER
    return days
