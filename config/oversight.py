"""Registers of a program: risks, issues, actions, decisions, and who met when to steer it."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .base import Day, Settings, at_key
from .forms import EntryId, Text
from .selectors import Selector

Level = Literal["low", "medium", "high", "critical"]
Response = Literal["avoid", "mitigate", "transfer", "accept", "escalate"]

Share = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0)]


class RegisterSettings(Settings):
    """An entry of a register, or, with `from`, where a tracker keeps such entries."""

    from_: Selector | None = Field(
        default=None,
        alias="from",
        description="Every item that this means is an entry: open until it is done, of its "
        "assignee, about the milestones that it belongs to, is linked with, or names in a label "
        "such as `milestone:payments/api-ga`.",
    )
    id: EntryId | None = Field(default=None, description="Unique in its register.")
    title: str = Field(default="", description="What people call it.")
    owner: str | None = Field(default=None, description="Who answers for it.")
    raised: Day | None = Field(default=None, description="The day it was written down.")
    milestones: tuple[str, ...] = Field(
        default=(),
        description="The milestones it is about: `program/project/milestone`, `project/milestone`, "
        "or the milestone alone where the program has one of that name only.",
    )
    url: str = Field(default="", description="Page to link to.")

    @model_validator(mode="after")
    def _is_one_or_many(self) -> Self:
        if self.from_ is None:
            if self.id is None:
                raise at_key("id", "give it an `id`, or say with `from` where a tracker has it")
            return self
        further = sorted(
            name
            for name in self.model_fields_set - {"from_"}
            if getattr(self, name) != type(self).model_fields[name].default
        )
        if further:
            raise at_key(
                further[0], f"`from` takes all of it from the tracker: leave `{further[0]}` out"
            )
        return self


class RiskSettings(RegisterSettings):
    """Something that may go wrong, or where a tracker keeps such things.

    A tracker's risks tell probability, impact and the rest in the fields that `fields.register` of
    their source names, or else in labels: `probability:0.3` or `probability-high`, `impact:80000`
    or `impact-medium`, also with `risk-` before. Their due date is the next review, and an edit
    counts as one, unless fields say it.
    """

    probability: Share | None = Field(default=None, description="How likely it is, from 0 to 1.")
    impact: Amount | None = Field(
        default=None, description="What it would cost, in the program's currency."
    )
    response: Response = Field(
        default="mitigate", description="What is done about it; accepted ones need an approver."
    )
    mitigation: str = Field(default="", description="How it is kept from happening, or small.")
    reviewed: Day | None = Field(default=None, description="When it was last looked at.")
    review_by: Day | None = Field(default=None, description="When it is to be looked at again.")
    approver: str | None = Field(default=None, description="Who accepted it.")
    expires: Day | None = Field(default=None, description="The last day it is accepted.")
    closed: Day | None = Field(default=None, description="The day it was settled.")


class IssueSettings(RegisterSettings):
    """Something that went wrong and has to be settled, or where a tracker keeps such things."""

    severity: Level | None = Field(default=None, description="How grave it is.")
    due: Day | None = Field(default=None, description="When it is to be settled.")
    closed: Day | None = Field(default=None, description="The day it was settled.")


class ActionSettings(RegisterSettings):
    """Something that somebody has to do, or where a tracker keeps such things.

    A tracker's action belongs to the risk or issue that it is linked with or names in a label such
    as `risk:R1`.
    """

    due: Day | None = Field(default=None, description="When it is to be done.")
    done: Day | None = Field(default=None, description="The day it was done.")
    risk: str | None = Field(default=None, description="The risk that it is to make smaller.")
    issue: str | None = Field(default=None, description="The issue that it is to settle.")


class DecisionSettings(RegisterSettings):
    """Something that has to be decided or was, or where a tracker keeps such things."""

    due: Day | None = Field(default=None, description="When it is needed.")
    decided: Day | None = Field(default=None, description="The day it was taken.")
    by: str | None = Field(default=None, description="Who took it.")
    outcome: str = Field(default="", description="What was decided.")


class MeetingSettings(Settings):
    """A meeting of those who steer the program."""

    held: Day = Field(description="When they met.")
    minutes: str = Field(default="", description="Page of the minutes.")


class BandSettings(Settings):
    """From which exposure on a risk is how grave; what is less is low."""

    medium: Amount = Field(default=10_000.0, description="A risk of this exposure is medium.")
    high: Amount = Field(default=50_000.0, description="A risk of this exposure is high.")
    critical: Amount = Field(default=250_000.0, description="A risk of this exposure is critical.")

    @model_validator(mode="after")
    def _rise(self) -> Self:
        for lower, upper in (("medium", "high"), ("high", "critical")):
            if getattr(self, upper) <= getattr(self, lower):
                raise at_key(upper, f"`{upper}` is more than `{lower}`")
        return self


class RiskScaleSettings(Settings):
    """How risks are measured: exposure is probability times impact."""

    probability: dict[Text, Share] = Field(
        default_factory=lambda: {
            "very-low": 0.05,
            "low": 0.2,
            "medium": 0.4,
            "high": 0.7,
            "very-high": 0.9,
        },
        description="What words for a probability mean; default: very-low 0.05, low 0.2, medium "
        "0.4, high 0.7, very-high 0.9.",
    )
    impact: dict[Text, Amount] = Field(
        default_factory=lambda: {
            "very-low": 2_000.0,
            "low": 10_000.0,
            "medium": 50_000.0,
            "high": 200_000.0,
            "very-high": 1_000_000.0,
        },
        description="What words for an impact mean, in the program's currency; default: very-low "
        "2000, low 10000, medium 50000, high 200000, very-high 1000000.",
    )
    bands: BandSettings = Field(
        default_factory=BandSettings, description="From which exposure on a risk is how grave."
    )
