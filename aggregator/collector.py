"""The garbage collector, which rests while a portfolio is forecast or rules are asked."""

import gc
import threading
from collections.abc import Generator
from contextlib import contextmanager

_TURN = threading.Lock()
"""Whoever holds it may wake the collector: nobody finds it asleep and leaves it so."""


@contextmanager
def collector_at_rest() -> Generator[None]:
    """Collect no cycles meanwhile; of several threads at once, the first says for how long.

    Forecasts make activities and edges by the thousand, rules findings, all of which stay and none
    of which is a cycle: the collector would go over the whole portfolio again and again for them,
    and free nothing.
    """
    if not gc.isenabled() or not _TURN.acquire(blocking=False):
        yield
        return
    try:
        gc.disable()
        yield
    finally:
        gc.enable()
        _TURN.release()
