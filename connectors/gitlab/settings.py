"""What an operator writes about a GitLab source."""

import re
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from slipwatch.config.base import Secret, Settings
from slipwatch.config.guide import Guide
from slipwatch.config.sources import HttpSourceSettings

from ..patterns import chosen
from .guide import GUIDE, PUBLIC

_SEGMENT = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"


def _project(value: str) -> str:
    if not re.fullmatch(rf"{_SEGMENT}(/{_SEGMENT})+", value):
        raise ValueError(f"{value!r} is no project: write its path, as in acme/api")
    return value


def _group(value: str) -> str:
    if not re.fullmatch(rf"{_SEGMENT}(/{_SEGMENT})*", value):
        raise ValueError(f"{value!r} is no group: write its path, as in acme or acme/platform")
    return value


ProjectPath = Annotated[str, AfterValidator(_project)]
GroupPath = Annotated[str, AfterValidator(_group)]


class Group(Settings):
    """A group whose epics are read, and its projects as far as patterns choose them.

    Patterns are of paths below the group, such as `api` or `platform/*`, with `*`, `?` and
    `[abc]`; capitals do not matter.
    """

    path: GroupPath = Field(description="Its path, as in acme or acme/platform.")
    include: tuple[str, ...] = Field(default=("*",), description="Projects to read.")
    exclude: tuple[str, ...] = Field(default=(), description="Projects to leave out of these.")

    def chooses(self, project: str) -> bool:
        """Tell whether a project, by its path below the group, is to be read."""
        return chosen(project, include=self.include, exclude=self.exclude)


class GitLabAuth(Settings):
    """A personal, group or project access token, or an OAuth token; it needs ``read_api``."""

    token: Secret = Field(description="Access token with the scope read_api.")


class GitLabSettings(HttpSourceSettings):
    """gitlab.com, or a GitLab of one's own."""

    guide: ClassVar[Guide | None] = GUIDE

    kind: Literal["gitlab"] = Field(  # pyright: ignore[reportIncompatibleVariableOverride]  # frozen
        description="Which connector reads it."
    )
    url: str = Field(default=PUBLIC, description=f"{PUBLIC} or https://HOST, without /api/v4.")
    auth: GitLabAuth = Field(description="Who reads.")
    projects: tuple[ProjectPath, ...] = Field(
        default=(), description="Projects to read, by path: acme/api."
    )
    groups: tuple[GroupPath | Group, ...] = Field(
        default=(),
        description="Groups whose epics are read, and all of whose living projects, those of "
        "subgroups too.",
    )
    blocked_labels: tuple[str, ...] = Field(
        default=("blocked",), description="Labels that say an issue is blocked."
    )
    dropped_labels: tuple[str, ...] = Field(
        default=("duplicate", "wontfix"),
        description="Labels that say a closed issue was dropped, not done.",
    )
    history: bool = Field(
        default=True,
        description="Read when issues were closed, reopened and moved between milestones and "
        "iterations; costs up to three requests per changed issue.",
    )
    links: bool = Field(
        default=True, description="Read linked issues; costs one request per changed issue."
    )

    @field_validator("url")
    @classmethod
    def _has_no_api_path(cls, value: str) -> str:
        return value.removesuffix("/api/v4")

    @property
    def whole_groups(self) -> tuple[Group, ...]:
        """The groups, each with its patterns."""
        return tuple(one if isinstance(one, Group) else Group(path=one) for one in self.groups)

    @field_validator("projects", "groups")
    @classmethod
    def _are_different(cls, value: tuple[str | Group, ...]) -> tuple[str | Group, ...]:
        names = [one.path if isinstance(one, Group) else one for one in value]
        folded = [name.casefold() for name in names]
        for name in names:
            if folded.count(name.casefold()) > 1:
                raise ValueError(f"{name} is listed twice")
        return value

    @model_validator(mode="after")
    def _reads_something(self) -> Self:
        if not self.projects and not self.groups:
            raise ValueError("name at least one project (acme/api) or group")
        return self
