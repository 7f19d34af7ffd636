"""What an operator may write about a GitHub source."""

from typing import Any

import pytest
from pydantic import ValidationError

from slipwatch.connectors.github.settings import AppAuth, GitHubSettings, Organization, TokenAuth

TOKEN = {"token": {"env": "GITHUB_TOKEN"}}


def settings(**given: Any) -> GitHubSettings:
    return GitHubSettings.model_validate(
        {"kind": "github", "auth": TOKEN, "repositories": ["acme/api"]} | given
    )


def test_a_token_and_a_repository_are_enough() -> None:
    found = settings()
    assert found.url == "https://api.github.com"
    assert isinstance(found.auth, TokenAuth)
    assert found.pull_requests == "keep"
    assert found.blocked_labels == ("blocked",)


def test_an_app_is_named_by_its_ids_and_its_key() -> None:
    auth = {"app_id": 7, "installation_id": 8, "private_key": {"file": "/run/secrets/app.pem"}}
    assert isinstance(settings(auth=auth).auth, AppAuth)


def test_an_organization_stands_for_its_repositories() -> None:
    assert settings(repositories=[], organizations=["acme"]).organizations == ("acme",)


def test_an_enterprise_server_is_named_by_its_api() -> None:
    assert settings(url="https://ghe.acme.example/api/v3/").url == "https://ghe.acme.example/api/v3"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"repositories": []}, "name at least one repository"),
        ({"repositories": ["api"]}, "'api' is no repository: write owner/name"),
        ({"repositories": ["acme/api/issues"]}, "is no repository"),
        ({"repositories": ["acme/api", "Acme/API"]}, "acme/api is listed twice"),
        ({"organizations": ["acme/api"]}, "'acme/api' is no organization"),
        ({"url": "api.github.com"}, "expected https://api.github.com or https://HOST/api/v3"),
        ({"url": "https://github.com/acme"}, "the API is at https://api.github.com"),
        ({"url": "https://me:hunter2@ghe.example/api/v3"}, "holds no credentials"),
        ({"url": "https://ghe.example/api/v3?access_token=x"}, "holds no credentials"),
        ({"auth": {"app_id": 7, "private_key": {"env": "KEY"}}}, "installation_id"),
        ({"repos": ["acme/api"]}, "repos"),
    ],
)
def test_what_cannot_be_meant_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(**given)
    text = str(refused.value.errors(include_input=False, include_url=False))
    assert message in text


def test_an_organization_may_choose_its_repositories() -> None:
    web = {"name": "acme", "include": ["web-*"], "exclude": ["*-archive"]}
    (found,) = settings(repositories=[], organizations=[web]).organizations
    assert isinstance(found, Organization)
    assert [found.chooses(name) for name in ("web-app", "WEB-1", "web-archive", "api")] == [
        True,
        True,
        False,
        False,
    ]


def test_a_project_has_the_fields_that_github_proposes() -> None:
    (found,) = settings(projects=[{"owner": "acme", "number": 3}]).projects
    assert (found.start, found.end, found.iteration) == ("Start date", "Target date", "Iteration")
