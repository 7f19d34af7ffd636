"""A connector whose pulls are read in processes of their own, by the program that does so.

To begin one anew takes a third of a second each time, so they are forked from one that has
imported everything: this module, run as a program with the number of a socket.
"""

import importlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

from slipwatch.aggregator.connector import Connector, Context
from slipwatch.aggregator.records import Batch, Cursor
from slipwatch.aggregator.wire import Asked, Begin, Came, Line, Over, Report, Task, error_of
from slipwatch.config.sources import HttpSourceSettings
from slipwatch.connectors.table import kind_of
from slipwatch.daemon import reader

ROOT = Path(__file__).parents[3]
PATIENCE = 30.0


class Nursery:
    """Begins processes that read; a context manager that ends."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair()
        self._line.settimeout(PATIENCE)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno())],
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
            )

    def begin(self, connection: socket.socket, turns: int) -> int:
        """Let a new process read for the other end of a connection; return its id."""
        socket.send_fds(self._line, [b"!"], [connection.fileno(), turns])
        return int.from_bytes(self._line.recv(8))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._line.close()
        self._process.wait(PATIENCE)


class ReadBeside:
    """A connector that is asked for everything but what is pulled, which another process reads."""

    def __init__(
        self,
        nursery: Nursery,
        name: str,
        settings: HttpSourceSettings,
        context: Context,
    ) -> None:
        self.processes: list[int] = []
        """Those that have read for it."""
        self._nursery = nursery
        self._settings = settings
        self._context = context
        self._here: Connector = kind_of(settings.kind).load()(name, settings, context)

    @property
    def name(self) -> str:
        """The source's name."""
        return self._here.name

    def scopes(self) -> Sequence[str]:
        """Name the scopes, which is asked for here."""
        return self._here.scopes()

    def convert(self, payload: object) -> Batch:
        """Convert here."""
        return self._here.convert(payload)

    def close(self) -> None:
        """Let go of the connections of this process; others ended with their pulls."""
        self._here.close()

    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        """Let a process read a scope; where nobody listens any more, it ends."""
        ours, theirs = socket.socketpair()
        ours.settimeout(PATIENCE)
        with ours:
            with theirs, TemporaryFile() as turns:
                self.processes.append(self._nursery.begin(theirs, turns.fileno()))
            Line[Report](ours, Report).send(self._task())
            orders = Line[Report](ours, Report)
            orders.send(Begin(scope, cursor))
            while (report := orders.receive()) is not None:
                match report:
                    case Asked(requests):
                        for seen in requests:
                            self._context.on_request(seen)
                    case Came(_, batch):
                        yield batch
                    case Over(_, None):
                        return
                    case Over(_, trouble):
                        assert trouble is not None
                        raise error_of(trouble)
                    case _:
                        pass
        raise AssertionError("the process ended before the pull did")

    def _task(self) -> Task:
        return Task(
            source=self._here.name,
            kind=self._settings.kind,
            settings=self._settings.model_dump(mode="json", exclude_unset=True, by_alias=True),
            readers=1,
            concurrency=self._settings.concurrency,
            together=1,
            allowed=self._settings.concurrency,
            cursors=[],
            named=None,
            approvals=frozenset(),
            roles={},
        )


def _serve(line: socket.socket) -> None:
    importlib.import_module("slipwatch.connectors.jira.connector")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        asked, given, _, _ = socket.recv_fds(line, 1, 2)
        if not asked:
            return
        child = os.fork()
        if child == 0:
            line.close()
            reader.read(socket.socket(fileno=given[0]), given[1])
        for each in given:
            os.close(each)
        line.send(child.to_bytes(8))


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
