"""Who may ask, and the headers of every answer: what the web config file says."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import bcrypt
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slipwatch.config.web import WebSettings

MOST_REMEMBERED = 100
"""Users whose password was right; a scrape then costs a hash of microseconds."""

MOST_WAITING = 32
"""Passwords that wait to be hashed, a tenth of a second each. Of more, strangers are refused."""

OPEN_PATHS = ("/hooks/",)
"""Trackers sign what they send there, and know no other password."""


class Gate:
    """An ASGI application in front of another."""

    def __init__(self, app: ASGIApp, settings: Callable[[], WebSettings]) -> None:
        self._app = app
        self._settings = settings
        self._passwords = Passwords()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401, or let the request pass."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        settings = self._settings()
        headers = settings.http_server_config.headers.written()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        users = settings.basic_auth_users
        if users and not scope["path"].startswith(OPEN_PATHS):
            given = _credentials(scope)
            if given is None or not await self._passwords.fit(users, *given):
                await _refusal()(scope, receive, send_with_headers)
                return
        await self._app(scope, receive, send_with_headers)


class Passwords:
    """Compares passwords with bcrypt, one at a time and in a thread of its own."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._right: dict[bytes, None] = {}
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="password")
        self._waiting = 0

    async def fit(self, users: Mapping[str, str], user: str, password: bytes) -> bool:
        """Tell whether a user exists and has this password; both take as long to find out."""
        known = users.get(user)
        # Somebody's hash, so that the time it takes does not tell who exists.
        wanted = known or next(iter(users.values()))
        mark = self._mark(user, wanted, password)
        if known is not None and mark in self._right:
            return True
        if self._waiting >= MOST_WAITING:
            return False
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            fits = await loop.run_in_executor(self._worker, _fits, password, wanted.encode())
        finally:
            self._waiting -= 1
        if known is None or not fits:
            return False
        if len(self._right) >= MOST_REMEMBERED:
            self._right.clear()
        self._right[mark] = None
        return True

    def _mark(self, user: str, wanted: str, password: bytes) -> bytes:
        """Make what is remembered of a password: nothing that tells it."""
        parts = (user.encode(), wanted.encode(), password)
        sizes = b"".join(len(part).to_bytes(8, "big") for part in parts)
        return hmac.digest(self._key, sizes + b"".join(parts), hashlib.sha256)


def _fits(password: bytes, hashed: bytes) -> bool:
    try:
        return bcrypt.checkpw(password, hashed)
    except ValueError:  # more than the 72 bytes that bcrypt can tell apart
        return False


def _credentials(scope: Scope) -> tuple[str, bytes] | None:
    """Read user and password (RFC 7617)."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, encoded = value.partition(b" ")
            if scheme.lower() != b"basic":
                return None
            try:
                user, colon, password = base64.b64decode(encoded, validate=True).partition(b":")
                return (user.decode(), password) if colon else None
            except (binascii.Error, UnicodeDecodeError):
                return None
    return None


def _refusal() -> PlainTextResponse:
    challenge = {"WWW-Authenticate": 'Basic realm="slipwatch", charset="UTF-8"'}
    return PlainTextResponse("Unauthorized.\n", status_code=401, headers=challenge)
