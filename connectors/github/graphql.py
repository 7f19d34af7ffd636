"""What GraphQL tells of a hundred issues at once, where REST takes a request for each."""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from slipwatch.aggregator.connector import Retry, Stop

from ..answers import Answer
from .client import GitHubClient
from .closings import whole
from .convert import closed_as
from .history import Happening
from .payloads import Issue, Reference, Time

_T = TypeVar("_T")

_PATIENCE = 2
"""After this many failures a server is not asked again."""

_REASON = "stateReason"
_WHO = "{ __typename ... on User { login } ... on Bot { login } ... on Mannequin { login } }"
_TOLD = {
    "MilestonedEvent": "milestoneTitle",
    "DemilestonedEvent": "milestoneTitle",
    "ClosedEvent": _REASON,
    "ReopenedEvent": "",
    "AssignedEvent": f"assignee {_WHO}",
    "UnassignedEvent": f"assignee {_WHO}",
    "TransferredEvent": "",
}
_REFERENCES = "(first: 100) { pageInfo { hasNextPage } nodes { number url } }"


def _timeline(lacking: frozenset[str]) -> str:
    types = ", ".join(name.removesuffix("Event").upper() + "_EVENT" for name in _TOLD)
    fragments = " ".join(
        f"... on {name} {{ id createdAt actor {{ __typename login }} {more} }}"
        for name, more in ((name, "" if more in lacking else more) for name, more in _TOLD.items())
    )
    return (
        f"timelineItems(first: 100, itemTypes: [{types}]) "
        f"{{ pageInfo {{ hasNextPage }} nodes {{ __typename {fragments} }} }}"
    )


_PARTS = {"subIssues": f"subIssues{_REFERENCES}", "blockedBy": f"blockedBy{_REFERENCES}"}
_TIMELINE = "timelineItems"
_OPTIONAL = frozenset({*_PARTS, _TIMELINE, _REASON})
"""Older servers' schemas lack these."""

_MENTIONS = (
    "mentions: timelineItems(first: 100, itemTypes: [CROSS_REFERENCED_EVENT]) "
    "{ pageInfo { hasNextPage } nodes { ... on CrossReferencedEvent { source { "
    "... on Issue { number url } ... on PullRequest { number url } } } } }"
)


class _Page(Struct, frozen=True, gc=False, rename="camel"):
    has_next_page: bool = False


class _Connection(Struct, Generic[_T], frozen=True, gc=False, rename="camel"):
    nodes: list[_T | None] | None = None
    page_info: _Page = _Page()


class _Other(Struct, frozen=True, gc=False):
    number: int
    url: str


class _Actor(Struct, frozen=True, gc=False):
    login: str | None = None
    kind: str = msgspec.field(name="__typename", default="")

    @property
    def name(self) -> str | None:
        """As REST has it, where a bot is marked as one."""
        return f"{self.login}[bot]" if self.kind == "Bot" and self.login else self.login


class _Event(Struct, frozen=True, gc=False, rename="camel"):
    kind: str = msgspec.field(name="__typename", default="")
    id: str = ""
    created_at: Time | None = None
    actor: _Actor | None = None
    milestone_title: str | None = None
    assignee: _Actor | None = None
    state_reason: str | UnsetType | None = UNSET

    @property
    def name(self) -> str:
        """Its kind as REST has it."""
        return self.kind.removesuffix("Event").lower()

    @property
    def reason(self) -> str | UnsetType | None:
        """As REST has it."""
        told = self.state_reason
        return told.lower() if isinstance(told, str) else told


class _Mention(Struct, frozen=True, gc=False):
    source: _Other | None = None


class _Node(Struct, frozen=True, gc=False, rename="camel"):
    id: str
    sub_issues: _Connection[_Other] | None = None
    blocked_by: _Connection[_Other] | None = None
    timeline_items: _Connection[_Event] | None = None
    mentions: _Connection[_Mention] | None = None


class _Data(Struct, frozen=True, gc=False):
    nodes: list[_Node | None] | None = None


class _Error(Struct, frozen=True, gc=False):
    extensions: dict[str, Any] | None = None


class _Reply(Struct, frozen=True, gc=False):
    data: _Data | None = None
    errors: list[_Error] | None = None


