"""A small world of trackers, and the portfolio that is built of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.portfolio.build import Built, build_portfolio
from slipwatch.aggregator.portfolio.facts import Facts, RecordedBaseline, Ref, SeenLink
from slipwatch.aggregator.portfolio.model import Observation
from slipwatch.aggregator.portfolio.sources import SourceState, SourceStatus
from slipwatch.aggregator.records import (
    Absence,
    Category,
    Change,
    Item,
    Level,
    Link,
    LinkKind,
    LinkOrigin,
    MilestoneKind,
    Outcome,
    Presence,
    PullRequest,
    Review,
    TrackerMilestone,
    Verdict,
)
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.config.sources import SourceSettings

TODAY = date(2026, 1, 5)
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


@dataclass
class Trackers:
    """Facts in the making: two trackers, ``jira`` and ``github``."""

    items: dict[Ref, Item] = field(default_factory=dict[Ref, Item])
    milestones: dict[Ref, TrackerMilestone] = field(default_factory=dict[Ref, TrackerMilestone])
    absences: dict[Ref, Absence] = field(default_factory=dict[Ref, Absence])
    links: list[SeenLink] = field(default_factory=list[SeenLink])
    changes: dict[Ref, list[Change]] = field(default_factory=dict[Ref, list[Change]])
    milestone_dates: dict[Ref, list[Observation]] = field(
        default_factory=dict[Ref, list[Observation]]
    )
    closed_at: dict[Ref, datetime] = field(default_factory=dict[Ref, datetime])
    item_dates: dict[Ref, list[Observation]] = field(default_factory=dict[Ref, list[Observation]])
    promises: dict[str, list[Observation]] = field(default_factory=dict[str, list[Observation]])
    commitments: dict[str, list[Observation]] = field(default_factory=dict[str, list[Observation]])
    declared_baselines: dict[str, list[Observation]] = field(
        default_factory=dict[str, list[Observation]]
    )
    slugs: dict[tuple[str, str, str], str] = field(default_factory=dict[tuple[str, str, str], str])
    baselines: dict[str, RecordedBaseline] = field(default_factory=dict[str, RecordedBaseline])
    states: dict[str, SourceState] = field(default_factory=dict[str, SourceState])
    pull_requests: dict[Ref, PullRequest] = field(default_factory=dict[Ref, PullRequest])
    reviews: dict[Ref, list[Review]] = field(default_factory=dict[Ref, list[Review]])
    data_time: datetime | None = NOW

    def item(self, key: str, *versions: str, source: str = "jira", **given: Any) -> Ref:
        """Add an item, open and of level work unless said otherwise."""
        scope = key.partition("#")[0] if "#" in key else key.rpartition("-")[0]
        values: dict[str, Any] = {
            "id": f"id-{key}",
            "key": key,
            "scope": scope,
            "level": Level.WORK,
            "title": f"Title of {key}",
            "url": f"https://tracker.example/{key}",
            "type": "Task",
            "status": "Open",
            "category": Category.TODO,
            "created_at": NOW - timedelta(weeks=26),
            "updated_at": NOW - timedelta(days=1),
            "milestones": versions,
        }
        item = Item(**(values | given))
        self.items[source, item.id] = item
        return source, item.id

    def done(
        self,
        key: str,
        *versions: str,
        day: date,
        outcome: Outcome = Outcome.COMPLETED,
        **given: Any,
    ) -> Ref:
        """Add an item that was done on a day."""
        at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        return self.item(
            key,
            *versions,
            category=Category.DONE,
            status="Done",
            outcome=outcome,
            done_at=at,
            **given,
        )

    def pull_request(
        self, key: str, *, author: str = "ana", merged: date | None = None, **given: Any
    ) -> Ref:
        """Add a pull request whose reviews are read, merged on a day or open."""
        given = {"level": Level.PULL_REQUEST, "source": "github", **given}
        ref = self.item(key, **given) if merged is None else self.done(key, day=merged, **given)
        by = None if merged is None else "sam"
        self.pull_requests["github", key] = PullRequest(key=key, author=author, merged_by=by)
        return ref

    def review(
        self, key: str, reviewer: str, day: date, *, dismissed: date | None = None, ok: bool = True
    ) -> None:
        """Let somebody approve a pull request on a day, or ask for changes."""
        found = self.reviews.setdefault(("github", key), [])
        found.append(
            Review(
                pull_request=key,
                id=str(len(found)),
                reviewer=reviewer,
                verdict=Verdict.APPROVED if ok else Verdict.REFUSED,
                at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
                dismissed_at=None
                if dismissed is None
                else datetime(dismissed.year, dismissed.month, dismissed.day, 12, tzinfo=UTC),
            )
        )

    def absent(
        self, ref: Ref, presence: Presence, *, since: date = TODAY, moved_to: str | None = None
    ) -> None:
        """Take an item off its tracker's lists."""
        at = datetime(since.year, since.month, since.day, 6, tzinfo=UTC)
        self.absences[ref] = Absence(item=ref[1], presence=presence, at=at, moved_to=moved_to)

    def version(self, name: str, scope: str = "PAY", **given: Any) -> Ref:
        """Add a Jira version whose id is ``v-NAME``."""
        return self.milestone(name, scope, "jira", MilestoneKind.VERSION, **given)

    def milestone(
        self, name: str, scope: str, source: str, kind: MilestoneKind, **given: Any
    ) -> Ref:
        """Add a tracker milestone."""
        found = TrackerMilestone(id=f"v-{name}", scope=scope, kind=kind, name=name, **given)
        self.milestones[source, found.id] = found
        return source, found.id

    def blocks(
        self,
        upstream: str,
        downstream: str,
        *,
        source: str = "jira",
        kind: LinkKind = LinkKind.BLOCKS,
        origin: LinkOrigin = LinkOrigin.TRACKER,
        since: datetime | None = None,
    ) -> None:
        """Let ``downstream`` wait for ``upstream``."""
        link = Link(
            owner=f"id-{downstream}",
            kind=kind,
            upstream=upstream,
            downstream=downstream,
            origin=origin,
            since=since,
        )
        self.links.append(SeenLink(source=source, link=link, seen_at=NOW - timedelta(days=1)))

    def facts(self) -> Facts:
        """Freeze."""
        states = {
            name: SourceState(name=name, status=SourceStatus.OK, last_success=NOW)
            for name in ("jira", "github")
        } | self.states
        return Facts(
            items=self.items,
            tracker_milestones=self.milestones,
            absences=self.absences,
            links=self.links,
            changes=self.changes,
            milestone_dates=self.milestone_dates,
            closed_at=self.closed_at,
            item_dates=self.item_dates,
            promises=self.promises,
            commitments=self.commitments,
            declared_baselines=self.declared_baselines,
            slugs=self.slugs,
            baselines=self.baselines,
            pull_requests=self.pull_requests,
            reviews=self.reviews,
            sources=list(states.values()),
            data_time=self.data_time,
        )

    def build(
        self,
        *projects: dict[str, Any],
        as_of: date = TODAY,
        program: Mapping[str, Any] | None = None,
        facts: Facts | None = None,
        **given: Any,
    ) -> Built:
        """Build the portfolio of one program ``p`` with these projects and further keys."""
        settings = SlipwatchSettings.model_validate(
            {"programs": [{"id": "p", "projects": projects, **(program or {})}], **given}
        ).model_copy(
            update={"sources": {name: SourceSettings(kind=name) for name in ("jira", "github")}}
        )
        now = max(NOW, self.data_time or NOW)
        return build_portfolio(settings, facts or self.facts(), as_of, now=now)


@pytest.fixture
def trackers() -> Trackers:
    """Give two empty trackers."""
    return Trackers()


Build = Callable[..., Built]
