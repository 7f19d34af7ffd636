"""What a measure gives."""

from datetime import datetime
from typing import NamedTuple


class Sample(NamedTuple):
    """A value, and when the world was so."""

    value: float
    at: datetime
