"""GET and POST /ack/{token}: a page on which people say that they know of a finding.

The token is the permission: it stands in a message, and is signed. Mail scanners and previews
open links, so that opening one changes nothing: the page asks, and its form posts. There is no
cookie that a foreign page could make use of, and the form has no other address than its own.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from urllib.parse import parse_qs

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from ..templates import load_page
from ..terminal.text import plain, short

MAX_FORM = 16 * 1024
"""Bytes of a form: a name and a note."""

MOST_SHOWN = 50
"""Findings that the page lists; it is about the others, too, and says how many they are."""

READ_SECONDS = 10.0
WORKERS = 2
"""Links that are looked up at the same time; the others wait."""


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """Who said that they know of a finding."""

    by: str
    at: datetime
    note: str = ""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that a message told of, and that is still open."""

    title: str
    severity: str
    message: str
    acknowledged: Acknowledged | None = None


class LinkRefusedError(Exception):
    """A link does not work; ``status`` is what to answer, the message says why."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class Desk(Protocol):
    """Where acknowledgements go; threads call it."""

    def told(self, token: str) -> Sequence[Told]:
        """Give what is still open of what the link is about; raises ``LinkRefusedError``."""
        ...

    def acknowledge(self, token: str, by: str, note: str) -> Sequence[Told]:
        """Note that somebody knows of all of that; raises ``LinkRefusedError``."""
        ...


class Closed:
    """A desk that takes nothing."""

    def told(self, token: str) -> Sequence[Told]:
        """Refuse."""
        raise LinkRefusedError("There are no such links here.", status=404)

    def acknowledge(self, token: str, by: str, note: str) -> Sequence[Told]:
        """Refuse."""
        return self.told(token)


def add_acknowledging(app: FastAPI, desk: Desk, security: Mapping[str, str]) -> None:
    """Add the page; every answer gets the ``security`` headers, with forms allowed."""
    page = _Page(security)
    workers = asyncio.Semaphore(WORKERS)

    async def answer(work: Callable[[], Sequence[Told]], *, done: bool) -> Response:
        try:
            async with workers:
                told = await run_in_threadpool(work)
        except LinkRefusedError as error:
            return page.refuse(str(error), error.status)
        return page.show(told, done=done)

    @app.get("/ack/{token}", include_in_schema=False)
    async def ask(token: str) -> Response:
        return await answer(lambda: desk.told(token), done=False)

    @app.post("/ack/{token}", include_in_schema=False)
    async def acknowledge(token: str, request: Request) -> Response:
        form = await _form(request)
        if form is None:
            return page.refuse("That is not the form of this page.", 400)
        by, note = form
        return await answer(lambda: desk.acknowledge(token, by, note), done=True)


async def _form(request: Request) -> tuple[str, str] | None:
    """Read the name and the note; None for what is no form of ours."""
    body = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > MAX_FORM:
                    return None
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    except (TimeoutError, ClientDisconnect, ValueError):
        return None
    by, note = (_one_line(fields.get(name, [""])[0]) for name in ("by", "note"))
    return short(by, 80), short(note, 300)


def _one_line(text: str) -> str:
    return " ".join(plain(text).split())


class _Page:
    """Renders the page."""

    def __init__(self, security: Mapping[str, str]) -> None:
        policy = security["Content-Security-Policy"]
        self._headers = {
            **security,
            "Content-Security-Policy": policy.replace("form-action 'none'", "form-action 'self'"),
            "Cache-Control": "no-store",
            "X-Robots-Tag": "noindex",
        }
        self._template = load_page("web", "acknowledge.html")

    def show(self, told: Sequence[Told], *, done: bool) -> Response:
        waiting = any(one.acknowledged is None for one in told)
        more = max(0, len(told) - MOST_SHOWN)
        return self._answer(200, told=told[:MOST_SHOWN], more=more, waiting=waiting, done=done)

    def refuse(self, reason: str, status: int) -> Response:
        return self._answer(status, refused=reason)

    def _answer(self, status: int, **shown: object) -> Response:
        text = self._template.render(shown)
        return HTMLResponse(text, status_code=status, headers=self._headers)
