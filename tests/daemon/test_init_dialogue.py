"""init as a dialogue at a real terminal."""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from slipwatch.demo import DemoServers, World

from .running import Commands
from .talking import Talk

CLOUD, GITHUB = (f"open-sesame-{name}-0123456789" for name in ("cloud", "github"))
ADDRESS, SEARCH = "as your browser shows it:", "to search)"


@pytest.fixture(scope="module")
def sites() -> Iterator[DemoServers]:
    """Serve a Jira with forty projects and a GitHub whose repository waits for one of them."""
    now = datetime.now(UTC)  # as at a terminal of one's own
    world = World(now=now)
    world.jira_cloud.token, world.github.token = CLOUD, GITHUB
    due = now.date() + timedelta(days=60)
    for number in range(40):
        project = world.jira_cloud.add_project(f"P{number:02}", f"Product {number}")
        version = world.jira_cloud.add_version(project, f"{number}.0", release=due)
        world.jira_cloud.add_issue(project, "Issue", at=now, versions=(version,))
    web = world.github.add_repository("acme/web", at=now)
    launch = world.github.add_milestone(web, "Launch", at=now, due=due)
    body = "Blocked by P07-1"
    world.github.add_issue(web, "Launch it", at=now, milestone=launch, body=body)
    with DemoServers(world) as running:
        yield running


def introduce(talk: Talk, url: str, token: str) -> None:
    """Answer up to the list of projects."""
    talk.hear(ADDRESS)
    talk.say(url)
    talk.hear("E-mail address")
    talk.say("slipwatch@acme.example")
    talk.hear("Token (not shown")
    talk.hear(": ")
    talk.say(token)


def secret_places(folder: Path) -> list[str]:
    """Name the files that hold a token."""
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and b"open-sesame" in path.read_bytes()
    ]


def test_a_dialogue_over_two_trackers_ends_in_a_file_that_holds(
    sites: DemoServers, slipwatch: Commands, tmp_path: Path
) -> None:
    with Talk(tmp_path, "init", env={"HUB": GITHUB}) as talk:
        introduce(talk, f"{sites.jira_cloud.url}/browse/P03-1", CLOUD)
        talk.hear("Jira Cloud; the token belongs to Slipwatch Service")
        listed = talk.hear(SEARCH)
        assert "40 projects" in listed
        assert "and 15 more: type a part of a name" in listed
        talk.hear("[P03]:")
        talk.say("product 7")
        assert "8  P07  Product 7" in " ".join(talk.hear(SEARCH).split("   "))
        talk.say("P07")
        talk.hear("[P07]:")
        talk.say("1-2, 99")
        talk.hear("there is no 99: the numbers go from 1 to 40")
        talk.hear("[P07]:")
        talk.say("1-2")
        talk.hear("[P07, P00, P01]:")
        talk.say("")
        talk.hear("File to keep the token in")
        talk.say("secret/jira-token")
        talk.hear("Another source?")
        talk.say("y")
        introduce(talk, f"{sites.github.url}/acme/web", "")
        talk.hear("Variable, or path of a file")
        talk.say("HUB")
        talk.hear("GitHub Enterprise Server; the token belongs to slipwatch")
        talk.hear("[acme/web]:")
        talk.say("")
        talk.hear("Another source?")
        talk.say("n")
        talk.hear("Time zone")
        talk.say("Europe/Berlim")
        talk.hear("There is no such time zone")
        talk.hear("[Europe/Berlin]:")
        talk.say("Europe/Vienna")
        talk.hear("[AT]:")
        talk.say("")
        talk.hear("4 open milestones")
        talk.hear("Which milestones")
        talk.say("")
        talk.hear("these 2 programs; take them")
        talk.say("y")
        talk.hear("Title of the program of P07, acme/web")
        talk.say("Check: #out")
        talk.hear("Title of the program of P00, P01")
        talk.say("")
        code = talk.end()

    assert code == 0, talk.seen
    assert "open-sesame" not in talk.seen
    assert secret_places(tmp_path) == ["secret/jira-token"]
    kept = tmp_path / "secret/jira-token"
    assert kept.read_text() == f"{CLOUD}\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    text = (tmp_path / "slipwatch.yaml").read_text()
    written = yaml.safe_load(text)
    assert written["calendars"]["default"] == {"country": "AT"}
    assert written["sources"]["jira"]["auth"] == {
        "email": "slipwatch@acme.example",
        "token": {"file": "secret/jira-token"},
    }
    assert written["sources"]["jira"]["projects"] == ["P07", "P00", "P01"]
    assert written["sources"]["github"]["auth"] == {"token": {"env": "HUB"}}
    assert [one["title"] for one in written["programs"]] == [
        "Check: #out",
        "Product 0 and Product 1",
    ]
    assert "#   - {milestone: product-7/7.0}  # acme/web#1 waits for P07-1\n" in text
    check = slipwatch("config", "check")
    assert check.code == 0, check.err


