"""An ASGI application on an address, in a thread of its own."""

import asyncio
import socket
import sys
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from types import TracebackType
from typing import Any, Self, cast

import structlog
import uvicorn
from starlette.types import ASGIApp

from slipwatch.config.forms import split_address

from .connections import REQUEST_SECONDS, Admits, WatchedProtocol
from .door import Door, Metrics
from .web import WebConfig

log = structlog.get_logger(__name__)

GRACE_SECONDS = 1


class ListenError(Exception):
    """The address cannot be had; the message says why and what to do."""


class HttpServer:
    """Serves while it is entered; connections wait from the moment it is made.

    Raises ``ListenError`` when the address cannot be had.
    """

    def __init__(
        self,
        app: ASGIApp,
        listen: str,
        web: WebConfig | None = None,
        *,
        metrics: Metrics | None = None,
    ) -> None:
        """Listen; with ``metrics``, scrapes are answered beforehand, by a porter.

        A web config file asks for more than the porter can do: it sees neither TLS nor passwords.
        """
        self._socket = _bind(listen)
        # asyncio leaves Nagle's algorithm on for sockets it did not make: 40 ms on every answer.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        admits: Admits = web.admits if web is not None else lambda _transport: True
        config = uvicorn.Config(
            app,
            http=cast("type[asyncio.Protocol]", partial(WatchedProtocol, admits=admits)),
            ws="none",
            access_log=False,
            log_config=None,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        config.load()
        config.ssl = web.tls if web is not None else None
        self._scheme = "http" if config.ssl is None else "https"
        self._config = config
        self._server = uvicorn.Server(config)
        self._metrics = metrics if web is None and sys.platform == "linux" else None
        self._door: Door | None = None
        self._taking = set[asyncio.Task[Any]]()
        self._thread = threading.Thread(target=self._serve, name="http", daemon=True)

    @property
    def address(self) -> str:
        """Give the URL that it answers at."""
        host, port = self._socket.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        return f"{self._scheme}://{shown}:{port}"

    def renew_answers(self) -> None:
        """Let scrapes get what has changed without waiting for the next look at it."""
        if self._door is not None:
            self._door.look()

    def begin_stop(self) -> None:
        """Ask it to end, without waiting for that."""
        self._server.should_exit = True
        if self._door is not None:
            self._door.hang_up()

    def __enter__(self) -> Self:
        if self._metrics is not None:
            try:
                self._door = Door(self._socket, self._metrics)
            except OSError as error:
                log.warning("no porter: the service answers scrapes itself", reason=str(error))
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
        if self._door is not None:
            self._door.close()
        self._socket.close()

    def take(self, connection: socket.socket, read: bytes) -> None:
        """Serve a connection of which some bytes have been read, in the event loop."""
        loop = asyncio.get_running_loop()
        self._begin(loop.connect_accepted_socket(partial(self._protocol, begun=read), connection))

    def take_all(self) -> None:
        """Serve every connection from now on, in the event loop."""
        self._begin(self._accept())

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=_Loop) as runner:
            if self._door is None:
                runner.run(self._until_over([self._socket]))
            else:
                self._door.open(runner.get_loop(), self)
                runner.run(self._until_over([]))

    async def _until_over(self, sockets: list[socket.socket]) -> None:
        await self._server.serve(sockets=sockets)
        state = self._server.server_state
        if state.tasks:  # Requests that took longer than the time of grace say so to who asked.
            await asyncio.wait(set(state.tasks), timeout=GRACE_SECONDS)
        # uvicorn leaves those open that came while it ended.
        for connection in list(state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        self._server.servers.append(await loop.create_server(self._protocol, sock=self._socket))

    def _begin(self, task: Coroutine[Any, Any, Any]) -> None:
        begun = asyncio.get_running_loop().create_task(task)
        self._taking.add(begun)
        begun.add_done_callback(self._taking.discard)

    def _protocol(self, begun: bytes = b"") -> asyncio.Protocol:
        """Make what uvicorn makes for a connection that it accepts itself."""
        made = cast("Callable[..., asyncio.Protocol]", self._config.http_protocol_class)
        return made(
            config=self._config, server_state=self._server.server_state, app_state={}, begun=begun
        )


class _Loop(asyncio.SelectorEventLoop):
    """Waits for a TLS handshake no longer than for a request; uvicorn cannot be told to."""

    async def create_server(self, *arguments: Any, **named: Any) -> asyncio.Server:
        if named.get("ssl") is not None:
            named["ssl_handshake_timeout"] = REQUEST_SECONDS
        return await super().create_server(*arguments, **named)


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
