"""Processes that are killed, each forked from one that has imported what they run."""

import multiprocessing
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import wait
from types import TracebackType
from typing import Self

MODULES = [
    "tests.aggregator.census_victim",
    "tests.aggregator.sync_victim",
    "tests.daemon.notify_victim",
]
KILLED = -9


class Victim:
    """A process that calls a function of one of the modules, and may talk with it."""

    def __init__(self, run: Callable[..., None], *arguments: str) -> None:
        """Start it; the last thing the function is given is its end of a pipe to here."""
        forks = multiprocessing.get_context("forkserver")
        forks.set_forkserver_preload(MODULES)
        self._pipe, theirs = forks.Pipe()
        self._process = forks.Process(target=run, args=(*arguments, theirs))
        self._process.start()
        theirs.close()

    def told(self) -> bool:
        """Wait until it has told of its next step; False when it has ended."""
        try:
            self._pipe.recv()
        except (EOFError, ConnectionResetError):
            return False
        return True

    def go_on(self) -> None:
        """Let it do its next step."""
        self._pipe.send(None)

    def kill(self) -> None:
        """Kill -9, whether or not it runs."""
        with suppress(ProcessLookupError):
            self._process.kill()

    def wait(self) -> None:
        """Wait for its end, in any thread."""
        wait([self._process.sentinel])

    def end(self) -> int | None:
        """Wait for its end; return its exit code, or minus the signal."""
        self._process.join()
        return self._process.exitcode

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.kill()
        self._process.join()
        self._pipe.close()