def test_what_is_wrong_is_told_and_asked_again_and_an_export_is_named(
    sites: DemoServers, tmp_path: Path
) -> None:
    with Talk(tmp_path, "init", "--country", "none", "--timezone", "UTC") as talk:
        talk.hear(ADDRESS)
        talk.say("what is this")
        talk.hear("that is no web address")
        introduce(talk, sites.jira_cloud.url, "open-sesame-wrong")
        talk.hear("the credentials were not accepted; renew the token")
        introduce(talk, sites.jira_cloud.url, CLOUD)
        talk.hear(SEARCH)
        talk.say("")
        talk.hear("Choose at least one")
        talk.hear(SEARCH)
        talk.say("P05")
        talk.hear("[P05]:")
        talk.say("")
        talk.hear("you set JIRA_TOKEN")
        talk.say("")
        talk.hear("Another source?")
        talk.say("")
        talk.hear("Which milestones")
        talk.say("none")
        talk.hear("none):")
        talk.say("")
        talk.hear("Title of the program of P05 [Product 5]:")
        talk.say("")
        code = talk.end()

    assert code == 0, talk.seen
    assert "read -rs JIRA_TOKEN; export JIRA_TOKEN" in talk.seen
    assert "open-sesame" not in talk.seen
    assert secret_places(tmp_path) == []
    written = yaml.safe_load((tmp_path / "slipwatch.yaml").read_text())
    assert written["sources"]["jira"]["auth"]["token"] == {"env": "JIRA_TOKEN"}
    assert "milestones" not in written["programs"][0]["projects"][0]


def test_interrupting_it_leaves_nothing_behind_and_nothing_is_written_over(
    sites: DemoServers, tmp_path: Path
) -> None:
    (tmp_path / "mine").write_text("precious")
    with Talk(tmp_path, "init") as talk:
        introduce(talk, sites.jira_cloud.url, CLOUD)
        talk.hear(SEARCH)
        talk.say("all")
        talk.hear("[40 chosen]:")
        talk.say("")
        talk.hear("File to keep the token in")
        talk.say("mine")
        talk.hear("mine is there already")
        talk.press("\x03")
        code = talk.end()

    assert code == 130
    assert "stopped: nothing was written" in talk.seen
    assert (tmp_path / "mine").read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_the_end_of_the_input_is_the_end_of_it(tmp_path: Path) -> None:
    with Talk(tmp_path, "init") as talk:
        talk.hear(ADDRESS)
        talk.press("\x04")
        code = talk.end()

    assert code == 130
    assert "stopped: nothing was written" in talk.seen
    assert list(tmp_path.iterdir()) == []


def test_flags_are_not_asked_for_at_a_terminal_and_yes_asks_nothing(
    sites: DemoServers, tmp_path: Path
) -> None:
    given = ("--url", sites.github.url, "--token-env", "HUB", "--repository", "acme/web")
    with Talk(tmp_path, "init", *given, "--yes", env={"HUB": GITHUB}) as talk:
        code = talk.end()

    assert code == 0, talk.seen
    assert "?" not in talk.seen
    assert "projects 1, milestones 1" in talk.seen
