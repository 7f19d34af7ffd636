"""init with everything on the command line: what it finds, writes and refuses."""

import re
import stat
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import yaml
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from slipwatch.demo import Company, DemoServers, World
from tests.clock import TODAY

from ..connectors.canned import CannedServer
from .running import Commands, Done

CLOUD, DC, GITHUB = (f"open-sesame-{name}-0123456789" for name in ("cloud", "dc", "github"))


@pytest.fixture(scope="module")
def company() -> World:
    """Give the trackers of a company on its first day, which is today."""
    world = Company(TODAY).world
    world.jira_cloud.token, world.jira_dc.token, world.github.token = CLOUD, DC, GITHUB
    return world


@pytest.fixture(scope="module")
def sites(company: World) -> Iterator[DemoServers]:
    with DemoServers(company) as running:
        yield running


@pytest.fixture(autouse=True)
def _tokens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JIRA_TOKEN", CLOUD)
    monkeypatch.setenv("DC_TOKEN", DC)
    monkeypatch.setenv("GITHUB_TOKEN", GITHUB)
    (tmp_path / "dc-token").write_text(DC)


def all_of(sites: DemoServers) -> list[str]:
    """Name the three sites with their tokens."""
    return [
        *("--url", sites.jira_cloud.url, "--email", "slipwatch@acme.example"),
        *("--url", sites.jira_dc.url, "--email", "", "--url", sites.github.url),
        *("--token-env", "JIRA_TOKEN", "--token-env", "DC_TOKEN", "--token-env", "GITHUB_TOKEN"),
    ]


def jira(sites: DemoServers, *further: str) -> list[str]:
    return ["--url", sites.jira_cloud.url, "--email", "slipwatch@acme.example", *further]


def files(folder: Path) -> dict[str, bytes]:
    """Give every file in a folder but the one that holds a token by intent."""
    return {
        path.name: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "dc-token"
    }


def refused(done: Done, folder: Path, *, code: int) -> str:
    """Check that a command ended with nothing written and no token shown; give its complaint."""
    assert done.code == code, done.err
    assert done.out == ""
    assert "Traceback" not in done.err
    written = {name for name in files(folder) if not name.startswith("command")}
    assert written <= {"slipwatch.db"}
    assert "open-sesame" not in done.err
    return done.err


def test_three_trackers_become_one_file_that_can_be_run(
    slipwatch: Commands, sites: DemoServers, tmp_path: Path
) -> None:
    done = slipwatch("init", *all_of(sites), "--all", "--yes", "--log-level", "debug")

    assert done.code == 0, done.err
    assert "Jira Cloud; the token belongs to Slipwatch Service" in done.err
    assert "Jira Data Center 9.12.15; the token belongs to" in done.err
    assert "GitHub Enterprise Server; the token belongs to slipwatch" in done.err
    assert "(sources 3, programs 2, projects 6, milestones 11, dependencies seen 5)" in done.out
    for step in ("config check", "sync", "assess", "run"):
        assert f"slipwatch {step}" in done.out
    told = [slipwatch(*command.split()) for command in ("config check", "sync", "assess")]
    assert [one.code for one in told] == [0, 0, 0], [one.err for one in told]
    assert "3 sources, 2 programs, 11 listed milestones" in told[0].out
    rows = [line.split() for line in told[2].out.splitlines() if "/" in line]
    known = {row[1]: row[0] for row in rows if row and row[0] in {"green", "amber", "red", "grey"}}
    assert {name.split("/")[-1] for name in known} >= {"payments-2.0", "cart-redesign", "login-2.0"}
    assert "grey" not in known.values()
    text = (tmp_path / "slipwatch.yaml").read_text()
    assert "{env: JIRA_TOKEN}" in text
    assert "{env: DC_TOKEN}" in text
    assert not any(b"open-sesame" in data for data in files(tmp_path).values())


