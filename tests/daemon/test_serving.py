"""The HTTP server at its end."""

import gc
import socket
import threading
from contextlib import ExitStack, suppress

from starlette.types import Receive, Scope, Send

from slipwatch.config.forms import split_address
from slipwatch.daemon.serving import HttpServer


async def silent(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Answer nobody."""


def test_connections_that_come_while_it_ends_are_closed() -> None:
    callers, enough = list[socket.socket](), threading.Event()

    def call(address: tuple[str, int]) -> None:
        with suppress(OSError):  # Until it does not listen any more.
            while len(callers) < 500:
                callers.append(socket.create_connection(address, timeout=5))
                if len(callers) > 20:
                    enough.set()

    with HttpServer(silent, "127.0.0.1:0") as server:
        address = split_address(server.address.removeprefix("http://"))
        calling = threading.Thread(target=call, args=(address,))
        calling.start()
        assert enough.wait(10)
    calling.join(10)

    with ExitStack() as stack:
        for caller in callers:
            stack.enter_context(caller)
            with suppress(ConnectionResetError, BrokenPipeError):
                # One for which the queue of the kernel was full, which then nobody accepted, stands
                # on this side alone, and learns that when it says something.
                caller.sendall(b"?")
                assert caller.recv(1) == b""
    gc.collect()  # A socket that nobody closed would warn now, and warnings are errors.
