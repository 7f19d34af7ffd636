"""An ASGI application on an address, in a thread of its own."""

import socket
import threading
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from slipwatch.config.forms import split_address

GRACE_SECONDS = 1


class ListenError(Exception):
    """The address cannot be had; the message says why and what to do."""


class HttpServer:
    """Serves while it is entered; connections wait from the moment it is made.

    Raises ``ListenError`` when the address cannot be had.
    """

    def __init__(self, app: ASGIApp, listen: str) -> None:
        self._socket = _bind(listen)
        # asyncio leaves Nagle's algorithm on for sockets it did not make: 40 ms on every answer.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = uvicorn.Config(
            app,
            access_log=False,
            log_config=None,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="http", daemon=True)

    @property
    def address(self) -> str:
        """Give the URL that it answers at."""
        host, port = self._socket.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{port}"

    def begin_stop(self) -> None:
        """Ask it to end, without waiting for that."""
        self._server.should_exit = True

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.begin_stop()
        self._thread.join(GRACE_SECONDS + 1)
        self._socket.close()

    def _serve(self) -> None:
        self._server.run(sockets=[self._socket])


def _bind(listen: str) -> socket.socket:
    try:
        host, port = split_address(listen)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except ValueError as error:
        raise ListenError(f"--listen {listen}: {error}") from None
    except OSError as error:
        # create_server puts the address a second time into its words.
        reason = (error.strerror or str(error)).partition(" (while")[0]
        raise ListenError(
            f"cannot listen on {listen}: {reason}; choose another address with `listen` or --listen"
        ) from None
