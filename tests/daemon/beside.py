"""Reading processes that are there from the first request on."""

from typing import Any

from slipwatch.aggregator.remote import RemoteReaders
from slipwatch.aggregator.wire import Asked, Ready
from slipwatch.daemon.remote import read_beside


def read_beside_at_once(*args: Any, **options: Any) -> RemoteReaders | None:
    """Start a process and wait until it is ready, so that it reads its part of a small site."""
    readers = read_beside(*args, **options)
    if readers is not None:
        while isinstance(report := readers.process.line.receive(), Asked):
            for seen in report.requests:
                options["on_request"](seen)
        assert isinstance(report, Ready)
        readers.process.ready = True
    return readers
