"""Simulated servers on loopback: real sockets, in a thread of this process."""

import asyncio
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from email.utils import format_datetime
from types import TracebackType
from typing import Self

import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .github import GithubApp
from .jira import JiraApp
from .routing import Call, Site, answer
from .world import World

Fault = Callable[[Request], Response | None]
"""Answers instead of the server, or lets it answer by returning None."""

_LOG_SIZE = 100_000


@dataclass(frozen=True, slots=True)
class RequestSeen:
    """One request and the status it was answered with."""

    method: str
    path: str
    query: str
    status: int


class RequestLog:
    """What a server was asked, the newest hundred thousand requests of it."""

    def __init__(self) -> None:
        self._seen: deque[RequestSeen] = deque(maxlen=_LOG_SIZE)

    def __iter__(self) -> Iterator[RequestSeen]:
        return iter(tuple(self._seen))

    def __len__(self) -> int:
        return len(self._seen)

    def add(self, seen: RequestSeen) -> None:
        self._seen.append(seen)

    def clear(self) -> None:
        self._seen.clear()

    def count(self, path: str) -> int:
        """How many requests had this path, or one that ends with it."""
        return sum(seen.path.endswith(path) for seen in self)


class _Server(uvicorn.Server):
    """Stops at once: uvicorn looks ten times a second whether it shall, and sleeps as long again.

    ``end`` may be resolved from any thread.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.end: Future[None] = Future()

    async def main_loop(self) -> None:
        await asyncio.wrap_future(self.end)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listening in self.servers:
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await self.lifespan.shutdown()


class DemoServer:
    """One site behind HTTP on a free port of 127.0.0.1; a context manager.

    ``fault`` is asked first for every request; tests set it to make the server fail.
    """

    def __init__(self, world: World, site: Site, name: str) -> None:
        self.requests = RequestLog()
        self.fault: Fault | None = None
        self._world = world
        self._site = site
        self._name = name
        self._ready = threading.Event()
        self._socket: socket.socket | None = None
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The base URL, without a slash at the end; raises ``RuntimeError`` when not started."""
        if self._socket is None:
            raise RuntimeError("the server is not started")
        host, port = self._socket.getsockname()
        return f"http://{host}:{port}"

    def start(self, port: int = 0) -> tuple[str, int]:
        """Serve in a thread and return host and port; connections are accepted from now on."""
        listener = socket.create_server(("127.0.0.1", port), backlog=128)
        # asyncio does so for sockets whose protocol it can tell; without it every answer waits
        # 40 ms for the client's delayed acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = listener
        self._world.addresses[self._name] = self.url
        config = uvicorn.Config(
            self,
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            date_header=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=60,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name=f"demo-{self._name}", daemon=True
        )
        self._thread.start()
        if not self._ready.wait(timeout=10):
            raise RuntimeError("the simulated server did not start within 10 seconds")
        host, bound = listener.getsockname()
        return host, bound

    def begin_stop(self) -> None:
        """Ask the server to stop, without waiting for it."""
        if self._server is not None and not self._server.end.done():
            self._server.end.set_result(None)

    def stop(self) -> None:
        """Stop serving and wait for the thread; safe to call twice."""
        self.begin_stop()
        if self._thread is None or self._socket is None:
            return
        self._thread.join()
        self._socket.close()
        self._server = self._thread = self._socket = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Speak ASGI."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        request = Request(scope, receive)
        try:
            # Where a fault can read it, which is no coroutine.
            request.state.body = body = await request.body()
        except ClientDisconnect:  # nobody is there to be answered
            return
        response = self._respond(request, body)
        await response(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
            self._ready.set()

    def _respond(self, request: Request, body: bytes) -> Response:
        path = request.url.path
        response = None if self.fault is None else self.fault(request)
        if response is None:
            prefix = self._site.prefix(path)
            call = Call(
                request=request,
                body=body,
                base=f"{request.url.scheme}://{request.url.netloc}{prefix}",
                path=path.removeprefix(prefix),
            )
            with self._world.lock:
                response = answer(self._site, call)
        if "date" not in response.headers:
            response.headers["date"] = format_datetime(self._world.now, usegmt=True)
        self.requests.add(
            RequestSeen(request.method, path, request.url.query, response.status_code)
        )
        return response


class DemoServers:
    """The three servers of a world; a context manager that starts and stops them together."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.jira_cloud = DemoServer(world, JiraApp(world, world.jira_cloud), "jira_cloud")
        self.jira_dc = DemoServer(world, JiraApp(world, world.jira_dc), "jira_dc")
        self.github = DemoServer(world, GithubApp(world), "github")

    def start(self) -> None:
        for server in (self.jira_cloud, self.jira_dc, self.github):
            server.start()

    def stop(self) -> None:
        for server in (self.jira_cloud, self.jira_dc, self.github):
            server.begin_stop()
        for server in (self.jira_cloud, self.jira_dc, self.github):
            server.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()
