"""A terminal to talk to a command at: real, with echo, hidden input and Ctrl-C."""

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from .running import PATIENCE

SLIPWATCH = Path(sys.executable).with_name("slipwatch")

# What a shell does for what it starts: makes the terminal the one that Ctrl-C comes from.
_TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)
_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Talk:
    """A command under way at a terminal; a context manager that ends it."""

    def __init__(self, folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        self._ours, theirs = os.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _TAKE_TERMINAL, SLIPWATCH, *arguments],
            cwd=folder,
            env={**os.environ, "TERM": "dumb", "COLUMNS": "120", **(env or {})},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.seen = ""
        self._read = 0

    def hear(self, words: str) -> str:
        """Wait until something is said, and return everything up to it since the last time."""
        until = time.monotonic() + PATIENCE
        while (found := self.seen.find(words, self._read)) < 0:
            assert self._listen(until), f"never said {words!r} in:\n{self.seen}"
        before, self._read = self.seen[self._read : found], found + len(words)
        return before

    def say(self, line: str) -> None:
        """Type a line."""
        self.press(f"{line}\r")

    def press(self, keys: str) -> None:
        """Press keys without Enter."""
        os.write(self._ours, keys.encode())

    def end(self) -> int:
        """Hear it out and return its exit code."""
        until = time.monotonic() + PATIENCE
        while self._listen(until):
            pass
        return self._process.wait(timeout=PATIENCE)

    def _listen(self, until: float) -> bool:
        """Take in what is said next; false at the end, or when there has been silence for long."""
        ready, _, _ = select.select([self._ours], [], [], max(0.0, until - time.monotonic()))
        try:
            data = os.read(self._ours, 65_536) if ready else b""
        except OSError:  # how Linux says that nobody is at the other end any more
            data = b""
        self.seen += _STYLE.sub("", data.decode(errors="replace"))
        return bool(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._ours)
