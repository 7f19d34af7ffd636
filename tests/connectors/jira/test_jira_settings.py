"""What an operator may write about a Jira source, and what is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from slipwatch.connectors.jira.settings import JiraSettings

LEAST: dict[str, Any] = {
    "kind": "jira",
    "url": "https://acme.atlassian.net/",
    "auth": {"email": "pm@acme.example", "token": {"env": "JIRA_TOKEN"}},
    "projects": ["PAY"],
}


def test_little_is_needed() -> None:
    settings = JiraSettings.model_validate(LEAST)

    assert settings.url == "https://acme.atlassian.net"
    assert settings.links.blocks == ("Blocks",)
    assert settings.fields.named() == {}
    assert settings.deployment is None


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"projects": []}, "at least 1 item"),
        ({"projects": ["pay"]}, "is no project key: write the capitals"),
        ({"projects": ['PAY" OR project = "HR']}, "is no project key"),
        ({"browse_url": "javascript:alert(1)"}, "expected a base URL"),
        ({"browse_url": "https://user:secret@jira.example"}, "expected a base URL"),
        ({"url": "https://api.atlassian.com/ex/jira/123"}, "links cannot be opened"),
        ({"auth": {"token": "ATATT-secret"}}, "a secret is never written into the file"),
        ({"fields": {"finish": "Target end"}}, "Extra inputs are not permitted"),
        ({"deployment": "server"}, "'cloud' or 'datacenter'"),
        ({"page_size": 0}, "greater than or equal to 1"),
    ],
    ids=str,
)
def test_mistakes_are_refused_without_showing_a_secret(more: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem) as caught:
        JiraSettings.model_validate(LEAST | more)

    assert "secret@" not in str(caught.value)
    assert "ATATT" not in str(caught.value)


def test_the_gateway_needs_an_address_for_links() -> None:
    settings = JiraSettings.model_validate(
        LEAST
        | {
            "url": "https://api.atlassian.com/ex/jira/123",
            "browse_url": "https://acme.atlassian.net/",
        }
    )

    assert settings.browse_url == "https://acme.atlassian.net"
