"""A small tracker and a sound connector for it, in parts that a test can break one by one.

Its items have a revision, which every edit raises: ``/scopes/S/items?after=3&size=2`` lists those
of later revisions in their order, without the first ones of them with ``&skip=2``;
``/scopes/S/ids`` lists all ids, ``/items/7`` is one item.
"""

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import requests

from slipwatch.aggregator.connector import Context, Skip
from slipwatch.aggregator.records import (
    Absence,
    Batch,
    Category,
    Cursor,
    Item,
    Level,
    Link,
    LinkKind,
    LinkOrigin,
    Presence,
)
from slipwatch.connectors.answers import Answer
from slipwatch.connectors.conformance import World
from slipwatch.connectors.http import PageGuard, Policy

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
TOKEN = "token-of-the-sample"
PAGE = 100


class Payload(msgspec.Struct, frozen=True):
    """An item as the server sends it."""

    id: str
    key: str
    title: str
    revision: int
    updated: datetime
    blocks: str | None = None


class _Page(msgspec.Struct, frozen=True):
    items: list[Any]
    more: bool = False


class _Position(msgspec.Struct, frozen=True):
    after: int = 0


class SampleConnector:
    """Reads one scope after the other."""

    def __init__(self, url: str, context: Context) -> None:
        self.context = context
        self.url = url
        self.policy = Policy(source="sample", context=context, jitter=lambda: 1.0)

    name = "sample"

    def scopes(self) -> Sequence[str]:
        """Name the only one."""
        return ["S"]

    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        """Yield the items that changed, page by page."""
        after = self.position(cursor)
        guard = self.guard(scope)
        more = True
        while more:
            found, more = self.page(scope, after)
            after = max([after, *self.revisions(found)])
            if more:
                guard.check(str(after))
            yield self.batch(found, after)

    def convert(self, payload: object) -> Batch:
        """Convert pages."""
        pages = payload if isinstance(payload, list) else [payload]
        items = [item for page in pages for item in msgspec.convert(page, _Page).items]
        return Batch(
            cursor={}, items=tuple(self.item(msgspec.convert(one, Payload)) for one in items)
        )

    def close(self) -> None:
        """Hold nothing."""

    def ids(self, scope: str) -> Iterator[frozenset[str]]:
        """List the ids."""
        yield frozenset(json.loads(self.get(f"/scopes/{scope}/ids", scope=scope).body)["ids"])

    def locate(self, scope: str, items: Mapping[str, str]) -> Iterator[Absence]:
        """Ask for items one by one."""
        for item in items:
            if self.get(f"/items/{item}", scope=scope, accept=(404,)).status == 404:
                yield Absence(item=item, presence=Presence.GONE, at=self.context.now())

    # The parts.

    def position(self, cursor: Cursor | None) -> int:
        """Read a cursor; one that is not of here begins anew."""
        try:
            return msgspec.convert(dict(cursor or {}), _Position).after
        except msgspec.ValidationError:
            return 0

    def guard(self, scope: str) -> PageGuard:
        """Watch that a walk gets on."""
        return PageGuard(f"{scope}: items")

    def page(self, scope: str, after: int) -> tuple[list[Any], bool]:
        """Get a page, and whether there is more."""
        answer = self.get(f"/scopes/{scope}/items?after={after}&size={PAGE}", scope=scope)
        try:
            page = msgspec.json.decode(answer.body, type=_Page)
        except msgspec.ValidationError as error:
            raise Skip(f"{scope}: {error}") from None
        return page.items, page.more

    def revisions(self, found: list[Any]) -> list[int]:
        """Give the revisions of a page's items, as far as they can be read."""
        given = [one.get("revision") for one in found if isinstance(one, dict)]
        return [revision for revision in given if isinstance(revision, int)]

    def batch(self, found: list[Any], after: int) -> Batch:
        """Convert a page; an item that cannot be read is named."""
        items: list[Item] = []
        links: list[Link] = []
        warnings: list[str] = []
        for one in found:
            try:
                payload = msgspec.convert(one, Payload)
            except msgspec.ValidationError as error:
                warnings.append(f"{one.get('id')} {one.get('key')} could not be read: {error}")
                continue
            items.append(self.item(payload))
            links += self.links(payload)
        return Batch(
            cursor=self.cursor(after),
            items=tuple(items),
            links=tuple(links),
            warnings=tuple(warnings),
        )

    def cursor(self, after: int) -> Cursor:
        """Write a cursor."""
        return {"after": after}

    def item(self, payload: Payload) -> Item:
        """Convert an item."""
        updated = payload.updated.astimezone(UTC)
        return Item(
            id=payload.id,
            key=payload.key.replace("\x00", "").strip(),
            scope="S",
            level=Level.WORK,
            title=payload.title,
            url="",
            type="Task",
            status="open",
            category=Category.TODO,
            outcome=None,
            created_at=updated,
            updated_at=updated,
        )

    def links(self, payload: Payload) -> list[Link]:
        """Give what an item blocks."""
        if payload.blocks is None:
            return []
        return [
            Link(
                owner=payload.id,
                kind=LinkKind.BLOCKS,
                upstream=payload.key,
                downstream=payload.blocks,
                origin=LinkOrigin.TRACKER,
                label="blocks",
            )
        ]

    def get(self, path: str, *, scope: str, accept: Sequence[int] = ()) -> Answer:
        """Get a path, by the shared policy."""
        return self.policy.send(
            lambda: self.ask(path),
            what=f"GET {urlsplit(path).path}",
            scope=scope,
            accept=accept,
        )

    def ask(self, path: str) -> Answer:
        """Ask once."""
        response = requests.get(
            f"{self.url}{path}",
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=(5, 20),
            allow_redirects=False,
        )
        return Answer.of(response.status_code, response.headers, response.content)


