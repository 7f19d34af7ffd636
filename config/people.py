"""Who works where, under which names, and what people say of their own projects."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from .base import Day, MissingSecretError, Secret, Settings, at_key
from .forms import Identifier, Text

Share = Annotated[float, Field(gt=0, le=1)]
"""A part of somebody's working time: 0.6 is three days of five."""
SHORTEST_KEY = 16
"""Characters of a key that nobody can guess."""


def _one_or_many(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


_TEXT = {"type": "string", "minLength": 1}
Names = Annotated[
    tuple[Text, ...],
    BeforeValidator(_one_or_many),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]}),
]
"""One name, or several."""


class LeaveSettings(Settings):
    """Days on which somebody, or a whole team, is away."""

    from_: Day = Field(alias="from", description="The first day.")
    to: Day = Field(description="The last day.")
    share: Share = Field(
        default=1.0, description="The part of the working time that is missing: 0.5 is half of it."
    )

    @model_validator(mode="after")
    def _goes_forward(self) -> Self:
        if self.from_ > self.to:
            raise at_key("to", f"it ends before it begins, {self.from_}")
        return self


class PersonSettings(Settings):
    """Somebody who works in several trackers: one person, whatever each of them calls her."""

    id: Identifier = Field(description="Unique in the file; what she is called everywhere.")
    accounts: dict[Identifier, Names] = Field(
        default_factory=dict[str, tuple[str, ...]],
        description="What a source calls her, as it shows assignees, by name of the source: one "
        "name or several.",
    )
    role: Identifier | None = Field(
        default=None,
        description="What she is, such as developer; hours that are logged in a tracker can be "
        "priced by it.",
    )
    capacity: Share = Field(
        default=1.0, description="The part of a full working week that she works: 0.8 is four days."
    )
    leave: tuple[LeaveSettings, ...] = Field(
        default=(),
        description="When she is away: her teams get less done on these days. She is the part of a "
        "team that `allocations` plan for it, or without any the part of its items that she "
        "finished in the last 13 weeks.",
    )


class AllocationSettings(Settings):
    """A part of somebody's working time that is planned for a project."""

    person: Identifier = Field(description="Who, as under `people`.")
    project: Text = Field(description="The project, as `program/project`.")
    share: Share = Field(description="Of a full working week: 0.6 is three days of five.")
    from_: Day | None = Field(default=None, alias="from", description="The first day it holds.")
    to: Day | None = Field(default=None, description="The last day it holds.")

    @model_validator(mode="after")
    def _goes_forward(self) -> Self:
        if self.from_ is not None and self.to is not None and self.from_ > self.to:
            raise at_key("to", f"it ends before it begins, {self.from_}")
        return self


class PrivacySettings(Settings):
    """Whether people appear by name."""

    pseudonymise: bool = Field(
        default=False,
        description="Whoever a tracker or `people` names appears under a pseudonym everywhere: "
        "metrics, pages, reports, findings, messages. Roles that this file names (lead, owner, "
        "sponsor, manager, approver) stay.",
    )
    key: Secret | None = Field(
        default=None,
        description="What pseudonyms are made with: the same key gives the same ones, and nobody "
        "without it can tell who is who.",
    )

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        if self.pseudonymise and self.key is None:
            raise at_key("pseudonymise", "pseudonyms need a `key`, by {env: NAME} or {file: PATH}")
        return self

    def pseudonym_key(self) -> bytes | None:
        """Read the key; None where people appear by name.

        Raises ``MissingSecretError``, for one that is too short, too.
        """
        if not self.pseudonymise or self.key is None:
            return None
        key = self.key.reveal()
        if len(key) < SHORTEST_KEY:
            raise MissingSecretError(
                f"the key of privacy has fewer than {SHORTEST_KEY} characters: take a longer one"
            )
        return key.encode()


class ReportedItem(Settings):
    """An item of a tracker in which people report a status."""

    source: Identifier = Field(
        description="Name of the source; it names the field: `fields.reported` of Jira, "
        "`projects[].reported` of GitHub."
    )
    item: Text = Field(description="Key of the item, such as PAY-1 or acme/api#7.")


class ReportedSettings(Settings):
    """What those who answer for it say of it themselves: here, or in a tracker."""

    status: Literal["green", "amber", "red"] | None = Field(
        default=None, description="The colour they report."
    )
    as_of: Day | None = Field(default=None, description="The day they said so.")
    by: str | None = Field(default=None, description="Who said so.")
    text: str = Field(default="", description="What they say about it.")
    from_: ReportedItem | None = Field(
        default=None, alias="from", description="The item whose field says it, instead of all that."
    )

    @model_validator(mode="after")
    def _says_it_once(self) -> Self:
        if self.from_ is not None:
            written = self.status is not None or self.as_of is not None
            if written or self.by is not None or self.text:
                raise at_key("from", "the tracker says it: leave out `status`, `as_of`, …")
        elif self.status is None:
            raise at_key("status", "write the `status` that is reported, or `from` which item")
        elif self.as_of is None:
            raise at_key("as_of", "write the day on which it was reported")
        return self
