"""The contract between the sync and a connector, and the errors a connector may raise.

    SourceError
    ├── Retry   try the same scope again, not before ``retry_at``: rate limits, outages
    ├── Skip    leave this scope out and say so: no permission, gone, no such project
    └── Stop    the source cannot be read until an operator acts: bad token, wrong URL
        └── WrongSite   what answers at the URL is something else than this kind of source

A connector raises these and nothing else for what the world does; any other exception is a
bug of ours and is treated as one. No message ever holds a secret or a payload.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, Protocol, runtime_checkable

from .records import Absence, Batch, Cursor, LinkKind, MilestoneKind, Presence


class SourceError(Exception):
    """Something about a source that the caller must act on."""


class Retry(SourceError):
    """The same call may work later."""

    def __init__(self, message: str, *, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class Skip(SourceError):
    """This scope cannot be read; the others can."""


class Stop(SourceError):
    """Nothing of this source can be read until somebody mends the configuration."""


class WrongSite(Stop):
    """What answers is no site of this kind: another tool, or a page for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSeen:
    """One HTTP exchange as the self-monitoring counts it."""

    source: str
    code: str
    """The status code, or ``error`` where no answer came."""
    seconds: float
    rate_limit_remaining: int | None = None


def ignore_request(_seen: RequestSeen) -> None:
    """Count nothing."""


def go_on() -> None:
    """Let every request be made."""


class Turn(NamedTuple):
    """One request's turn, and what was known of limits when it began."""

    endpoint: str = ""
    limits: int = 0
    """How many the source had met."""
    bursts: int | None = None
    """How many its endpoint had met alone; None while that was not slowed down."""


class Throttle(Protocol):
    """Bounds how many requests of a source are under way, over all of its connectors.

    An endpoint, such as ``GET /rest/api/2/issue/{}``, may have a limit of its own.
    """

    def closed_for(self, endpoint: str = "") -> float:
        """Say for how many more seconds the source, or this endpoint, wants to be left alone."""
        ...

    def begin(self, endpoint: str = "") -> Turn:
        """Wait for a turn to make one request; the result is for ``end``."""
        ...

    def end(
        self, turn: Turn, *, limited: bool, away: float | None, of_endpoint: bool = False
    ) -> None:
        """Give the turn back, and say what the answer said.

        ``limited`` if a rate limit was met or is near, ``away`` for how many seconds to stay away;
        ``of_endpoint`` when that is about its endpoint alone.
        """
        ...


class Unthrottled:
    """Lets every request through."""

    def closed_for(self, endpoint: str = "") -> float:
        """Never."""
        return 0.0

    def begin(self, endpoint: str = "") -> Turn:
        """Wait for nothing."""
        return Turn(endpoint)

    def end(
        self, turn: Turn, *, limited: bool, away: float | None, of_endpoint: bool = False
    ) -> None:
        """Learn nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a connector is given instead of reaching for it."""

    now: Callable[[], datetime]
    """The clock, in UTC."""
    sleep: Callable[[float], None]
    """Waits that many seconds, or less when the service is stopping.

    Raises ``CancelledError`` where nobody waits for the answer any more.
    """
    checkpoint: Callable[[], None] = field(default=go_on)
    """Called before each request; raises ``CancelledError`` as well."""
    on_request: Callable[[RequestSeen], None] = field(default=ignore_request)
    throttle: Throttle = field(default_factory=Unthrottled)
    """Shared by the connectors of a source that run at once; the HTTP policy keeps to it."""
    approvals: frozenset[str] = frozenset()
    """Keys of the items in which gates are decided: a connector whose tracker has reviews brings
    those of the pull requests among them."""
    roles: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the people are whose hours are priced by that, by what the source calls them."""


class Connector(Protocol):
    """One source, ready to be pulled. One instance belongs to one thread."""

    @property
    def name(self) -> str:
        """The source's name in slipwatch.yaml."""
        ...

    def scopes(self) -> Sequence[str]:
        """Name what can be pulled on its own: projects, repositories, one file.

        May ask the source (to expand an organisation). Raises ``SourceError``.
        """
        ...

    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        """Yield what changed in a scope since ``cursor``, or all of it when that is None.

        Each batch's cursor is safe to resume from once the batch is stored: items may then
        come twice, never not at all. Raises ``SourceError``, at any point of the iteration.
        """
        ...

    def convert(self, payload: object) -> Batch:
        """Convert recorded payloads of this source's API: a page or a list of pages.

        The same conversion as ``pull`` uses, without the network; the cursor is empty.
        Raises ``ValueError`` for what is no payload of this API, naming where.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


# What follows is for connectors that can do more. Each is asked for with isinstance(); a
# connector that lacks one is used all the same.


@runtime_checkable
class TakesCensus(Protocol):
    """A source whose items can be listed by id alone, to tell deleted ones from others."""

    def ids(self, scope: str) -> Iterator[frozenset[str]]:
        """Yield the ids of all items that a scope lists today, page by page.

        An answer to an anonymous caller raises; a scope that is not there raises ``Skip``.
        """
        ...

    def locate(self, scope: str, items: Mapping[str, str]) -> Iterator[Absence]:
        """Ask for items one by one, given as id and last known key; yield what became of each.

        Yields nothing for an item that is there after all. Raises ``SourceError``.
        """
        ...


@runtime_checkable
class ReadsItems(Protocol):
    """A source whose census may list items that no pull has brought, and that can be read by id.

    Where an account is let in later, or an index lags, what it sees then has not changed since.
    """

    def read(self, scope: str, items: Mapping[str, str], cursor: Cursor | None) -> Iterator[Batch]:
        """Yield items of a scope, given as id and listed key, as ``pull`` would.

        A key is empty where the source lists ids alone. ``cursor`` is where the last pull ended;
        those of these batches are not kept. Items that are gone by then, and others that cannot
        be read, may be left out: they are asked for again at the next census.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a listing says of an item."""

    key: str = ""
    parent: str | None = None
    """As in ``Item``."""
    links: Mapping[LinkKind, frozenset[str]] = field(default_factory=dict[LinkKind, frozenset[str]])
    """Keys of those that the tracker links it to, by kind of link, as ``pull`` gives them with
    this item as ``owner``; a kind that the listing does not tell of is left out."""
    planned: tuple[date | None, date | None, float | None] | None = None
    """Start date, due date and points as in ``Item``; None where the listing tells none."""


@runtime_checkable
class ListsLinks(TakesCensus, ReadsItems, Protocol):
    """A source whose listing tells what may change without being a change of an item.

    An item of which another parent, other links or another plan are stored is read again.
    """

    def listing(self, scope: str) -> Iterator[Mapping[str, Listed | None]]:
        """Yield what ``ids`` does, with what is said of each; None for one that no pull brings."""
        ...


@runtime_checkable
class HoldsOneScope(Protocol):
    """A source that is one scope as a whole, whatever project its items say they are of: a file."""

    @property
    def only_scope(self) -> str:
        """Its name."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftScope:
    """A scope that is not read, though its source can be."""

    reason: str
    presence: Presence | None = None
    """What its items are since then; None for one that none were read of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What is to be read of a source whose scopes come and go."""

    scopes: tuple[str, ...]
    left: Mapping[str, LeftScope] = field(default_factory=dict[str, LeftScope])
    """Scopes that were read before and are not where they were, and others left out."""


