"""What becomes of a pull when it is read in a process beside the one that stores."""

import socket
from collections.abc import Iterator
from threading import Thread
from typing import Any

import msgspec

from slipwatch.aggregator.records import Batch, Cursor
from slipwatch.aggregator.wire import Begin, Came, Line, Order, Over, Report, error_of, trouble_of
from slipwatch.connectors.jira.connector import JiraConnector


def over_a_line(message: msgspec.Struct, heard: Any) -> Any:
    """Send a message to the other end of a line, and give what arrives there."""
    near, far = socket.socketpair()
    with near, far:
        sender = Thread(target=Line[Any](near, heard).send, args=(message,))
        sender.start()
        told = Line[Any](far, heard).receive()
        sender.join()
    return told


class JiraBeside(JiraConnector):
    """Is told what to read, and tells what it reads, as a process beside: over a line."""

    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        """Pull; errors are what they mean on the other side."""
        begin = over_a_line(Begin(scope, cursor), Order)
        try:
            for batch in super().pull(begin.scope, begin.cursor):
                yield over_a_line(Came(scope, batch), Report).batch
        except Exception as error:  # noqa: BLE001  # as a process beside tells of all of them
            over = over_a_line(Over(scope, trouble_of(error)), Report)
        else:
            return
        raise error_of(over.trouble)
