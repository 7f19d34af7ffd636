"""What an operator writes about a Jira source."""

import re
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from slipwatch.config.base import Secret, Settings, at_key
from slipwatch.config.guide import Guide
from slipwatch.config.sources import HttpSourceSettings

from ..registers import RegisterFields
from .guide import GATEWAY, GUIDE


def _project_key(value: str) -> str:
    if not re.fullmatch(r"[A-Z][A-Z0-9_]+", value):
        raise ValueError(
            f"{value!r} is no project key: write the capitals before an issue's number, "
            "as in PAY for PAY-3"
        )
    return value


REGISTER = "register."
"""Begins the roles of fields that registers ask for."""
ProjectKey = Annotated[str, AfterValidator(_project_key)]


class JiraAuth(Settings):
    """``email`` and ``token`` is basic (Cloud); ``token`` alone a bearer (Data Center, OAuth)."""

    email: str | None = Field(default=None, description="The account's address, on Cloud.")
    token: Secret = Field(description="API token (Cloud) or personal access token (Data Center).")


class JiraFields(Settings):
    """Custom fields, by id (``customfield_10015``) or by name (``Target start``).

    What is left out is found by the types that Jira gives to its own fields.
    """

    start: str | None = Field(
        default=None, description="Planned start; default: Target start, else Start date."
    )
    end: str | None = Field(
        default=None,
        description="Planned end; wins over the due date where it is set. Default: Target end, "
        "where there is no due date.",
    )
    points: str | None = Field(
        default=None, description="Estimate; default: Story Points or Story point estimate."
    )
    epic: str | None = Field(
        default=None, description="Epic link, where issues have no parent field (Data Center)."
    )
    parent: str | None = Field(
        default=None, description="Parent link, which leads above epics (Data Center)."
    )
    sprint: str | None = Field(default=None, description="Sprints that an issue is or was in.")
    flagged: str | None = Field(default=None, description="The flag that marks an impediment.")
    reported: str | None = Field(
        default=None,
        description="A field in which people report a status themselves: a choice or a text such "
        "as Green or At risk. Without it none is read.",
    )

    register_: RegisterFields = Field(
        default_factory=RegisterFields,
        alias="register",
        description="Fields of risks and issues, by id or by name.",
    )

    def named(self) -> dict[str, str]:
        """Give what is configured, by role."""
        own = {role: name for role, name in self if isinstance(name, str)}
        return own | {REGISTER + role: name for role, name in self.register_.named().items()}


class JiraLinks(Settings):
    """The link types that say an issue cannot be finished before another.

    A type is given by its name, its id, or how it reads in one direction ("is needed by"). Its
    direction follows its words where they are clear in English, else what it is listed under.
    """

    blocks: tuple[str, ...] = Field(
        default=("Blocks",), description="Types where the source comes first."
    )
    depends: tuple[str, ...] = Field(
        default=(), description="Types where the target comes first (source depends on target)."
    )


class JiraSettings(HttpSourceSettings):
    """A Jira Cloud or Jira Data Center site."""

    guide: ClassVar[Guide | None] = GUIDE

    kind: Literal["jira"] = Field(  # pyright: ignore[reportIncompatibleVariableOverride]  # frozen
        description="Which connector reads it."
    )
    auth: JiraAuth = Field(description="Who reads.")
    projects: tuple[ProjectKey, ...] = Field(min_length=1, description="Keys of the projects.")
    fields: JiraFields = Field(default_factory=JiraFields, description="Which fields hold what.")
    links: JiraLinks = Field(default_factory=JiraLinks, description="Which link types count.")
    remote_links: bool = Field(
        default=False,
        description="Read links to other tools too; costs one request per changed issue.",
    )
    sprints: bool = Field(
        default=True,
        description="Read sprints as milestones; costs one request per board and sync, since "
        "their dates have no history.",
    )
    worklogs: bool = Field(
        default=False,
        description="Read the time that was logged on issues, for budgets that go by it: how long "
        "and when, not by whom; costs one request per changed issue with more than 20 entries.",
    )
    dropped: tuple[str, ...] = Field(
        default=(),
        description="Further resolutions or statuses that mean an issue was dropped, not done.",
    )
    deployment: Literal["cloud", "datacenter"] | None = Field(
        default=None, description="Which Jira it is; default: the site is asked."
    )
    browse_url: str | None = Field(
        default=None, description="Address that people open, if it is not the API's."
    )
    page_size: int = Field(
        default=500, ge=1, le=5000, description="Issues asked for at once; the site may give less."
    )

    @field_validator("browse_url")
    @classmethod
    def _can_be_opened(cls, value: str | None) -> str | None:
        """Refuse what is no web address: it is what links are made of."""
        if value is None:
            return None
        if re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", value) is None:
            raise ValueError("expected a base URL such as https://acme.atlassian.net")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _has_links_to_open(self) -> Self:
        if urlsplit(self.url).hostname == GATEWAY and self.browse_url is None:
            raise at_key(
                "browse_url",
                f"links cannot be opened at {GATEWAY}: write the site's own address, "
                "such as https://acme.atlassian.net",
            )
        return self