class Nested(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What came along with an issue; None is for what has to be asked of REST."""

    children: list[Reference] | None = None
    blockers: list[Reference] | None = None
    mentions: list[Reference] | None = None
    happenings: list[Happening] | None = None
    """The newest one first."""
    more: bool = False
    """Whether there is more of its history than came along."""


NOTHING = Nested()


class GraphQL:
    """One server's GraphQL, as long as it answers; a server without it is not asked again."""

    def __init__(self, client: GitHubClient, source: str, *, only: bool, mentions: bool) -> None:
        self._client = client
        self._source = source
        self._only = only
        self._mentions = _MENTIONS if mentions else ""
        self._lacking: frozenset[str] = frozenset()
        self._absent = False
        self._failing = False
        self._failures = 0

    @property
    def answers(self) -> bool:
        """Whether it is worth asking."""
        return not (self._absent or self._failing)

    def forgive(self) -> None:
        """Ask again a server that failed, as servers do when a query is too much for them."""
        self._failing = False

    def about(
        self, issues: Sequence[Issue], scope: str, keys: Mapping[int, str]
    ) -> dict[int, Nested]:
        """Ask about up to a hundred issues; those it says nothing of are left out.

        ``keys`` are theirs by id. Raises ``Retry`` or ``Stop`` where nothing but GraphQL may be
        asked.
        """
        named = {issue.node_id: issue for issue in issues if issue.node_id}
        if not named or not self.answers:
            return {}
        nodes = self._nodes(list(named), scope, history=True)
        return {
            issue.id: _nested(node, issue, keys[issue.id])
            for node in nodes
            if node is not None and (issue := named.get(node.id)) is not None
        }

    def links(self, ids: Sequence[str], scope: str) -> dict[str, Nested]:
        """Ask for the sub-issues and blockers alone of up to a hundred issues, by node id.

        Raises as ``about`` does.
        """
        if not ids or not self.answers:
            return {}
        return {
            node.id: Nested(
                children=_references(node.sub_issues), blockers=_references(node.blocked_by)
            )
            for node in self._nodes(list(ids), scope, history=False)
            if node is not None
        }

    def _nodes(self, ids: list[str], scope: str, *, history: bool) -> list[_Node | None]:
        for _ in _OPTIONAL:
            text = self._text(history=history)
            try:
                answer = self._client.query(text, {"ids": ids}, scope=scope, kind=_Reply)
            except Retry:
                if self._only:
                    raise
                self._fail()
                return []
            reply = _read(answer)
            if reply is not None and reply.data is not None and reply.data.nodes is not None:
                return reply.data.nodes
            unknown = _unknown(reply.errors or []) if reply is not None else frozenset[str]()
            if not unknown:
                self._give_up(answer)
                return []
            self._lacking |= unknown
        self._absent = True
        return []

    def _text(self, *, history: bool) -> str:
        """Leave out what an older server's schema does not have."""
        parts = {name: part for name, part in _PARTS.items() if name not in self._lacking}
        told = ""
        if history and _TIMELINE not in self._lacking:
            told = f"{_timeline(self._lacking)} {self._mentions}"
        return (
            "query($ids: [ID!]!) { nodes(ids: $ids) { id "
            f"... on Issue {{ id {' '.join(parts.values())} {told} }} "
            f"... on PullRequest {{ id {told} }} }} }}"
        )

    def _give_up(self, answer: Answer) -> None:
        """Do without GraphQL: for good where it is refused, else for this pull."""
        said = f"{self._source}: POST graphql answered {answer.status}"
        if answer.status != 200:
            self._absent = True
            if self._only:
                raise Stop(f"{said}: it is not there for this account; set api to auto")
            return
        self._fail()
        if self._only:
            raise Retry(f"{said} with errors alone; set api to auto to do without it")

    def _fail(self) -> None:
        self._failing = True
        self._failures += 1
        self._absent = self._failures >= _PATIENCE


def _read(answer: Answer) -> _Reply | None:
    if isinstance(answer.data, _Reply):
        return answer.data
    if answer.status != 200:
        return None
    try:
        return msgspec.json.decode(answer.body, type=_Reply)
    except msgspec.DecodeError:
        return None


def _unknown(errors: Sequence[_Error]) -> frozenset[str]:
    """Name the fields that a schema does not have."""
    said = [error.extensions or {} for error in errors]
    names = {str(one.get("fieldName")) for one in said if one.get("code") == "undefinedField"}
    return frozenset(names & _OPTIONAL)


def _nested(node: _Node, issue: Issue, key: str) -> Nested:
    return Nested(
        children=_references(node.sub_issues),
        blockers=_references(node.blocked_by),
        mentions=_sources(node.mentions),
        happenings=_happenings(node.timeline_items, issue, key),
        more=node.timeline_items is not None and node.timeline_items.page_info.has_next_page,
    )


def _references(connection: _Connection[_Other] | None) -> list[Reference] | None:
    if connection is None or connection.nodes is None or connection.page_info.has_next_page:
        return None
    return [
        Reference(number=other.number, html_url=other.url)
        for other in connection.nodes
        if other is not None
    ]


def _sources(connection: _Connection[_Mention] | None) -> list[Reference] | None:
    if connection is None or connection.nodes is None:
        return None
    others = [None if one is None else one.source for one in connection.nodes]
    return _references(_Connection(others, connection.page_info))


def _happenings(
    connection: _Connection[_Event] | None, issue: Issue, key: str
) -> list[Happening] | None:
    if connection is None or connection.nodes is None or connection.page_info.has_next_page:
        return None
    return whole(
        Happening(
            id=event.id,
            item=str(issue.id),
            key=key,
            kind=event.name,
            at=event.created_at,
            actor=event.actor.name if event.actor is not None else None,
            subject=event.milestone_title or (event.assignee.name if event.assignee else None),
            pull_request=issue.pull_request is not None,
            milestone=str(issue.milestone.id) if issue.milestone is not None else None,
            outcome=closed_as(event.name, event.created_at, event.reason, issue.pull_request),
        )
        for event in connection.nodes
        if event is not None and event.created_at is not None
    )
