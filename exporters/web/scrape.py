"""The answer to a scrape: large, already compressed, sent in pieces."""

from collections.abc import Iterator, Mapping

from fastapi import Response
from starlette.types import Receive, Scope, Send

from ..prometheus.render import Page

PIECE = 1024 * 1024
"""Bytes. The server waits between pieces for a client that is slow, and holds no more for it.

Each write lets the threads that sync and assess have the interpreter, and has to wait for it
again: what is compressed goes out as one piece.
"""


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
        for piece in _pieces(self._parts):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def head(page: Page, headers: Mapping[str, str]) -> bytes:
    """Write the head of the answer, up to what depends on the moment and on the connection."""
    lines = (
        name + b": " + value + b"\r\n" for name, value in ScrapeResponse(page, headers).raw_headers
    )
    return b"HTTP/1.1 200 OK\r\n" + b"".join(lines)


def _pieces(parts: tuple[bytes, ...]) -> Iterator[bytes]:
    """Cut what is large, without ever copying the whole, and join what is small."""
    small = b""
    for part in parts:
        if len(small) + len(part) <= PIECE:
            small += part
            continue
        yield small
        small = b""
        for start in range(0, len(part), PIECE):
            yield part[start : start + PIECE]
    yield small
