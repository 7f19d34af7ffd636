"""The command line in processes of its own, many times without importing it anew.

Run as a program, this module reads lists of arguments, one a line, and runs each in a fork of a
process that has imported everything: as quickly begun as it is killed.
"""

import gc
import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stdout, suppress
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Self

from slipwatch.aggregator import joining
from slipwatch.connectors.table import kinds
from slipwatch.daemon.cli import main, make_app
from tests.forking import run_forked

ROOT = Path(__file__).parents[2]


class Forks:
    """Runs commands one after the other, each in a fork that may be killed.

    The process they are forked from has run ``warm`` by then, so that they have little to load.
    """

    def __init__(self, folder: Path, *warm: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, folder, *warm],
            cwd=ROOT,
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


def peak_memory(process: str = "self") -> int:
    """Give a process's peak in KiB, this one's by default.

    ``getrusage`` would give its parent's, when that was larger at the time of the fork.
    """
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise RuntimeError("this kernel does not say how much memory was used")


FEW = 10
"""Items of one transaction, so that the small worlds of tests take as many as a company's do."""


def _fork_each(folder: str, *warm: str) -> None:
    os.chdir(folder)
    joining.ENOUGH = FEW
    make_app()
    import_module("slipwatch.aggregator.store.upgrading")  # for stores that are new
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
            run_forked(main)
            return
        _tell(child)
        _, status = os.waitpid(child, 0)
        _tell(os.waitstatus_to_exitcode(status))


def _tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _fork_each(*sys.argv[1:])
