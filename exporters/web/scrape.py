"""The answer to a scrape: large, already compressed, sent in pieces."""

from collections.abc import Mapping

from fastapi import Response
from starlette.types import Receive, Scope, Send

from ..prometheus.render import Page

PIECE = 256 * 1024
"""Bytes. The server waits between pieces for a client that is slow, and holds no more for it."""


class ScrapeResponse(Response):
    """Sends a page of metrics, always with the Content-Type that was negotiated."""

    def __init__(self, page: Page, headers: Mapping[str, str]) -> None:
        encoding = {"Content-Encoding": page.encoding} if page.encoding else {}
        super().__init__(
            headers={
                **headers,
                "Content-Type": page.content_type,
                "Content-Length": str(page.size),
                "Vary": "Accept, Accept-Encoding",
                **encoding,
            },
        )
        self._parts = page.parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the page."""
        await send(
            {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        )
        for part in self._parts:
            for start in range(0, len(part), PIECE):
                piece = part[start : start + PIECE]
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
