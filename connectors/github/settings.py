"""What an operator writes about a GitHub source."""

import re
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from slipwatch.config.base import Secret, Settings
from slipwatch.config.guide import Guide
from slipwatch.config.sources import HttpSourceSettings

from .guide import GUIDE, PUBLIC


def _repository(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9_.-]+", value):
        raise ValueError(f"{value!r} is no repository: write owner/name, as in acme/api")
    return value


def _organization(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", value):
        raise ValueError(f"{value!r} is no organization: write its name, as in acme")
    return value


RepositoryName = Annotated[str, AfterValidator(_repository)]
OrganizationName = Annotated[str, AfterValidator(_organization)]


class TokenAuth(Settings):
    """A personal access token; it needs to read issues and metadata."""

    token: Secret


class AppAuth(Settings):
    """An installation of a GitHub App; it needs to read issues and metadata."""

    app_id: int = Field(gt=0, description="The App's id.")
    installation_id: int = Field(gt=0, description="Where it is installed.")
    private_key: Secret = Field(description="Its private key, PEM.")


class GitHubSettings(HttpSourceSettings):
    """github.com, or a GitHub Enterprise Server."""

    guide: ClassVar[Guide | None] = GUIDE

    kind: Literal["github"] = Field(  # pyright: ignore[reportIncompatibleVariableOverride]  # frozen
        description="Which connector reads it."
    )
    url: str = Field(default=PUBLIC, description=f"{PUBLIC} or https://HOST/api/v3.")
    auth: TokenAuth | AppAuth = Field(description="Who reads.")
    repositories: tuple[RepositoryName, ...] = Field(
        default=(), description="Repositories to read, owner/name."
    )
    organizations: tuple[OrganizationName, ...] = Field(
        default=(), description="Organizations all of whose living repositories are read."
    )
    blocked_labels: tuple[str, ...] = Field(
        default=("blocked",), description="Labels that say an issue is blocked."
    )
    include_pull_requests: bool = Field(
        default=True, description="Keep pull requests, marked as such; they are never scope."
    )

    @field_validator("url")
    @classmethod
    def _is_base_url(cls, value: str) -> str:
        """Refuse what is no base URL, without repeating it: it may hold a password."""
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"expected {PUBLIC} or https://HOST/api/v3")
        if parts.username is not None or parts.query or parts.fragment:
            raise ValueError("a base URL holds no credentials and no query: write them in auth")
        if parts.hostname in {"github.com", "www.github.com"}:
            raise ValueError(f"that is where people look; the API is at {PUBLIC}")
        return value.rstrip("/")

    @field_validator("repositories")
    @classmethod
    def _are_different(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        folded = [name.casefold() for name in value]
        for name in value:
            if folded.count(name.casefold()) > 1:
                raise ValueError(f"{name} is listed twice")
        return value

    @model_validator(mode="after")
    def _reads_something(self) -> Self:
        if not self.repositories and not self.organizations:
            raise ValueError("name at least one repository (owner/name) or organization")
        return self
