"""An end to every answer: one that trickles in must not hold a worker for ever.

A timeout of requests is for one read: a server that sends a byte now and then never meets it.
"""

import io
import socket
from http.client import HTTPResponse
from time import monotonic
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

WHOLE = 5.0
"""Head and body of one answer may together take this many timeouts."""


class _InTime(io.RawIOBase):
    """What a socket receives until a moment, of which no read waits past it.

    Both the timeout of the socket and the moment raise ``TimeoutError``.
    """

    def __init__(self, connection: socket.socket, received: io.RawIOBase) -> None:
        self._connection = connection
        self._received = received
        timeout = connection.gettimeout()
        self._until = None if timeout is None else monotonic() + WHOLE * timeout

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        """Receive what there is, once there is anything."""
        timeout = self._connection.gettimeout()
        if timeout is None or self._until is None:
            return self._received.readinto(buffer)
        left = self._until - monotonic()
        if left <= 0:
            raise TimeoutError("the answer does not come to an end")
        self._connection.settimeout(min(timeout, left))
        try:
            return self._received.readinto(buffer)
        finally:
            # The connection is used again.
            self._connection.settimeout(timeout)

    def close(self) -> None:
        """Let go of the socket."""
        self._received.close()
        super().close()


class _Response(HTTPResponse):
    """An answer, begun when its request was sent."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_InTime(sock, self.fp.detach()))


class _Plain(HTTPConnection):
    response_class = _Response


class _Secure(HTTPSConnection):
    response_class = _Response


class _PlainPool(HTTPConnectionPool):
    ConnectionCls: Any = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls: Any = _Secure


_POOLS: dict[str, Any] = {"http": _PlainPool, "https": _SecurePool}


class _Adapter(HTTPAdapter):
    """Makes connections that give up, directly or through a proxy.

    The pool of a place is looked for once: certificates and proxy of a session stay as they are,
    and requests would parse its address again each time.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, object, object], Any] = {}
        super().__init__()

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: Any,
        proxies: Any = None,
        cert: Any = None,
    ) -> Any:
        """Find the pool of the place that a request goes to."""
        place = (request.url or "").split("/", 3)[:3]
        key = "/".join(place), verify, cert
        pool = self._found.get(key)
        if pool is None:
            pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
            self._found[key] = pool
        return pool

    def close(self) -> None:
        """Let go of all connections."""
        self._found.clear()
        super().close()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Let the pools make ours."""
        super().init_poolmanager(*args, **kwargs)
        _replace_pools(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Let those of a proxy do so as well."""
        manager = super().proxy_manager_for(*args, **kwargs)
        _replace_pools(manager)
        return manager


def _replace_pools(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = _POOLS


def bound(session: requests.Session) -> None:
    """Give each answer that a session gets ``WHOLE`` times its read timeout, and no more."""
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter())
