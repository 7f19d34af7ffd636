"""GitHub's payloads to records: no network, no clock."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from msgspec import UnsetType

from slipwatch.aggregator.records import (
    Category,
    Item,
    Level,
    Link,
    LinkKind,
    MilestoneKind,
    Outcome,
    TrackerMilestone,
)

from ..labels import says_begun, words_of
from ..registers import told
from ..statements import links_in, unsaid
from .payloads import FieldValue, Issue, Milestone, PullRequest, Reference
from .position import Planned
from .settings import REGISTER

_REPOSITORY = re.compile(
    r"/(?P<name>[^/?#]+/[^/?#]+)(?:/(?:issues|pulls?|milestones?)/[0-9]+(?:/.*)?)?(?:[?#]|$)"
)
"""The end of an address of API or web, whatever path the server is below."""
_PARENT = re.compile(r"/repos/(?P<repository>[^/]+/[^/]+)/issues/(?P<number>[0-9]+)$")
_DROPPED = frozenset({"not_planned", "duplicate"})
_TOGETHER = timedelta(minutes=1)
"""A merge and the closing that is part of it may have times that differ by a second."""
_TYPES = tuple(
    (frozenset({word, f"type {word}", f"kind {word}"}), name)
    for word, name in (
        ("bug", "Bug"),
        ("feature", "Feature"),
        ("enhancement", "Feature"),
        ("epic", "Epic"),
        ("task", "Task"),
        ("documentation", "Documentation"),
    )
)
"""By the labels that say so, the firmest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the operator wants issues to be read."""

    blocked_labels: frozenset[str] = frozenset({"blocked"})
    """As ``labels.plain`` reduces them."""
    pull_requests: str = "keep"
    """``skip``, ``keep`` or ``work``."""
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    """What issue fields are for, by their folded names: ``start``, ``end`` or ``points``."""
    field_names: Mapping[int, str] = field(default_factory=dict[int, str])
    """Issue fields by id, where issues do not name them."""
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    """Repositories by their folded name of today: the names that the operator knows them by."""

    def repository(self, name: str) -> str:
        """Give a repository's name as the operator writes it.

        GitHub ignores capitals, and answers under the new name after a rename; keys that
        changed with it would lose the links that others state.
        """
        return self.names.get(name.casefold(), name)

    def keeps(self, pull_request: object) -> bool:
        """Tell whether an issue is kept, given what marks it as a pull request."""
        return pull_request is None or self.pull_requests != "skip"

    def key(self, repository: str, number: int | str) -> str:
        """Write an issue as people do: ``acme/api#7``."""
        return f"{self.repository(repository)}#{number}"

    def as_known(self, key: str) -> str:
        """Write a key that may be of an issue here, or of another tracker."""
        name, mark, number = key.partition("#")
        return self.key(name, number) if mark else key


_NOTHING = Planned(0)


def item_of(
    issue: Issue, reading: Reading, planned: Planned | None = None, *, scope: str = ""
) -> Item:
    """Convert an issue or pull request; what a project says of it goes before its own fields.

    ``scope`` is the repository that listed it, for one that has no address.
    """
    repository = reading.repository(repository_of(issue) or scope)
    labels = _labels(issue)
    words = words_of(labels)
    kind = _type(issue, words)
    category = _category(issue, words)
    outcome = _outcome(issue) if category is Category.DONE else None
    plan = _planned(issue, reading, planned)
    return Item(
        id=str(issue.id),
        key=f"{repository}#{issue.number}",
        scope=repository,
        level=_level(issue, kind, reading),
        title=issue.title,
        url=issue.html_url or "",
        type=kind,
        status=issue.state,
        category=category,
        outcome=outcome,
        created_at=_utc(issue.created_at),
        updated_at=_utc(issue.updated_at),
        done_at=_done_at(issue) if category is Category.DONE else None,
        start_date=plan.start,
        due_date=plan.end,
        points=plan.points,
        assignee=_assignee(issue),
        labels=labels,
        milestones=_milestones(issue, plan),
        parent=parent_in(issue.parent_issue_url, reading),
        blocked=not words.isdisjoint(reading.blocked_labels),
        reported=plan.reported,
        told=plan.told,
    )