def test_what_it_writes_explains_itself_and_keeps_proposals_apart(
    slipwatch: Commands, sites: DemoServers, tmp_path: Path
) -> None:
    done = slipwatch("init", *all_of(sites), "--all", "--yes")
    assert done.code == 0, done.err
    text = (tmp_path / "slipwatch.yaml").read_text()
    written = yaml.safe_load(text)

    assert written["timezone"] == "Europe/Berlin"
    assert written["calendars"] == {"default": {"country": "DE"}}
    assert [source["kind"] for source in written["sources"].values()] == ["jira", "jira", "github"]
    projects = {one["id"]: one for one in written["programs"][0]["projects"]}
    assert projects["payments"]["title"] == "Payments"
    assert projects["payments"]["discover"] == ["versions"]
    assert projects["payments"]["scope"] == [{"source": "jira", "project": "PAY"}]
    first = projects["payments"]["milestones"][0]
    assert first["from"] == [{"source": "jira", "project": "PAY", "version": "Payments 2.0"}]
    assert first["commitment"] > TODAY
    assert "depends_on" not in text.replace("# depends_on", "").replace("`depends_on`", "")
    assert re.search(
        r"# +- \{milestone: api/api-v2\}  # PAY-\d+ waits for acme/api#\d+, PAY-", text
    )
    assert re.search(
        r"# +- \{milestone: identity/login-2.0\}  # acme/api#\d+ waits for IDENT-", text
    )
    assert all(len(line) < 140 for line in text.splitlines())

    (tmp_path / "slipwatch.yaml").write_text(
        re.sub(r"^( +)# (depends_on:|  - )", r"\1\2", text, flags=re.MULTILINE)
    )
    assert text.count("# depends_on:") == 4
    check = slipwatch("config", "check")
    assert check.code == 0, check.err


def test_scopes_are_looked_for_where_they_can_be(
    slipwatch: Commands, sites: DemoServers, tmp_path: Path
) -> None:
    chosen = ("--project", "IDENT", "--project", "WEB", "--repository", "acme/api")
    named = ("--program", "Checkout", "--timezone", "America/New_York", "--country", "none")

    done = slipwatch("init", *all_of(sites), *chosen, *named, "--output", "conf/watch.yaml")

    assert done.code == 0, done.err
    written = yaml.safe_load((tmp_path / "conf/watch.yaml").read_text())
    assert written["timezone"] == "America/New_York"
    assert written["calendars"]["default"] == {"workdays": ["mon", "tue", "wed", "thu", "fri"]}
    assert written["sources"]["jira"]["projects"] == ["WEB"]
    assert written["sources"]["jira-2"]["projects"] == ["IDENT"]
    assert written["sources"]["github"]["repositories"] == ["acme/api"]
    assert [one["title"] for one in written["programs"]] == ["Checkout"]
    assert "slipwatch sync --config conf/watch.yaml" in done.out
    assert slipwatch("config", "check", "--config", "conf/watch.yaml").code == 0


def test_links_decide_what_belongs_to_one_program(
    slipwatch: Commands, sites: DemoServers, tmp_path: Path
) -> None:
    chosen = ("--project", "PAY", "--project", "WEB", "--project", "IDENT")

    done = slipwatch("init", *all_of(sites), *chosen, "--repository", "acme/mobile")

    assert done.code == 0, done.err
    written = yaml.safe_load((tmp_path / "slipwatch.yaml").read_text())
    parts = [[one["id"] for one in program["projects"]] for program in written["programs"]]
    assert parts == [["payments", "storefront", "mobile"], ["identity"]]


def test_an_organization_is_read_whole(
    slipwatch: Commands, sites: DemoServers, tmp_path: Path
) -> None:
    done = slipwatch("init", "--url", f"{sites.github.url}/acme", "--yes")

    assert done.code == 0, done.err
    written = yaml.safe_load((tmp_path / "slipwatch.yaml").read_text())
    assert written["sources"]["github"]["organizations"] == ["acme"]
    assert "repositories" not in written["sources"]["github"]
    assert {one["id"] for one in written["programs"][0]["projects"]} == {"api", "mobile"}
    assert slipwatch("config", "check").code == 0


def test_an_address_of_an_issue_is_enough(
    slipwatch: Commands, sites: DemoServers, tmp_path: Path
) -> None:
    url = f"{sites.jira_dc.url}/browse/IDENT-12"

    done = slipwatch("init", "--url", url, "--token-file", "dc-token", "--output", "sub/a.yaml")

    assert done.code == 0, done.err
    source = yaml.safe_load((tmp_path / "sub/a.yaml").read_text())["sources"]["jira"]
    assert source["url"] == sites.jira_dc.url
    assert source["projects"] == ["IDENT"]
    assert source["auth"] == {"token": {"file": str(tmp_path / "dc-token")}}
    assert slipwatch("sync", "--config", "sub/a.yaml").code == 0


