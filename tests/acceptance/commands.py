"""The command line in processes of its own: measured, or many times without importing it anew.

Run as a program, this module is such a process. ``measure FILE ARGUMENT …`` runs one command
and writes its peak memory (KiB) and CPU time (s) to a file. ``forks`` reads lists of arguments,
one a line, and runs each in a fork of a process that has imported everything: as quickly begun as
it is killed.
"""

import gc
import io
import json
import os
import subprocess
import sys
import time
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from slipwatch.connectors.table import kinds
from slipwatch.daemon.cli import main, make_app


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One command that ended well."""

    seconds: float
    cpu: float
    """Seconds of computing, whatever else the machine did meanwhile."""
    peak: float
    """The most memory it ever held, in MiB."""
    output: str


class Measurement:
    """A command under way; several may be at once."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._report = folder / "measured"
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, __file__, "measure", self._report, *arguments],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def result(self) -> Measured:
        """Wait for its end; raises ``RuntimeError`` with what it said when it failed."""
        output, _ = self._process.communicate()
        if self._process.returncode != 0:
            raise RuntimeError(output)
        peak, cpu = self._report.read_text().split()
        return Measured(
            seconds=time.monotonic() - self._began,
            cpu=float(cpu),
            peak=int(peak) / 1024,
            output=output,
        )


class Forks:
    """Runs commands one after the other, each in a fork that may be killed.

    The process they are forked from has run ``warm`` by then, so that they have little to load.
    """

    def __init__(self, folder: Path, *warm: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, "forks", *warm],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._read()

    def start(self, *arguments: str) -> int:
        """Start a command and give the id of its process."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        return self._read()

    def wait(self) -> int:
        """Wait for the end of the command; give its exit code, or minus the signal's number."""
        return self._read()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def _read(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


def peak_memory() -> int:
    """Give this process's peak in KiB.

    ``getrusage`` would give its parent's, when that was larger at the time of the fork.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise RuntimeError("this kernel does not say how much memory was used")


def _measured(report: Path, arguments: list[str]) -> None:
    sys.argv = ["slipwatch", *arguments]
    try:
        main()
    finally:
        report.write_text(f"{peak_memory()} {time.process_time()}")


def _fork_each(warm: list[str]) -> None:
    make_app()
    for kind in kinds().values():
        kind.load()
    if warm:
        sys.argv = ["slipwatch", *warm]
        with redirect_stdout(io.TextIOWrapper(io.BytesIO())), suppress(SystemExit):
            main()
    gc.collect()
    gc.freeze()
    _tell(os.getpid())
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            sys.argv = ["slipwatch", *json.loads(line)]
            silence = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1):
                os.dup2(silence, stream)
            main()
            return
        _tell(child)
        _, status = os.waitpid(child, 0)
        _tell(os.waitstatus_to_exitcode(status))


def _tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1] == "forks":
        _fork_each(sys.argv[2:])
    else:
        _measured(Path(sys.argv[2]), sys.argv[3:])