def links_of(
    issue: Issue,
    item: Item,
    reading: Reading,
    *,
    children: Sequence[Reference] = (),
    blockers: Sequence[Reference] = (),
    mentions: Sequence[Reference] = (),
) -> list[Link]:
    """Collect everything an issue states about others, the tracker's own word first.

    ``item`` is what it was converted to. What its text says again is left out.
    """
    own, owner = item.key, item.id
    links = [
        Link(
            owner=owner,
            kind=LinkKind.PARENT,
            upstream=key_of(child, item.scope, reading),
            downstream=own,
            label="sub-issue",
        )
        for child in children
    ]
    links += [
        Link(
            owner=owner,
            kind=LinkKind.BLOCKS,
            upstream=key_of(blocker, item.scope, reading),
            downstream=own,
            label="blocked by",
        )
        for blocker in blockers
    ]
    stated = links_in(
        f"{issue.title}\n\n{issue.body or ''}",
        owner=owner,
        key=own,
        repository=item.scope,
        name=reading.as_known,
    )
    if not (links or stated or mentions):
        return []
    links += unsaid(stated, {(link.upstream, link.downstream) for link in links})
    known = {(link.upstream, link.downstream) for link in links}
    for key in dict.fromkeys(key_of(mention, item.scope, reading) for mention in mentions):
        if key != own and not {(key, own), (own, key)} & known:
            links.append(
                Link(
                    owner=owner,
                    kind=LinkKind.RELATES,
                    upstream=key,
                    downstream=own,
                    label="mentioned by",
                )
            )
    return links


def milestone_of(milestone: Milestone, scope: str) -> TrackerMilestone:
    """Convert a milestone.

    A due date is stored as midnight in California, 07:00 or 08:00 UTC of the day that was
    picked; in any zone west of Greenwich local time would give the day before.
    """
    closed = milestone.state == "closed"
    return TrackerMilestone(
        id=str(milestone.id),
        scope=scope,
        kind=MilestoneKind.MILESTONE,
        name=milestone.title,
        url=milestone.html_url or "",
        due_date=_day(milestone.due_on),
        closed=closed,
        closed_on=_day(milestone.closed_at) if closed else None,
    )


def repository_of(payload: Issue | Reference | Milestone) -> str:
    """Name the repository that something is in, as GitHub does today."""
    address = payload.url if isinstance(payload, Milestone) else payload.repository_url
    return repository_in(address or payload.html_url or "")


@lru_cache(maxsize=1024)
def repository_in(url: str) -> str:
    """Name the repository that an address of API or web is in; nothing for another address."""
    match = _REPOSITORY.search(url)
    return match["name"] if match is not None else ""


def parent_in(url: str | None, reading: Reading) -> str | None:
    """Write the key of the parent whose address an issue has."""
    match = _PARENT.search(url) if url is not None else None
    return reading.key(match["repository"], match["number"]) if match is not None else None


def key_of(reference: Reference, scope: str, reading: Reading) -> str:
    """Write the key of an issue that another one names; without an address it is beside that."""
    return reading.key(repository_of(reference) or scope, reference.number)


def _labels(issue: Issue) -> tuple[str, ...]:
    if not issue.labels:
        return ()
    names = (label if isinstance(label, str) else label.name for label in issue.labels)
    return tuple(name for name in names if name)


def _type(issue: Issue, words: frozenset[str]) -> str:
    if issue.pull_request is not None:
        return "Pull request"
    if issue.type is not None:
        return issue.type.name
    if not words:
        return "Issue"
    return next((name for labels, name in _TYPES if not words.isdisjoint(labels)), "Issue")


def _milestones(issue: Issue, plan: Planned) -> tuple[str, ...]:
    own = (str(issue.milestone.id),) if issue.milestone is not None else ()
    return own if plan.iteration is None else (*own, plan.iteration)