@dataclass(slots=True)
class Site:
    """What the server holds."""

    items: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    revision: int = 0

    def put(self, identity: str, **values: Any) -> None:
        """Add or edit an item."""
        self.revision += 1
        at = (NOW - timedelta(days=2) + timedelta(minutes=self.revision)).isoformat()
        known = self.items.setdefault(identity, {"id": identity, "key": f"S-{identity}"})
        known |= {**values, "revision": self.revision, "updated": at}

    def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, object]:
        """Answer a request."""
        parts = path.strip("/").split("/")
        if parts[0] == "items" and parts[1] in self.items:
            return 200, self.items[parts[1]]
        if parts == ["scopes", "S", "ids"]:
            return 200, {"ids": list(self.items)}
        if parts == ["scopes", "S", "items"]:
            after, size, skip = (int(query.get(name, "0")[0]) for name in ("after", "size", "skip"))
            newer = [one for one in self.items.values() if one["revision"] > after]
            found = sorted(newer, key=lambda one: int(one["revision"]))[skip:]
            return 200, {"items": found[:size], "more": len(found) > size}
        return 404, {"message": "no"}


@contextmanager
def sample_world(kind: type[SampleConnector]) -> Generator[World]:
    """Serve a world, to be read by a connector of a kind."""
    site = Site()
    for number in range(1, 8):
        blocks = "S-2" if number == 1 else None
        site.put(str(number), title=f"Item {number}", blocks=blocks)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            status: int = 401
            said: object = {"message": "no"}
            if self.headers["authorization"] == f"Bearer {TOKEN}":
                status, said = site.answer(parts.path, parse_qs(parts.query))
            body = json.dumps(said).encode()
            self.send_response_only(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
            """Keep quiet."""

    def edit() -> str:
        site.put("1", title=f"{site.items['1']['title']} again")
        return "1"

    def delete() -> str:
        del site.items["7"]
        return "7"

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield World(
        connect=lambda url, context: kind(url, context),
        scope="S",
        missing="NONE",
        items={str(number): f"S-{number}" for number in range(1, 8)},
        links=frozenset({("S-1", "S-2")}),
        edit=edit,
        delete=delete,
        now=NOW,
        secrets=(TOKEN,),
        page_parameter="size",
        url=f"http://127.0.0.1:{server.server_port}",
    )
    server.shutdown()
    thread.join()
    server.server_close()
