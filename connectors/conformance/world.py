"""What a connector's author tells the suite: his server, his connector, and what is true."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from slipwatch.aggregator.connector import Connector, Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A webhook's delivery as the tracker would send it; header names are lower-case."""

    body: bytes
    sign: Callable[[bytes], Mapping[str, str]]
    """Gives the headers of a delivery with such a body, its signature among them."""
    signs_body: bool = True
    """Whether the signature depends on the body; a tracker may send a shared secret instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One scope of a (simulated) server, made anew for each test.

    It needs six items or more, whose changes lie hours before ``now``, and a link or two. Ids
    and keys are as the connector is to tell them.
    """

    connect: Callable[[str, Context], Connector]
    """Makes the connector, for a server at that address; one without HTTP ignores the address."""
    scope: str
    items: Mapping[str, str]
    """Key by id, of all items in the scope."""
    edit: Callable[[], str]
    """Changes the title of an item, now; gives the item's id."""
    told_scope: str = ""
    """What records call the scope, if not so."""
    milestones: frozenset[str] = frozenset()
    """Ids of all tracker milestones in the scope."""
    links: frozenset[tuple[str, str]] = frozenset()
    """Keys ``(upstream, downstream)`` of links that must be found."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    """The server's clock."""
    payloads: tuple[object, ...] = ()
    """Recorded payloads for ``convert``. A connector that speaks HTTP needs none: what it was
    answered is taken."""

    # For connectors that speak HTTP.
    url: str = ""
    """Base URL of the server, as it would be configured."""
    secrets: tuple[str, ...] = ()
    """What must never be seen: the token, in every form in which it is sent."""
    page_parameter: str | None = None
    """Name of the query parameter or JSON field with which a page's size is asked for."""
    pages: int = 3
    """How many batches a pull gives at least when pages hold two items."""
    quiet_requests: int = 3
    """How many requests a pull may cost when nothing has changed."""
    missing: str = ""
    """A scope that the server has not."""
    id_field: str = "id"
    """The field of an item's payload that holds its id."""
    id_prefix: str = ""
    """What records write before that."""

    # For connectors that can do more.
    delete: Callable[[], str] | None = None
    """Deletes an item; gives its id."""
    delete_milestone: Callable[[], str] | None = None
    """Deletes a tracker milestone beside which there is another of its kind; gives its id. For
    connectors whose batches have ``listings``."""
    delivery: Signed | None = None
    """About ``scope``, of a kind that calls for reading it again."""


@dataclass(slots=True, eq=False)
class Clock:
    """The time that a connector is given; sleeping moves it on, and takes none."""

    now: datetime
    slept: list[float] = field(default_factory=list[float])

    def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