@runtime_checkable
class FollowsScopes(Protocol):
    """A source that lists its scopes itself, so that they are renamed, and leave."""

    def follow(
        self, cursors: Iterable[tuple[str, Cursor]], named: Sequence[str] | None
    ) -> Followed:
        """Name the scopes to read, all or those ``named``, as earlier pulls called them.

        ``cursors`` tell where those pulls ended; what they know of a scope holds for a census that
        this connector takes afterwards. Raises ``SourceError``.
        """
        ...


Named = Mapping[str, Mapping[str, str]]
"""Items by scope, as id and key."""


class HookRefusedError(Exception):
    """A delivery that is not acted on; ``status`` is the HTTP status that says why."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a webhook's delivery says, once its signature has been verified."""

    id: str
    """The tracker's own id of it, the same when it is sent again."""
    event: str
    """What the tracker calls it, such as ``jira:version_updated``."""
    scopes: tuple[str, ...] = ()
    """Scopes of this source to read again now; a delivery about nothing of ours names none."""
    about: tuple[str, ...] = ()
    """Ids of items and tracker milestones it is about: scopes that hold them are read again too."""
    otherwise: tuple[str, ...] = ()
    """Scopes to read again where neither names nor ids lead to any."""
    items: Named = field(default_factory=dict[str, Mapping[str, str]])
    """Items to read by their ids with their scopes: a pull may not find what happened to them."""
    batch: Batch | None = None
    """What the API keeps no history of: ``moves`` of dates (and their ``milestones``),
    ``absences`` of deleted items. Its cursor is empty."""


@runtime_checkable
class ReceivesHooks(Protocol):
    """A source whose tracker tells of changes by signed webhooks."""

    def receive(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Verify a delivery's signature over its raw body, and read it; asks nobody.

        Header names are lower-case. Raises ``HookRefusedError``: 401 for a signature that is
        missing or wrong, 400 for what is no delivery, 404 where no secret is configured.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What a source turned out to be."""

    product: str
    """Jira Cloud, Jira Data Center 9.12, github.com, GitHub Enterprise Server 3.15, …"""
    account: str
    """Whom the credentials belong to."""
    lacking: tuple[str, ...] = ()
    """What the account cannot do or see and may have to, in words that follow "it cannot"."""
    timezone: str | None = None
    """The account's, as the IANA database names it, where the site says so."""
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    """Further keys that a source of this site needs in slipwatch.yaml."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMilestone:
    """A version or milestone that is not over and could be watched."""

    id: str
    """As in ``TrackerMilestone`` and ``Item.milestones``."""
    name: str
    kind: MilestoneKind
    due_date: date | None = None
    done: int | None = None
    """Items done; None where the site does not tell."""
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundScope:
    """A project or repository that could be read."""

    scope: str
    """As in ``Connector.scopes``."""
    title: str = ""
    open_items: int | None = None
    milestones: tuple[FoundMilestone, ...] = ()
    """Empty in a listing; ``look`` fills it."""


@runtime_checkable
class Explores(Protocol):
    """A source that can say what there is to be read, before anything is configured.

    Its settings have a ``Guide``; it is made with settings that name no scopes yet.
    """

    def identify(self) -> Site:
        """Say what answers there and who is asking.

        Raises ``SourceError``; ``WrongSite`` where what answers is evidently something else.
        """
        ...

    def explore(self, groups: Sequence[str] = ()) -> Iterator[FoundScope]:
        """Yield what the account may read, or only what these groups hold, page by page.

        Groups are what the settings call organizations or the like. Raises ``SourceError``.
        """
        ...

    def look(self, scope: str) -> FoundScope:
        """Look into a scope, in a bounded number of requests: open milestones, with progress.

        Raises ``Skip`` for a scope that is not there, or any other ``SourceError``.
        """
        ...

    def sample(self, scope: str, milestones: Sequence[str], requests: int) -> Batch:
        """Read open items of some milestones, given by id, with links, as ``pull`` would.

        The newest changes first, in about ``requests`` requests, so it may be far from all.
        The cursor is empty. Raises ``SourceError``.
        """
        ...
