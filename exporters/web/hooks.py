"""POST /hooks/{source}: webhooks of trackers, from whoever can reach the port (DESIGN.md §6).

Until its signature has been verified a delivery is a stranger's: it costs a bounded amount of
memory and no thread while it is read, and the answer says nothing that it does not know.
"""

import asyncio
from collections.abc import Mapping
from typing import Protocol

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from slipwatch.aggregator.connector import HookRefusedError

MAX_BODY = 5 * 1024 * 1024
"""Bytes of one delivery. Trackers send tens of thousands; what is lost is a nudge."""

MAX_HELD = 32 * 1024 * 1024
"""Bytes of all deliveries that are being read or worked on."""

READ_SECONDS = 10.0
"""How long a body may take to arrive; trackers themselves wait no longer for an answer."""

WORKERS = 2
"""Deliveries that are verified and stored at the same time; the others wait."""

ANSWERS: Mapping[int, str] = {
    202: "Accepted",
    400: "The body is no delivery of this tracker",
    401: "The signature is missing or wrong",
    404: "There is no such hook",
    408: "The body took too long",
    413: "The body is too large",
    503: "It cannot be taken now; send it again later",
}


class Reception(Protocol):
    """Where deliveries go; threads call it."""

    def takes(self, source: str) -> bool:
        """Tell whether there is such a source and it has a secret for webhooks."""
        ...

    def receive(self, source: str, headers: Mapping[str, str], body: bytes) -> None:
        """Verify and store a delivery; header names are lower-case.

        Raises ``HookRefusedError``, and nothing else.
        """
        ...

    def refuse(self, source: str, status: int) -> None:
        """Count a delivery that was refused unread."""
        ...


class Nowhere:
    """A reception that takes nothing."""

    def takes(self, source: str) -> bool:
        """Know of no source."""
        del source
        return False

    def receive(self, source: str, headers: Mapping[str, str], body: bytes) -> None:
        """Refuse."""
        raise HookRefusedError("no webhooks are taken here", status=404)

    def refuse(self, source: str, status: int) -> None:
        """Count nothing."""


def add_hooks(app: FastAPI, reception: Reception, security: Mapping[str, str]) -> None:
    """Add the route; every answer gets the ``security`` headers."""
    door = _Door(reception)

    @app.post(
        "/hooks/{source}",
        response_class=PlainTextResponse,
        status_code=202,
        responses={code: {"description": words} for code, words in ANSWERS.items()},
    )
    async def receive(source: str, request: Request) -> Response:
        """A signed webhook of a tracker: what it names is read again at once."""
        status = await door.take(source, request)
        headers = dict(security) if status in {202, 404} else {**security, "Connection": "close"}
        return PlainTextResponse(f"{ANSWERS[status]}.\n", status_code=status, headers=headers)


class _Door:
    """Reads bodies, as long as there is room for them."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception
        self._held = 0
        self._workers = asyncio.Semaphore(WORKERS)

    async def take(self, source: str, request: Request) -> int:
        """Read and hand over one delivery; return the status to answer."""
        if not self._reception.takes(source):
            return 404
        body = bytearray()
        try:
            status = await self._read(request, body)
            if status != 202:
                self._reception.refuse(source, status)
                return status
            async with self._workers:
                await run_in_threadpool(
                    self._reception.receive, source, dict(request.headers), bytes(body)
                )
        except HookRefusedError as error:
            return error.status if error.status in ANSWERS else 400
        finally:
            self._held -= len(body)
        return 202

    async def _read(self, request: Request, body: bytearray) -> int:
        """Fill ``body``; return 202, or the status that says why it could not be read."""
        stated = request.headers.get("content-length", "")
        if stated.isdecimal() and (len(stated) > len(str(MAX_BODY)) or int(stated) > MAX_BODY):
            return 413
        try:
            async with asyncio.timeout(READ_SECONDS):
                async for part in request.stream():
                    body += part
                    self._held += len(part)
                    if len(body) > MAX_BODY:
                        return 413
                    if self._held > MAX_HELD:
                        return 503
        except TimeoutError:
            return 408
        except ClientDisconnect:
            return 400
        return 202
