"""The simulated company: the same for the same seed, believable at first, and then it slips."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from slipwatch.daemon.wiring import read_settings
from slipwatch.demo import DATA_CENTER_TOKEN, GITHUB_TOKEN, Company, DemoServers

START = date(2026, 11, 25)
LOGIN = ("slipwatch@acme.example", "demo-jira-cloud-token")
URLS = {
    "jira_cloud_url": "http://127.0.0.1:1",
    "jira_dc_url": "http://127.0.0.1:2",
    "github_url": "http://127.0.0.1:3",
    "store_url": "sqlite:///demo.db",
}


def after(days: int, *, seed: int = 0) -> Company:
    company = Company(START, seed)
    for _ in range(days):
        company.advance_day()
    return company


def written(company: Company) -> dict[str, Any]:
    """The file of today as YAML, milestones by their last name."""
    content = yaml.safe_load(company.config(**URLS))
    return {
        milestone["id"]: milestone
        for program in content["programs"]
        for project in program["projects"]
        for milestone in project["milestones"]
    }


def payloads(company: Company) -> list[str]:
    """What the three sites answer, addresses left out."""
    with DemoServers(company.world) as servers, requests.Session() as session:
        answers = [
            session.get(
                f"{servers.jira_cloud.url}/rest/api/2/search/jql",
                params={
                    "jql": "project in (PAY, WEB) ORDER BY key",
                    "fields": "*all",
                    "expand": "changelog",
                },
                auth=LOGIN,
            ),
            session.get(
                f"{servers.jira_dc.url}/rest/api/2/search",
                params={"jql": "", "maxResults": "1000", "expand": "changelog"},
                headers={"Authorization": f"Bearer {DATA_CENTER_TOKEN}"},
            ),
            session.get(
                f"{servers.github.url}/repos/acme/api/issues",
                params={"state": "all", "per_page": "100"},
                headers={"Authorization": f"Bearer {GITHUB_TOKEN}"},
            ),
        ]
    return [re.sub(r"http://127\.0\.0\.1:\d+", "", answer.text) for answer in answers]


def test_the_story_begins_on_a_monday_morning_near_the_day_given() -> None:
    company = Company(START)
    assert company.now() == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    company.advance_day()
    assert company.now() == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    first = payloads(after(4))
    assert payloads(after(4)) == first
    assert payloads(after(4, seed=1)) != first


@pytest.mark.parametrize("days", [0, 8, 30, 90])
def test_the_file_of_every_day_is_sound(tmp_path: Path, days: int) -> None:
    path = tmp_path / "slipwatch.yaml"
    path.write_text(after(days).config(**URLS), encoding="utf-8")
    settings = read_settings(path)
    assert [len(program.projects) for program in settings.programs] == [3, 2]
    assert set(settings.sources) == {"jira", "jira-dc", "github"}


def test_what_is_measured_is_written_until_today_and_a_prometheus_may_measure_more() -> None:
    company = after(8)
    sheets = company.files()
    for name in ("conversion.csv", "refunds.csv"):
        assert sheets[name].splitlines()[-1].startswith("2026-11-30,")
    assert after(8).files() == sheets != after(8, seed=1).files()
    assert {benefit for benefit, *_ in company.told()} == {"calls"}
    assert max(day for _, day, *_ in company.told()) == date(2026, 11, 23)
    asked = company.config(**URLS, prometheus_url="http://127.0.0.1:9")
    content = yaml.safe_load(asked)["programs"][0]
    kinds = {benefit["id"]: list(benefit["measure"]) for benefit in content["benefits"]}
    assert kinds == {
        "conversion": ["csv"],
        "refunds": ["csv"],
        "calls": ["manual"],
        "delivery": ["promql"],
    }


def test_the_environment_holds_every_secret_of_the_file() -> None:
    company = Company(START)
    named = set(re.findall(r"\{env: (\w+)\}", company.config(**URLS)))
    assert named == company.environment().keys()


def test_half_a_year_of_history_has_a_weekly_rhythm_and_finished_releases() -> None:
    world = Company(START).world
    done = [issue.resolved for issue in world.jira_cloud.issues.values() if issue.resolved]
    assert min(done).date() < START - timedelta(weeks=24)
    assert not any(at.weekday() >= 5 for at in done)
    teams = [p for p in world.jira_cloud.projects.values() if p.name != "Program office"]
    for project in (*teams, *world.jira_dc.projects.values()):
        assert sum(version.released for version in project.versions) >= 3
        assert sum(not version.released for version in project.versions) == 2
    for repository in world.github.repositories.values():
        assert sum(one.closed is not None for one in repository.milestones) >= 3


def test_epics_keep_the_history_of_their_due_dates() -> None:
    world = Company(START).world
    moves = [
        change
        for issue in world.jira_cloud.issues.values()
        if issue.type.name == "Epic"
        for history in issue.histories
        for change in history.changes
        if change.field == "duedate"
    ]
    assert len(moves) > 10
    assert all(change.old is not None for change in moves)


def test_every_form_of_dependency_between_teams_is_there() -> None:
    world = Company(START).world
    jira, github = world.jira_cloud, world.github
    links = [link for issue in jira.issues.values() for link in issue.links]
    assert any(link.source.project is not link.target.project for link in links)
    assert any(issue.links for issue in world.jira_dc.issues.values())
    assert any(
        link.site == "github" for issue in jira.issues.values() for link in issue.remote_links
    )
    assert any("Depends on acme/api#" in (i.description or "") for i in jira.issues.values())
    issues = [i for r in github.repositories.values() for i in r.issues.values()]
    bodies = "\n".join(issue.body or "" for issue in issues)
    assert "Blocked by PAY-" in bodies
    assert "Blocked by IDENT-" in bodies
    assert any(o.repository is not i.repository for i in issues for o in i.blocked_by)
    assert any(c.repository is not i.repository for i in issues for c in i.sub_issues)


def test_some_work_is_dropped_some_is_blocked_and_some_titles_are_hostile() -> None:
    world = Company(START).world
    issues = [*world.jira_cloud.issues.values(), *world.jira_dc.issues.values()]
    assert any(issue.resolution == "Won't Do" for issue in issues)
    changes = [change for i in issues for history in i.histories for change in history.changes]
    assert any(change.new_text == "Impediment" for change in changes)
    titles = [issue.summary for issue in issues]
    titles += [i.title for r in world.github.repositories.values() for i in r.issues.values()]
    assert any("<script>" in title or "\x07" in title or "javascript:" in title for title in titles)
    closed = [i for r in world.github.repositories.values() for i in r.issues.values()]
    reasons = {issue.state_reason for issue in closed}
    assert {"completed", "not_planned"} <= reasons


def test_the_audit_takes_longer_than_planned_from_the_first_day_on() -> None:
    audit = written(Company(START))["security-audit"]
    planned = int(audit["baseline"]["duration"].removesuffix("wd"))
    left = int(audit["duration"].removesuffix("wd"))
    assert left > planned
    assert audit["baseline"]["finish"] < START
    later = written(after(7))["security-audit"]
    assert int(later["duration"].removesuffix("wd")) == left - 5
    assert "finished" in written(after(30))["security-audit"]


def test_the_supplier_slips_on_the_fourth_day() -> None:
    def login(company: Company) -> tuple[date, int]:
        project = company.world.jira_dc.projects["IDENT"]
        version = next(one for one in project.versions if one.name == "Login 2.0")
        assert version.release is not None
        left = [i for i in project.issues if version in i.versions and i.resolution is None]
        return version.release, len(left)

    (due_before, left_before), (due_after, left_after) = login(after(3)), login(after(12))
    assert due_after > due_before + timedelta(days=14)
    assert left_after > left_before + 5


def test_the_vendor_moves_its_promise_in_the_second_week() -> None:
    before, now = (written(after(days))["bank-contract"]["promise"] for days in (7, 8))
    assert before < now


def test_in_the_end_it_launches() -> None:
    assert "finished" in written(after(110))["launch"]
