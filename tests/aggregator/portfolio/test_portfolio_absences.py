"""Items that are gone, moved away or invisible, and items that are called otherwise today."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.assess import assess_portfolio
from slipwatch.aggregator.assessment import MilestoneView
from slipwatch.aggregator.portfolio.build import Built
from slipwatch.aggregator.portfolio.facts import RecordedBaseline
from slipwatch.aggregator.portfolio.sources import DoubtedCensus, SourceState, SourceStatus
from slipwatch.aggregator.records import Level, LinkKind, LinkOrigin, MilestoneKind, Presence

PAY = {"source": "jira", "project": "PAY"}
API = {"source": "github", "repository": "acme/api"}
SECOND = {"id": "ga", "from": [{**PAY, "version": "2.0"}]}
GA = {"id": "x", "scope": [PAY], "milestones": [SECOND]}
PAYMENTS = {"id": "pay", "scope": [PAY], "discover": ["versions"]}
PLATFORM = {"id": "api", "scope": [API], "discover": ["milestones"]}
TODAY = date(2026, 1, 5)
YESTERDAY = date(2026, 1, 4)
LEFT = [Presence.GONE, Presence.MOVED]


def view(built: Built, milestone: str) -> MilestoneView:
    assessment = assess_portfolio(built.portfolio, seed=0, trials=100).assessment
    found = assessment.milestone(milestone)
    assert found is not None
    return found


@pytest.mark.parametrize("presence", LEFT)
def test_what_left_is_removed_scope_from_the_day_it_left(trackers: Any, presence: Presence) -> None:
    trackers.version("2.0")
    refs = [trackers.item(f"PAY-{number}", "v-2.0") for number in (1, 2)]
    done = trackers.done("PAY-3", "v-2.0", day=date(2025, 12, 1))
    trackers.baselines["p/x/ga"] = RecordedBaseline(
        recorded_on=date(2025, 11, 3),
        start=date(2025, 11, 3),
        duration=None,
        items=frozenset([*refs, done]),
    )
    trackers.absent(refs[0], presence)
    trackers.absent(done, presence)

    now = trackers.build(GA).portfolio.milestones["p/x/ga"]
    before = trackers.build(GA, as_of=YESTERDAY).portfolio.milestones["p/x/ga"]

    assert (now.scope.done, now.scope.remaining, now.scope.removed) == (0, 1, 2)
    assert [item.key for item in now.open_items] == ["PAY-2"]
    assert (before.scope.done, before.scope.remaining, before.scope.removed) == (1, 2, 0)


@pytest.mark.parametrize("presence", [Presence.MISSED, Presence.INVISIBLE])
def test_what_is_missing_or_invisible_stays_in_scope(trackers: Any, presence: Presence) -> None:
    trackers.version("2.0")
    trackers.absent(trackers.item("PAY-1", "v-2.0"), presence)

    found = trackers.build(GA).portfolio.milestones["p/x/ga"]

    assert found.scope.remaining == 1


def test_what_left_is_no_part_of_a_baseline_to_come(trackers: Any) -> None:
    trackers.version("2.0")
    trackers.absent(trackers.item("PAY-1", "v-2.0"), Presence.GONE)
    kept = trackers.item("PAY-2", "v-2.0")

    assert trackers.build(GA).members["p/x/ga"] == {kept}


@pytest.mark.parametrize("presence", LEFT)
def test_waiting_for_something_that_left_is_a_broken_dependency(
    trackers: Any, presence: Presence
) -> None:
    trackers.version("2.0")
    trackers.milestone("v2", "acme/api", "github", MilestoneKind.MILESTONE)
    left = trackers.item("PAY-1", "v-2.0")
    trackers.item("PAY-2", "v-2.0")
    trackers.item("acme/api#1", "v-v2", source="github")
    trackers.blocks("PAY-1", "acme/api#1", source="github", origin=LinkOrigin.TEXT)
    trackers.absent(left, presence)

    (found,) = trackers.build(PAYMENTS, PLATFORM).portfolio.dependencies

    assert (found.broken, found.blocked_items) == (True, 0)
    assert found.evidence == (("jira:PAY-1", "github:acme/api#1"),)


@pytest.mark.parametrize("presence", LEFT)
def test_what_left_waits_for_nothing_any_more(trackers: Any, presence: Presence) -> None:
    trackers.version("1.0")
    trackers.version("2.0")
    trackers.item("PAY-1", "v-1.0")
    trackers.item("PAY-2", "v-2.0")
    left = trackers.item("PAY-3", "v-2.0")
    trackers.blocks("PAY-1", "PAY-3")
    assert len(trackers.build(PAYMENTS).portfolio.dependencies) == 1
    trackers.absent(left, presence)

    assert trackers.build(PAYMENTS).portfolio.dependencies == ()
    (before,) = trackers.build(PAYMENTS, as_of=YESTERDAY).portfolio.dependencies
    assert before.evidence == (("jira:PAY-1", "jira:PAY-3"),)


@pytest.mark.parametrize("presence", LEFT)
def test_a_part_that_left_is_no_part_any_more(trackers: Any, presence: Presence) -> None:
    trackers.version("1.0")
    trackers.version("2.0")
    trackers.item("PAY-1", "v-1.0")
    part = trackers.item("PAY-2", "v-2.0", parent="PAY-1", level=Level.SUBTASK)
    assert len(trackers.build(PAYMENTS).portfolio.dependencies) == 1
    trackers.absent(part, presence)

    assert trackers.build(PAYMENTS).portfolio.dependencies == ()


def test_an_epic_that_is_gone_is_missing_and_does_not_close_its_milestone(trackers: Any) -> None:
    trackers.absent(trackers.item("PAY-9", level=Level.EPIC), Presence.GONE)
    trackers.item("PAY-1", parent="PAY-9")
    ga = {"id": "x", "milestones": [{"id": "ga", "from": [{**PAY, "epic": "PAY-9"}]}]}

    found = trackers.build(ga).portfolio.milestones["p/x/ga"]

    assert found.missing == ("epic PAY-9 in jira",)
    assert (found.closed, found.actual, found.scope.remaining) == (False, None, 1)


def test_a_milestone_whose_loose_items_are_all_gone_is_not_done(trackers: Any) -> None:
    trackers.absent(trackers.item("PAY-1", labels=("ga",)), Presence.GONE)
    ga = {"id": "x", "milestones": [{"id": "ga", "from": [{**PAY, "labels": ["ga"]}]}]}

    found = trackers.build(ga).portfolio.milestones["p/x/ga"]

    assert (found.closed, found.actual) == (False, None)


def _steady(trackers: Any) -> None:
    """A team that finishes an item a day, and has all the time in the world for two more."""
    trackers.version("2.0", due_date=date(2027, 1, 4))
    for number in range(60):
        day = date(2025, 11, 3) + timedelta(days=number)
        trackers.done(f"PAY-{100 + number}", day=day)
    trackers.item("PAY-1", "v-2.0")


def test_a_milestone_with_an_invisible_item_is_not_green_and_says_why(trackers: Any) -> None:
    _steady(trackers)
    hidden = trackers.item("PAY-2", "v-2.0")
    assert view(trackers.build(GA), "p/x/ga").status == "green"
    trackers.absent(hidden, Presence.INVISIBLE)

    built = trackers.build(GA)
    found = view(built, "p/x/ga")

    assert found.status == "grey"
    assert found.reasons[0] == "jira:PAY-2 can no longer be seen"
    (jira,) = [source for source in built.portfolio.sources if source.name == "jira"]
    assert (jira.status, jira.invisible) == (SourceStatus.OK, 1)
    assert view(trackers.build(GA, as_of=YESTERDAY), "p/x/ga").status == "green"


def test_bad_news_of_what_can_be_seen_stands(trackers: Any) -> None:
    _steady(trackers)
    trackers.version("2.0", due_date=date(2025, 12, 1))
    trackers.absent(trackers.item("PAY-2", "v-2.0"), Presence.INVISIBLE)

    found = view(trackers.build(GA), "p/x/ga")

    assert found.status == "red"
    assert found.reasons[0] == "jira:PAY-2 can no longer be seen"


def test_who_waits_for_a_milestone_with_an_invisible_item_is_not_green_either(
    trackers: Any,
) -> None:
    _steady(trackers)
    trackers.absent(trackers.item("PAY-2", "v-2.0"), Presence.INVISIBLE)
    launch = {
        "id": "launch",
        "duration": "2wd",
        "commitment": "2027-02-01",
        "depends_on": [{"milestone": "ga"}],
    }
    project = {**GA, "milestones": [SECOND, launch]}

    found = view(trackers.build(project), "p/x/launch")

    assert found.status == "grey"
    assert "p/x/ga" in found.reasons[0]


def test_a_done_milestone_stays_done_whatever_can_be_seen_of_it(trackers: Any) -> None:
    trackers.version("2.0", closed=True, closed_on=date(2025, 12, 1))
    trackers.absent(trackers.done("PAY-1", "v-2.0", day=date(2025, 12, 1)), Presence.INVISIBLE)

    assert view(trackers.build(GA), "p/x/ga").status == "green"


def test_a_source_counts_what_is_there_and_what_cannot_be_seen(trackers: Any) -> None:
    for number, presence in enumerate(Presence):
        trackers.absent(trackers.item(f"PAY-{number}"), presence)
    trackers.states["jira"] = SourceState(
        name="jira",
        status=SourceStatus.OK,
        last_success=datetime.fromisoformat("2026-01-05T09Z"),
        items=4,
    )

    (jira, _) = trackers.build(GA).portfolio.sources

    assert (jira.items, jira.invisible) == (2, 1)


def test_a_census_that_was_not_believed_makes_its_source_stale_from_then_on(trackers: Any) -> None:
    census = DoubtedCensus(
        scope="PAY",
        taken_at=datetime.fromisoformat("2026-01-05T06:00Z"),
        listed=60,
        missing=40,
    )
    trackers.states["jira"] = SourceState(
        name="jira",
        status=SourceStatus.OK,
        last_success=datetime.fromisoformat("2026-01-05T06:00Z"),
        doubted=(census,),
    )

    (jira, github) = trackers.build(GA).portfolio.sources
    (then, _) = trackers.build(GA, as_of=YESTERDAY).portfolio.sources

    assert (jira.status, jira.doubted) == (SourceStatus.STALE, (census,))
    assert github.status is SourceStatus.OK
    assert (then.status, then.doubted) == (SourceStatus.OK, ())


@pytest.mark.parametrize("project", [GA, PAYMENTS])
def test_what_may_not_be_read_any_more_is_grey_and_says_so(
    trackers: Any, project: dict[str, Any]
) -> None:
    trackers.version("2.0", due_date=date(2026, 3, 2))
    trackers.item("PAY-1", "v-2.0")
    trackers.states["jira"] = SourceState(
        name="jira",
        status=SourceStatus.OK,
        last_success=datetime.fromisoformat("2026-01-05T06:00Z"),
        skipped=("PAY", "WEB"),
    )

    built = trackers.build(project)
    (milestone,) = built.portfolio.milestones

    found = view(built, milestone)

    assert found.status == "grey"
    assert found.reasons == ("source jira may not be read in PAY any more",)


def test_a_former_key_leads_to_the_item_as_it_is_called_today(trackers: Any) -> None:
    trackers.version("2.0")
    trackers.milestone("v2", "acme/api", "github", MilestoneKind.MILESTONE)
    trackers.item("PAY-7", "v-2.0", former_keys=("OLD-3",))
    trackers.item("acme/api#1", "v-v2", source="github")
    trackers.blocks("OLD-3", "acme/api#1", source="github", origin=LinkOrigin.TEXT)

    (found,) = trackers.build(PAYMENTS, PLATFORM).portfolio.dependencies

    assert found.evidence == (("jira:PAY-7", "github:acme/api#1"),)
    assert found.blocked_items == 1


def test_a_former_key_that_another_item_has_by_now_is_that_items(trackers: Any) -> None:
    trackers.version("2.0")
    trackers.milestone("v2", "acme/api", "github", MilestoneKind.MILESTONE)
    trackers.item("PAY-7", "v-2.0", former_keys=("PAY-3",))
    trackers.item("PAY-3", "v-2.0")
    trackers.item("acme/api#1", "v-v2", source="github")
    trackers.blocks("PAY-3", "acme/api#1", source="github", origin=LinkOrigin.TEXT)

    (found,) = trackers.build(PAYMENTS, PLATFORM).portfolio.dependencies

    assert found.evidence == (("jira:PAY-3", "github:acme/api#1"),)


@pytest.mark.parametrize("told_by", ["the item", "the census"])
def test_a_link_follows_an_issue_that_was_transferred(trackers: Any, told_by: str) -> None:
    trackers.version("2.0")
    trackers.milestone("v2", "acme/api", "github", MilestoneKind.MILESTONE)
    old = trackers.item("acme/old#4", source="github")
    former = ("acme/old#4",) if told_by == "the item" else ()
    trackers.item("acme/api#1", "v-v2", source="github", former_keys=former)
    trackers.absent(old, Presence.MOVED, moved_to="acme/api#1")
    trackers.item("PAY-1", "v-2.0")
    trackers.blocks("acme/old#4", "PAY-1")

    (found,) = trackers.build(PAYMENTS, PLATFORM).portfolio.dependencies

    assert found.evidence == (("github:acme/api#1", "jira:PAY-1"),)
    assert (found.broken, found.blocked_items) == (False, 1)


def test_what_a_transferred_issue_said_where_it_was_holds_no_more(trackers: Any) -> None:
    trackers.milestone("v1", "acme/api", "github", MilestoneKind.MILESTONE)
    trackers.milestone("v2", "acme/api", "github", MilestoneKind.MILESTONE)
    old = trackers.item("acme/old#4", source="github")
    trackers.item("acme/api#1", "v-v2", source="github")
    trackers.item("acme/api#2", "v-v1", source="github")
    trackers.blocks("acme/api#2", "acme/old#4", source="github")
    trackers.absent(old, Presence.MOVED, moved_to="acme/api#1")

    assert trackers.build(PLATFORM).portfolio.dependencies == ()
    trackers.blocks("acme/api#2", "acme/api#1", source="github")
    (found,) = trackers.build(PLATFORM).portfolio.dependencies
    assert found.evidence == (("github:acme/api#2", "github:acme/api#1"),)


def test_items_that_merely_name_each_other_wait_for_nothing(trackers: Any) -> None:
    trackers.version("2.0")
    trackers.milestone("v2", "acme/api", "github", MilestoneKind.MILESTONE)
    trackers.item("PAY-1", "v-2.0")
    trackers.item("acme/api#1", "v-v2", source="github")
    trackers.blocks("PAY-1", "acme/api#1", source="github", kind=LinkKind.RELATES)

    portfolio = trackers.build(PAYMENTS, PLATFORM).portfolio

    assert (portfolio.dependencies, portfolio.item_edges) == ((), ())
    (item,) = portfolio.milestones["p/api/v2"].open_items
    assert item.blockers == ()
