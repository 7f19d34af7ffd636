"""What an operator writes about a GitHub source."""

import re
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from slipwatch.config.base import Secret, Settings
from slipwatch.config.guide import Guide
from slipwatch.config.sources import HttpSourceSettings

from ..patterns import chosen
from ..registers import RegisterFields
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
FieldName = Annotated[str, Field(min_length=1)]
REGISTER = "register."
"""Begins what fields are for that registers ask for."""


class Organization(Settings):
    """An organization whose repositories are read, as far as patterns choose them.

    Patterns are of repository names, with `*`, `?` and `[abc]`; capitals do not matter.
    """

    name: OrganizationName = Field(description="Its name, as in acme.")
    include: tuple[str, ...] = Field(default=("*",), description="Repositories to read.")
    exclude: tuple[str, ...] = Field(default=(), description="Repositories to leave out of these.")

    def chooses(self, repository: str) -> bool:
        """Tell whether a repository of the organization, by its short name, is to be read."""
        return chosen(repository, include=self.include, exclude=self.exclude)


class GitHubProject(Settings):
    """A project (Projects v2) whose fields plan issues; it is read whole at every sync."""

    owner: OrganizationName = Field(description="The organization or user it belongs to.")
    number: int = Field(gt=0, description="Its number, from its address.")
    start: FieldName | None = Field(default="Start date", description="Date field: planned start.")
    end: FieldName | None = Field(default="Target date", description="Date field: planned end.")
    iteration: FieldName | None = Field(
        default="Iteration", description="Iteration field; its iterations become sprints."
    )
    points: FieldName | None = Field(default="Estimate", description="Number field: the size.")
    reported: FieldName | None = Field(
        default=None,
        description="Field of one choice in which people report a status themselves, such as "
        "Green or At risk. Without it none is read.",
    )
    register_: RegisterFields = Field(
        default_factory=RegisterFields, alias="register", description="Fields of risks and issues."
    )


class IssueFields(Settings):
    """Which of an organization's issue fields plan an issue."""

    start: FieldName | None = Field(default="Start date", description="Date field: planned start.")
    end: FieldName | None = Field(default="Target date", description="Date field: planned end.")
    points: FieldName | None = Field(default="Estimate", description="Number field: the size.")
    register_: RegisterFields = Field(
        default_factory=RegisterFields, alias="register", description="Fields of risks and issues."
    )


class TokenAuth(Settings):
    """A personal access token.

    It needs to read issues and metadata, and pull requests where reviews decide a gate.
    """

    token: Secret


class AppAuth(Settings):
    """An installation of a GitHub App.

    It needs to read issues and metadata, and pull requests where reviews decide a gate.
    """

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
    concurrency: int = Field(
        default=1,
        ge=1,
        le=16,
        description="How many repositories are read at a time, and how many requests are under "
        "way at most; GitHub asks for one after the other.",
    )
    repositories: tuple[RepositoryName, ...] = Field(
        default=(), description="Repositories to read, owner/name."
    )
    organizations: tuple[OrganizationName | Organization, ...] = Field(
        default=(),
        description=(
            "Organizations whose repositories are read, forks too; archived and disabled ones "
            "are not."
        ),
    )
    blocked_labels: tuple[str, ...] = Field(
        default=("blocked",), description="Labels that say an issue is blocked."
    )
    pull_requests: Literal["skip", "keep", "work"] = Field(
        default="keep",
        description=(
            "`skip` leaves pull requests out, `keep` marks them as such (they are never scope), "
            "`work` takes them for work like issues."
        ),
    )
    api: Literal["auto", "rest", "graphql"] = Field(
        default="auto",
        description=(
            "Where sub-issues, dependencies and history are read: `auto` asks GraphQL where that "
            "saves requests and REST elsewhere. The facts are the same."
        ),
    )
    cross_references: bool = Field(
        default=False,
        description=(
            "Keep which issues mention an issue, as links without an order; without GraphQL it "
            "takes a request for each issue that changed."
        ),
    )
    fields: IssueFields = Field(
        default_factory=IssueFields, description="Issue fields that hold dates and sizes."
    )
    projects: tuple[GitHubProject, ...] = Field(
        default=(), description="Projects whose dates and iterations count, the first one first."
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
