"""The garbage collector, which rests while much is made that stays, and none of it is a cycle."""

import gc
import threading
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count

_SELDOM = 50_000
"""Objects that may be made and not freed again until they are looked through: seventy times 700,
what Python begins with. A request leaves no cycle."""

_TURN = threading.Lock()
"""Whoever holds it may wake the collector: nobody finds it asleep and leaves it so."""

_RESTS = 200
"""After so many, all is looked through: what was made meanwhile does not make Python do so."""

_rests = count(1)


@contextmanager
def collector_at_rest(*, stays: bool = True) -> Generator[None]:
    """Collect no cycles meanwhile; of several threads at once, the first says for how long.

    Forecasts make activities and edges by the thousand, rules findings, a sync rows, all of which
    stay for a while and none of which is a cycle: the collector would go over all that the program
    holds again and again for them, and free nothing. For the same reason what is there at the end
    counts as old without being looked at, if it ``stays``: of the thousand batches of a first sync,
    none is there at the next.
    """
    if not gc.isenabled() or not _TURN.acquire(blocking=False):
        yield
        return
    try:
        gc.disable()
        yield
    finally:
        if stays:
            _grow_old()
        gc.enable()
        _TURN.release()


def _grow_old() -> None:
    """Put all that is there among the oldest objects, which are looked through seldom."""
    if gc.get_freeze_count():  # Of a process that has frozen all, this takes milliseconds.
        return
    if next(_rests) % _RESTS == 0:
        gc.collect()
        return
    # What is thawed is old.
    gc.freeze()
    gc.unfreeze()


def collect_seldom() -> None:
    """Look for cycles seldom, and never among what is loaded by now.

    For a process that syncs and ends: nearly all that it makes is freed without the collector.
    """
    gc.freeze()
    gc.set_threshold(_SELDOM)
    gc.enable()
