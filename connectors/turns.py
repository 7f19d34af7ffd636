"""Turns that two processes take at one source: each turn is a lock on a byte of a file.

Both hold the file open. What a process has locked is free again when it ends, however it does.
"""

import fcntl
import threading
import time
from collections.abc import Callable

_LOOK = 0.01
"""Seconds between two looks whether one of several turns is free."""


class SharedTurns:
    """The turns of one process, of those that it shares with another; its threads share it."""

    def __init__(self, file: int) -> None:
        """Take the descriptor of a file that can be written; nothing is."""
        self._file = file
        self._mine: dict[int, int] = {}
        """The turn of each thread."""
        self._lock = threading.Lock()

    def take(self, allowed: Callable[[], int]) -> None:
        """Wait for one of so many turns; no more threads than that may hold or want one."""
        while not self._takes_one_of(allowed()):
            time.sleep(_LOOK)

    def give_back(self) -> None:
        """Let another have the turn of this thread, if it has one.

        A request that was under way when turns began to be shared has none.
        """
        with self._lock:
            turn = self._mine.pop(threading.get_ident(), None)
            if turn is not None:
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, turn)

    def _takes_one_of(self, allowed: int) -> bool:
        if allowed == 1:
            fcntl.lockf(self._file, fcntl.LOCK_EX, 1)
            with self._lock:
                self._mine[threading.get_ident()] = 0
            return True
        with self._lock:
            # A process can lock again what it has locked itself.
            mine = set(self._mine.values())
            return any(self._takes(turn) for turn in range(allowed) if turn not in mine)

    def _takes(self, turn: int) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, turn)
        except OSError:
            return False
        self._mine[threading.get_ident()] = turn
        return True