def test_a_file_that_is_there_is_kept_unless_told_otherwise(
    slipwatch: Commands, sites: DemoServers, tmp_path: Path
) -> None:
    path = tmp_path / "slipwatch.yaml"
    path.write_text("mine\n")
    path.chmod(0o640)

    kept = slipwatch("init", *jira(sites, "--project", "PAY"))
    before = path.read_text()
    failed = slipwatch("init", *jira(sites, "--project", "NOPE", "--force"))
    after = path.read_text()
    forced = slipwatch("init", *jira(sites, "--project", "PAY", "--force"))

    assert (kept.code, failed.code, forced.code) == (2, 3, 0)
    assert "is there already" in kept.err
    assert "--force" in kept.err
    assert before == after == "mine\n"
    assert "projects: [PAY]" in path.read_text()


def test_a_file_is_as_readable_as_others_of_its_owner(
    slipwatch: Commands, sites: DemoServers, tmp_path: Path
) -> None:
    assert slipwatch("init", *jira(sites, "--project", "PAY")).code == 0
    other = tmp_path / "other"
    other.touch()

    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("slipwatch.yaml", "other")]
    assert modes[0] == modes[1]


USAGE = {
    "no source": ([], "name the sources with --url"),
    "no address": (["--url", "what is this"], "that is no web address"),
    "a password in it": (["--url", "https://dana:open-sesame@acme.example"], "no credentials"),
    "no such variable": (
        ["--url", "CLOUD", "--token-env", "NOBODY_SET_IT"],
        "NOBODY_SET_IT is not set",
    ),
    "a token as its name": (
        ["--url", "CLOUD", "--token-env", "ghp_open-sesame"],
        "looks like the secret itself",
    ),
    "no such file": (["--url", "CLOUD", "--token-file", "nowhere"], "cannot read"),
    "both kinds": (
        ["--url", "CLOUD", "--token-env", "DC_TOKEN", "--token-file", "dc-token"],
        "either",
    ),
    "more tokens than sites": (["--url", "CLOUD", *["--token-env", "DC_TOKEN"] * 2], "more often"),
    "no such form": (["--url", "GITHUB", "--repository", "../x"], "no source can have ../x"),
    "nothing chosen": (["--url", "GITHUB"], "--repository acme/web"),
    "no e-mail address": (["--url", "https://acme.atlassian.net", "--all"], "add --email"),
    "no time zone": (["--url", "GITHUB", "--all", "--timezone", "Europe/Berlim"], "no time zone"),
    "no country": (["--url", "GITHUB", "--all", "--country", "Bavaria"], "code such as DE"),
}


@pytest.mark.parametrize("case", USAGE)
def test_what_cannot_be_meant_is_refused_with_2(
    slipwatch: Commands, sites: DemoServers, tmp_path: Path, case: str
) -> None:
    places = {"CLOUD": sites.jira_cloud.url, "GITHUB": sites.github.url}
    arguments, words = USAGE[case]

    done = slipwatch("init", *(places.get(one, one) for one in arguments))

    assert words in refused(done, tmp_path, code=2)


def test_a_wrong_token_is_refused_with_3(
    slipwatch: Commands, sites: DemoServers, tmp_path: Path
) -> None:
    done = slipwatch("init", *jira(sites, "--all"), JIRA_TOKEN="open-sesame-wrong")

    said = refused(done, tmp_path, code=3)
    assert "the credentials were not accepted; renew the token" in said
    assert "github" not in said
    assert "gitlab" not in said


def test_a_project_that_cannot_be_seen_is_named(
    slipwatch: Commands, sites: DemoServers, tmp_path: Path
) -> None:
    one = slipwatch("init", *jira(sites, "--project", "NOPE"))
    chosen = ("--project", "PAY", "--project", "NOPE", "--repository", "acme/api")
    several = slipwatch("init", *all_of(sites), *chosen)

    for done in (one, several):
        assert "NOPE does not exist, or the account may not see it" in refused(
            done, tmp_path, code=3
        )


def test_an_account_that_sees_nothing_is_told_so(
    slipwatch: Commands, sites: DemoServers, company: World, tmp_path: Path
) -> None:
    with company.lock:
        hidden, company.jira_cloud.projects = company.jira_cloud.projects, {}
    try:
        done = slipwatch("init", *jira(sites, "--all"))
    finally:
        company.jira_cloud.projects = hidden

    assert "the account sees no projects: check the permissions" in refused(done, tmp_path, code=3)


