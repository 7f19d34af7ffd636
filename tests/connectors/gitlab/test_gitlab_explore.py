"""What a GitLab says of itself before anything is configured."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from slipwatch.aggregator.connector import Context, Explores, FoundMilestone, Skip
from slipwatch.aggregator.records import LinkKind, MilestoneKind
from slipwatch.config.guide import exploring
from slipwatch.connectors.gitlab.connector import GitLabConnector
from slipwatch.connectors.gitlab.guide import GUIDE
from slipwatch.connectors.gitlab.settings import GitLabSettings

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
DUE = date(2026, 3, 2)


@pytest.fixture
def explore(server: Any, site: Any, tmp_path: Path) -> Iterator[Callable[[], Explores]]:
    """Give a function that makes the connector of a site of which nothing is chosen."""
    (tmp_path / "token").write_text(site.token)
    made: list[GitLabConnector] = []

    def connect() -> Explores:
        auth = {"token": {"file": str(tmp_path / "token")}}
        values = {"kind": "gitlab", "url": server.url, "auth": auth}
        settings = exploring(GitLabSettings, GUIDE, values, tmp_path)
        made.append(
            GitLabConnector("gitlab", settings, Context(now=lambda: NOW, sleep=lambda _: None))
        )
        assert isinstance(made[-1], Explores)
        return made[-1]

    yield connect
    for connector in made:
        connector.close()


def test_a_site_says_which_one_it_is_and_what_its_token_lacks(site: Any, explore: Any) -> None:
    found = explore().identify()
    assert (found.product, found.account) == ("GitLab 17.5.1-ee", "Slipwatch (@slipwatch)")
    assert found.lacking == ()

    site.scopes = ("read_user",)
    assert explore().identify().lacking == ("read projects and issues (scope read_api)",)


def test_living_projects_are_listed_all_or_those_of_groups(site: Any, explore: Any) -> None:
    site.add_issue(site.add_project("acme/platform/api"), "Log in", at=NOW)
    site.add_project("acme/old").archived = True
    site.add_project("labs/toy")

    listed = [(one.scope, one.title, one.open_items) for one in explore().explore()]

    assert listed == [("labs/toy", "Toy", 0), ("acme/platform/api", "Api", 1)]
    assert [one.scope for one in explore().explore(["acme"])] == ["acme/platform/api"]
    with pytest.raises(Skip, match="nowhere does not exist"):
        list(explore().explore(["nowhere"]))


def test_open_milestones_are_found_with_their_progress_in_the_project(
    site: Any, explore: Any
) -> None:
    project, other = site.add_project("acme/api"), site.add_project("acme/web")
    shared = site.add_milestone("acme", "Launch", due=DUE)
    some_day = site.add_milestone("acme/api", "Some day")
    site.add_milestone("acme/api", "Past").closed = True
    for holder in (project, project, project, other):
        site.set_milestone(site.add_issue(holder, "One", at=NOW), shared, at=NOW)
    site.close(project.issues[1], at=NOW)
    site.rename(project, "acme/service")

    found = explore().look("acme/api")

    kind = MilestoneKind.MILESTONE
    assert found.scope == "acme/service"
    assert found.milestones == (
        FoundMilestone(id=str(shared.id), name="Launch", kind=kind, due_date=DUE, done=1, total=3),
        FoundMilestone(id=str(some_day.id), name="Some day", kind=kind, done=0, total=0),
    )
    with pytest.raises(Skip, match="acme/nope does not exist, or the account may not see it"):
        explore().look("acme/nope")


def test_a_sample_spends_what_it_may_on_what_issues_wait_for(
    site: Any, server: Any, explore: Any
) -> None:
    project = site.add_project("acme/api")
    goal, other = (site.add_milestone("acme/api", name) for name in ("v2", "v3"))
    issues = [site.add_issue(project, f"Issue {n}", at=NOW - timedelta(hours=n)) for n in range(12)]
    blocker = site.add_issue(site.add_project("acme/web"), "First", at=NOW)
    for issue in issues[:10]:
        site.set_milestone(issue, goal, at=issue.updated)
        site.link("blocks", blocker, issue, at=issue.updated)
    site.set_milestone(issues[10], other, at=NOW)
    site.close(issues[9], at=NOW)
    issues[0].description = "Depends on PAY-3."

    batch = explore().sample("acme/api", [str(goal.id)], 6)

    assert sorted(item.key for item in batch.items) == [f"acme/api#{n}" for n in range(1, 10)]
    assert len(server.requests) == 6
    waits = {(one.upstream, one.downstream) for one in batch.links if one.kind is LinkKind.BLOCKS}
    assert waits == {("acme/web#1", f"acme/api#{n}") for n in range(1, 5)}
    assert ("PAY-3", "acme/api#1") in {(one.upstream, one.downstream) for one in batch.links}
    assert explore().sample("acme/api", [], 6).items == ()