def _planned(issue: Issue, reading: Reading, planned: Planned | None) -> Planned:
    """Complete what a project says of an issue by what the issue's own fields say."""
    if not issue.issue_field_values or not reading.fields:
        return planned or _NOTHING
    plan = planned or _NOTHING
    given = _given(issue.issue_field_values, reading)
    return Planned(
        number=issue.number,
        start=plan.start or day_of(given.get("start")),
        end=plan.end or day_of(given.get("end")),
        points=plan.points if plan.points is not None else number_of(given.get("points")),
        iteration=plan.iteration,
        reported=plan.reported,
        told=(*plan.told, *told(register_of(given))),
    )


def planned_by(
    values: Sequence[FieldValue], reading: Reading
) -> tuple[date | None, date | None, float | None] | None:
    """Tell start, end and points by an issue's own fields; None where one's name is not known."""
    if not all(one.issue_field_name or one.issue_field_id in reading.field_names for one in values):
        return None
    given = _given(values, reading)
    return day_of(given.get("start")), day_of(given.get("end")), number_of(given.get("points"))


def _given(values: Sequence[FieldValue], reading: Reading) -> dict[str, object]:
    """Give the values of fields by what they are for."""
    given: dict[str, object] = {}
    for one in values:
        name = one.issue_field_name or reading.field_names.get(one.issue_field_id, "")
        purpose = reading.fields.get(name.casefold())
        if purpose is not None:
            given.setdefault(purpose, one.value)
    return given


def register_of(given: Mapping[str, object]) -> dict[str, object]:
    """Give the values of the fields that registers ask for, by what they are for."""
    return {
        purpose.removeprefix(REGISTER): value
        for purpose, value in given.items()
        if purpose.startswith(REGISTER)
    }


def _level(issue: Issue, kind: str, reading: Reading) -> Level:
    if issue.pull_request is not None and reading.pull_requests != "work":
        return Level.PULL_REQUEST
    return Level.EPIC if kind.casefold() == "epic" else Level.WORK


def _category(issue: Issue, words: frozenset[str]) -> Category:
    """Tell where an issue stands; GitHub has no status between open and closed.

    An assignee or a label are weak signs that work has begun; an open pull request is work.
    """
    if issue.state == "closed":
        return Category.DONE
    begun = issue.pull_request is not None or _assignee(issue) or says_begun(words)
    return Category.DOING if begun else Category.TODO


def _outcome(issue: Issue) -> Outcome:
    if issue.pull_request is not None:
        return Outcome.DROPPED if issue.pull_request.merged_at is None else Outcome.COMPLETED
    return outcome_by(issue.state_reason)


def outcome_by(reason: str | None) -> Outcome:
    """Tell how an issue ended that was closed for a reason."""
    return Outcome.DROPPED if reason in _DROPPED else Outcome.COMPLETED


def closed_as(
    kind: str, at: datetime, reason: str | UnsetType | None, pull_request: PullRequest | None
) -> Outcome | None:
    """Tell how an event ended its issue; None where that is not told, or it is no closing.

    Of an issue the event tells the reason. A pull request is merged once, by its last closing.
    """
    if kind != "closed":
        return None
    if pull_request is None:
        return None if isinstance(reason, UnsetType) else outcome_by(reason)
    merged = pull_request.merged_at
    if isinstance(merged, UnsetType):
        return None
    last = merged is not None and at >= merged - _TOGETHER
    return Outcome.COMPLETED if last else Outcome.DROPPED


def _done_at(issue: Issue) -> datetime:
    return _utc(_merged_at(issue.pull_request) or issue.closed_at or issue.updated_at)


def _merged_at(pull_request: PullRequest | None) -> datetime | None:
    merged = pull_request.merged_at if pull_request is not None else None
    return merged if isinstance(merged, datetime) else None


def _assignee(issue: Issue) -> str | None:
    account = issue.assignee or next(iter(issue.assignees or ()), None)
    return account.login if account is not None else None


def day_of(value: object) -> date | None:
    """Read the value of a date field."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def number_of(value: object) -> float | None:
    """Read the value of a number field; only a finite one is a size."""
    try:
        number = float(value) if isinstance(value, (int, float, str)) else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def _day(at: datetime | None) -> date | None:
    return _utc(at).date() if at is not None else None
