"""Dependencies between milestones, declared and lifted from their items."""

from datetime import date
from typing import Any

from slipwatch.aggregator.portfolio.model import Dependency, DependencyType
from slipwatch.aggregator.records import Level, LinkOrigin, MilestoneKind, Outcome

PAY = {"source": "jira", "project": "PAY"}
API = {"source": "github", "repository": "acme/api"}
PAYMENTS = {"id": "pay", "scope": [PAY], "discover": ["versions"]}
PLATFORM = {"id": "api", "scope": [API], "discover": ["milestones"]}


def worlds(trackers: Any) -> None:
    """A version with two items in Jira, a milestone with two in GitHub."""
    trackers.version("2.0")
    trackers.milestone("v2", "acme/api", "github", MilestoneKind.MILESTONE)
    for number in (1, 2):
        trackers.item(f"PAY-{number}", "v-2.0")
        trackers.item(f"acme/api#{number}", "v-v2", source="github")


def only(dependencies: tuple[Dependency, ...]) -> Dependency:
    assert len(dependencies) == 1, dependencies
    return dependencies[0]


def test_a_link_between_tools_becomes_a_partial_gate_with_its_evidence(trackers: Any) -> None:
    worlds(trackers)
    trackers.blocks("PAY-1", "acme/api#2", source="github", origin=LinkOrigin.TEXT)

    found = only(trackers.build(PAYMENTS, PLATFORM).portfolio.dependencies)

    assert (found.upstream, found.downstream) == ("p/pay/2.0", "p/api/v2")
    assert found.type is DependencyType.PARTIAL
    assert found.evidence == (("jira:PAY-1", "github:acme/api#2"),)
    assert found.blocked_items == 1
    assert not found.declared


def test_items_that_wait_for_a_waiting_item_are_blocked_too(trackers: Any) -> None:
    worlds(trackers)
    trackers.blocks("PAY-1", "acme/api#2", source="github")
    trackers.blocks("acme/api#2", "acme/api#1", source="github")

    found = only(trackers.build(PAYMENTS, PLATFORM).portfolio.dependencies)

    assert found.blocked_items == 2


def test_a_wait_through_an_item_of_no_milestone_counts(trackers: Any) -> None:
    worlds(trackers)
    trackers.item("OPS-1")
    trackers.blocks("PAY-1", "OPS-1")
    trackers.blocks("OPS-1", "acme/api#2", source="github")

    found = only(trackers.build(PAYMENTS, PLATFORM).portfolio.dependencies)

    assert found.evidence == (("jira:PAY-1", "github:acme/api#2"),)


def test_what_was_waited_for_and_is_done_blocks_nothing(trackers: Any) -> None:
    worlds(trackers)
    trackers.done("PAY-3", "v-2.0", day=date(2025, 12, 1))
    trackers.blocks("PAY-3", "acme/api#2", source="github")

    found = only(trackers.build(PAYMENTS, PLATFORM).portfolio.dependencies)

    assert found.blocked_items == 0
    assert not found.broken


def test_waiting_for_something_that_was_dropped_is_a_broken_dependency(trackers: Any) -> None:
    worlds(trackers)
    trackers.done("PAY-3", "v-2.0", day=date(2025, 12, 1), outcome=Outcome.DROPPED)
    trackers.blocks("PAY-3", "acme/api#2", source="github")

    assert only(trackers.build(PAYMENTS, PLATFORM).portfolio.dependencies).broken


def test_a_key_that_nobody_knows_lifts_nothing(trackers: Any) -> None:
    worlds(trackers)
    trackers.blocks("UTF-8", "acme/api#2", source="github", origin=LinkOrigin.TEXT)

    assert trackers.build(PAYMENTS, PLATFORM).portfolio.dependencies == ()


def test_a_declared_dependency_takes_the_evidence_of_a_lifted_one(trackers: Any) -> None:
    worlds(trackers)
    trackers.blocks("PAY-1", "acme/api#2", source="github")
    v2 = {
        "id": "v2",
        "from": [{**API, "milestone": "v2"}],
        "depends_on": [{"milestone": "pay/2.0", "lag": "2wd"}],
    }

    found = only(trackers.build(PAYMENTS, {"id": "api", "milestones": [v2]}).portfolio.dependencies)

    assert found.declared
    assert found.type is DependencyType.FS
    assert str(found.lag) == "2wd"
    assert found.evidence == (("jira:PAY-1", "github:acme/api#2"),)


def test_where_an_epic_waits_all_of_its_milestone_does(trackers: Any) -> None:
    worlds(trackers)
    trackers.item("PAY-9", level=Level.EPIC)
    for number in (10, 11, 12):
        trackers.item(f"PAY-{number}", parent="PAY-9")
    trackers.blocks("acme/api#1", "PAY-9")
    epic = {"id": "epic", "from": [{"source": "jira", "epic": "PAY-9"}]}

    built = trackers.build({"id": "pay", "milestones": [epic]}, PLATFORM)

    assert only(built.portfolio.dependencies).blocked_items == 3


def test_a_milestone_that_is_not_there_leaves_a_broken_dependency(trackers: Any) -> None:
    late = {"id": "late", "duration": "1wd", "depends_on": [{"milestone": "pay/nothing"}]}

    built = trackers.build(PAYMENTS, {"id": "api", "milestones": [late]})

    found = only(built.portfolio.dependencies)
    assert found.broken
    assert found.upstream == "p/pay/nothing"
