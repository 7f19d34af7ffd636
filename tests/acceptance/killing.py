"""Syncs that are killed."""

import os
import random
import signal
import threading
from contextlib import suppress

from starlette.requests import Request

from slipwatch.demo import DemoServer

from .commands import Forks


def shrink(request: Request) -> None:
    """Let a request ask for a small page: a server may always give less than it is asked for."""
    query = request.scope["query_string"]
    request.scope["query_string"] = query.replace(b"per_page=100", b"per_page=10")


def kill_a_sync(forks: Forks, server: DemoServer, chance: random.Random, requests: int) -> bool:
    """Kill -9 a sync of a server's site at some moment; say whether it was still running.

    That is a few milliseconds after it has begun, or after one of its ``requests``: while an
    answer is under way, while it is converted, while it is being stored.
    """
    wanted, met, victim = chance.randrange(0, requests + 1), 0, 0
    begun = threading.Event()
    timers: list[threading.Timer] = []

    def kill() -> None:
        begun.wait()
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)

    def kill_within(seconds: float) -> None:
        timers.append(threading.Timer(chance.uniform(0, seconds), kill))
        timers[-1].start()

    def fault(request: Request) -> None:
        nonlocal met
        shrink(request)
        met += 1
        if met == wanted:
            kill_within(0.03)

    server.fault = fault
    victim = forks.start("sync")
    begun.set()
    if wanted == 0:
        kill_within(0.15)
    code = forks.wait()
    server.fault = None
    for timer in timers:
        timer.cancel()
        timer.join()
    if code not in (0, -signal.SIGKILL):
        raise RuntimeError(f"the sync ended with {code}")
    return code != 0
