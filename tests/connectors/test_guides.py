"""Addresses as people copy them from a browser, and what is made of them."""

import pytest

from slipwatch.config.guide import split_url
from slipwatch.connectors.table import kinds

Read = tuple[str, str, tuple[str, ...], tuple[str, ...]]

JIRA = [
    ("https://acme.atlassian.net", "https://acme.atlassian.net", ()),
    ("acme.atlassian.net/", "https://acme.atlassian.net", ()),
    (
        "https://acme.atlassian.net/jira/software/projects/PAY",
        "https://acme.atlassian.net",
        ("PAY",),
    ),
    (
        "https://acme.atlassian.net/jira/software/c/projects/PAY/boards/12?x=y#z",
        "https://acme.atlassian.net",
        ("PAY",),
    ),
    ("https://acme.atlassian.net/browse/PAY-12", "https://acme.atlassian.net", ("PAY",)),
    ("https://ACME.atlassian.net/wiki", "https://ACME.atlassian.net", ()),
    ("https://jira.acme.com/browse/PAY-12", "https://jira.acme.com", ("PAY",)),
    ("https://acme.com/tools/jira/projects/PAY/summary", "https://acme.com/tools/jira", ("PAY",)),
    ("https://acme.com/jira/browse/PAY-3", "https://acme.com/jira", ("PAY",)),
    ("https://jira.acme.com:8443/rest/api/2/myself", "https://jira.acme.com:8443", ()),
    (
        "https://api.atlassian.com/ex/jira/11f-22/rest/api/3/myself",
        "https://api.atlassian.com/ex/jira/11f-22",
        (),
    ),
]
GITHUB: list[Read] = [
    ("https://github.com", "https://api.github.com", (), ()),
    ("github.com/acme/web", "https://api.github.com", ("acme/web",), ()),
    ("https://github.com/acme/web/issues/3", "https://api.github.com", ("acme/web",), ()),
    ("https://github.com/acme/web.git", "https://api.github.com", ("acme/web",), ()),
    ("https://github.com/acme", "https://api.github.com", (), ("acme",)),
    ("https://github.com/orgs/acme/repositories", "https://api.github.com", (), ("acme",)),
    ("https://github.com/settings/tokens", "https://api.github.com", (), ()),
    ("https://api.github.com/repos/acme/web", "https://api.github.com", ("acme/web",), ()),
    ("https://acme.ghe.com/pay/api", "https://api.acme.ghe.com", ("pay/api",), ()),
    ("https://api.acme.ghe.com", "https://api.acme.ghe.com", (), ()),
    ("https://github.acme.com/pay/api", "https://github.acme.com/api/v3", ("pay/api",), ()),
    ("https://git.acme.com/api/v3/repos/pay/api", "https://git.acme.com/api/v3", ("pay/api",), ()),
]
GITLAB: list[Read] = [
    ("https://gitlab.com", "https://gitlab.com", (), ()),
    ("gitlab.com/acme/web", "https://gitlab.com", ("acme/web",), ()),
    ("https://gitlab.com/acme/web.git", "https://gitlab.com", ("acme/web",), ()),
    ("https://gitlab.com/acme/a/b/-/issues/3", "https://gitlab.com", ("acme/a/b",), ()),
    ("https://gitlab.com/acme", "https://gitlab.com", (), ("acme",)),
    ("https://gitlab.com/groups/acme/a/-/milestones/3", "https://gitlab.com", (), ("acme/a",)),
    ("https://gitlab.com/dashboard/projects", "https://gitlab.com", (), ()),
    ("https://gitlab.com/-/user_settings/profile", "https://gitlab.com", (), ()),
    ("https://gitlab.acme.com/pay/api", "https://gitlab.acme.com", ("pay/api",), ()),
    ("https://git.acme.com/pay/api/-/boards", "https://git.acme.com", ("pay/api",), ()),
    ("https://acme.com/git/api/v4/projects/3", "https://acme.com/git", (), ()),
]
EITHER = ("https://tools.acme.com", "http://10.0.0.7:8080/", "https://tools.acme.com/a/b")


def recognised(text: str) -> dict[str, Read]:
    """Give what each kind makes of an address: the certain ones, or all."""
    found: dict[str, tuple[bool, Read]] = {}
    for name, kind in kinds().items():
        guide = kind.settings.guide
        address = guide.recognise(split_url(text)) if guide is not None else None
        if address is not None and name in {"jira", "github", "gitlab"}:
            read = (text, address.settings["url"], address.scopes, address.groups)
            found[name] = (address.certain, read)
    certain = {name: read for name, (sure, read) in found.items() if sure}
    return certain or {name: read for name, (_, read) in found.items()}


@pytest.mark.parametrize(("text", "url", "projects"), JIRA)
def test_an_address_of_jira_is_turned_into_the_apis(
    text: str, url: str, projects: tuple[str, ...]
) -> None:
    assert recognised(text) == {"jira": (text, url, projects, ())}


@pytest.mark.parametrize("read", GITHUB, ids=lambda read: str(read[0]))
def test_an_address_of_github_is_turned_into_the_apis(read: Read) -> None:
    assert recognised(read[0]) == {"github": read}


@pytest.mark.parametrize("read", GITLAB, ids=lambda read: str(read[0]))
def test_an_address_of_gitlab_is_turned_into_the_apis(read: Read) -> None:
    assert recognised(read[0]) == {"gitlab": read}


@pytest.mark.parametrize("text", EITHER)
def test_an_address_that_says_nothing_is_tried_as_each(text: str) -> None:
    assert set(recognised(text)) == {"jira", "github", "gitlab"}


@pytest.mark.parametrize(
    "text",
    ["", "not an address", "ftp://acme.com", "https://", "https://a:0", "http://[::1", "a\x00b"],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no web address"):
        split_url(text)


def test_credentials_in_an_address_are_refused_and_not_repeated() -> None:
    with pytest.raises(ValueError, match="holds no credentials") as caught:
        split_url("https://pm:open-sesame@acme.atlassian.net")

    assert "sesame" not in str(caught.value)