def test_a_page_in_place_of_the_api_is_told_apart_from_a_wrong_token(
    slipwatch: Commands, sites: DemoServers, tmp_path: Path
) -> None:
    def page(_request: Request) -> Response:
        return PlainTextResponse("<html>Please log in</html>", media_type="text/html")

    sites.jira_dc.fault = page
    try:
        done = slipwatch("init", "--url", sites.jira_dc.url, "--token-env", "DC_TOKEN", "--all")
    finally:
        sites.jira_dc.fault = None

    said = refused(done, tmp_path, code=3)
    assert "jira: GET /rest/api/2/serverInfo answered 200 with something that is not JSON" in said
    assert "a log-in page or a proxy may answer" in said


def test_nobody_there_is_told(slipwatch: Commands, tmp_path: Path) -> None:
    done = slipwatch("init", "--url", "http://127.0.0.1:9", "--token-env", "DC_TOKEN", "--all")

    said = refused(done, tmp_path, code=3)
    assert said.count("got no connection") == 1
    assert "check it, and --ca-file or --proxy where they are needed" in said
    assert "log-in page" not in said


def test_a_folder_that_cannot_be_written_is_a_matter_of_the_operator(
    slipwatch: Commands, sites: DemoServers, tmp_path: Path
) -> None:
    (tmp_path / "a-file").touch()
    done = slipwatch("init", *jira(sites, "--project", "PAY", "--output", "a-file/x.yaml"))

    assert done.code == 2
    assert "a-file" in done.err
    assert "Traceback" not in done.err
    assert list(tmp_path.glob(".*")) == []


def test_days_that_have_passed_are_no_promise(
    slipwatch: Commands, sites: DemoServers, company: World, tmp_path: Path
) -> None:
    project = company.jira_cloud.projects["WEB"]
    with company.lock:
        company.jira_cloud.add_version(project, "Overdue", release=date(2020, 1, 1))
        company.jira_cloud.add_version(project, "Some day")
    try:
        done = slipwatch("init", *jira(sites, "--project", "WEB"))
    finally:
        del project.versions[-2:]

    assert done.code == 0, done.err
    written = yaml.safe_load((tmp_path / "slipwatch.yaml").read_text())
    listed = [one["id"] for one in written["programs"][0]["projects"][0]["milestones"]]
    assert listed == ["cart-redesign", "storefront-4.0"]


def test_a_token_with_scopes_goes_through_the_gateway_and_people_to_the_site(
    slipwatch: Commands, tmp_path: Path
) -> None:
    base = "/ex/jira/11f-22"
    with CannedServer() as gateway:
        info = {"deploymentType": "Cloud", "baseUrl": "https://acme.atlassian.net"}
        gateway.answer(f"{base}/rest/api/2/serverInfo", info)
        gateway.answer(f"{base}/rest/api/2/myself", {"displayName": "A service account"})
        gateway.answer(f"{base}/rest/api/2/mypermissions", {"permissions": {}})
        gateway.answer(f"{base}/rest/api/2/project/PAY", {"key": "PAY", "name": "Payments"})
        gateway.answer(f"{base}/rest/api/2/project/PAY/versions", [])
        url = f"http://api.atlassian.com{base}/rest/api/3/project/PAY"
        done = slipwatch("init", "--url", url, "--project", "PAY", "--proxy", gateway.url)

    assert done.code == 0, done.err
    source = yaml.safe_load((tmp_path / "slipwatch.yaml").read_text())["sources"]["jira"]
    assert source["url"] == f"http://api.atlassian.com{base}"
    assert source["browse_url"] == "https://acme.atlassian.net"
    assert source["proxy"] == gateway.url
    assert slipwatch("config", "check").code == 0


def test_what_is_named_twice_is_read_once(
    slipwatch: Commands, sites: DemoServers, tmp_path: Path
) -> None:
    twice = ("--repository", "acme/api", "--repository", "acme/API", "--organization", "acme")

    done = slipwatch("init", "--url", sites.github.url, *twice)

    assert done.code == 0, done.err
    written = yaml.safe_load((tmp_path / "slipwatch.yaml").read_text())
    assert [one["id"] for one in written["programs"][0]["projects"]] == ["api", "mobile"]
    assert slipwatch("config", "check").code == 0
