"""Edits of the simulated sites leave the traces that the real ones leave, and no others."""

from datetime import timedelta

from slipwatch.demo import User, World

ANA = User("ana", "Ana Lima", 1)


def test_moving_between_versions_is_one_change_per_version(world: World) -> None:
    site, now = world.jira_cloud, world.now
    project = site.projects["T000"]
    issue = project.issues[1]
    old, new = project.versions[:2]
    site.set_versions(issue, [old], at=now, by=ANA)
    before = len(issue.histories)
    site.set_versions(issue, [new], at=now + timedelta(hours=1), by=ANA)
    assert [(c.old, c.new) for c in issue.histories[-1].changes] == [
        (str(old.id), None),
        (None, str(new.id)),
    ]
    assert len(issue.histories) == before + 1
    assert issue.updated == now + timedelta(hours=1)


def test_moving_a_date_of_a_version_or_milestone_touches_no_issue(world: World) -> None:
    project = world.jira_cloud.projects["T000"]
    repository = world.github.by_name["acme/r000"]
    stamps = [issue.updated for issue in project.issues]
    marks = [issue.updated for issue in repository.issues.values()]
    late = world.now.date() + timedelta(days=200)
    world.jira_cloud.edit_version(project.versions[2], name="Two", release=late, archived=True)
    world.github.edit_milestone(repository.milestones[2], at=world.now, title="Two", due=late)
    assert [issue.updated for issue in project.issues] == stamps
    assert [issue.updated for issue in repository.issues.values()] == marks


def test_reopening_clears_what_closing_set(world: World) -> None:
    site, now = world.github, world.now
    issue = site.by_name["acme/r000"].issues[1]
    site.close(issue, at=now, by=ANA)
    site.reopen(issue, at=now + timedelta(hours=1), by=ANA)
    assert (issue.closed, issue.state_reason) == (None, "reopened")
    assert [event.kind for event in issue.events][-2:] == ["closed", "reopened"]
    jira = world.jira_cloud.by_key["T000-2"]
    world.jira_cloud.transition(jira, "Done", at=now, by=ANA, resolution="Done")
    world.jira_cloud.transition(jira, "To Do", at=now, by=ANA)
    assert (jira.resolution, jira.resolved) == (None, None)


def test_deleting_an_issue_takes_its_links_from_the_other_end(world: World) -> None:
    site = world.jira_cloud
    source, target = site.by_key["T000-3"], site.by_key["T001-3"]
    site.link("Blocks", source, target, at=world.now, by=ANA)
    site.delete_issue(source)
    assert all(link.source is not source for link in target.links)
    assert "T000-3" not in site.by_key
