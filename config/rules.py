"""Which rules judge, where and with what thresholds, and which findings somebody accepted."""

from datetime import date, timedelta
from typing import Final, Self

from pydantic import Field, model_validator

from .base import Day, Settings, at_key
from .forms import RuleId, Text

LONGEST_WAIVER: Final = timedelta(days=90)
"""What is accepted for longer is no exception any more: it belongs into the plan."""


class RulesSettings(Settings):
    """Which rules judge, and with what thresholds."""

    disable: tuple[RuleId, ...] = Field(default=(), description="Rules that are not applied.")
    settings: dict[RuleId, dict[str, float]] = Field(
        default_factory=dict[str, dict[str, float]],
        description="Thresholds by rule, such as `SCH-005: {moves: 4}`.",
    )


class RuleOverrides(RulesSettings):
    """What is different here; what is written nearest to a finding's subject counts."""

    enable: tuple[RuleId, ...] = Field(
        default=(), description="Rules that are applied here although they are not further up."
    )

    @model_validator(mode="after")
    def _is_of_one_mind(self) -> Self:
        both = sorted(set(self.enable) & set(self.disable))
        if both:
            raise at_key("enable", f"{both[0]} is disabled here as well: remove one of the two")
        return self


class WaiverSettings(Settings):
    """A finding that somebody accepted, until a day."""

    rule: RuleId = Field(description="The rule whose finding is accepted.")
    subject: Text = Field(
        description="What the finding is about, such as `checkout/payments/api-ga`."
    )
    approver: Text = Field(description="Who accepted it.")
    reason: Text = Field(description="Why.")
    approved: Day | None = Field(
        default=None,
        description="The first day it holds; without it, it holds from the day it is written.",
    )
    expires: Day = Field(
        description="The last day it holds: at most 90 days after `approved`, or else after today."
    )

    @model_validator(mode="after")
    def _is_an_exception(self) -> Self:
        if self.approved is None:
            return self
        if self.expires < self.approved:
            raise at_key("expires", f"it is over before it begins, {self.approved}")
        if self.lasts_too_long(self.approved):
            raise at_key("expires", too_long(self.approved))
        return self

    def lasts_too_long(self, today: date) -> bool:
        """Say whether it accepts too much in advance, when it is written or approved on a day."""
        return self.expires - (self.approved or today) > LONGEST_WAIVER

    def holds_on(self, day: date) -> bool:
        """Say whether it holds on a day."""
        return (self.approved is None or self.approved <= day) and day <= self.expires


def too_long(begins: date) -> str:
    """Say what is wrong with a waiver that lasts too long, and what it may say instead."""
    return (
        f"a waiver holds for {LONGEST_WAIVER.days} days at most: write {begins + LONGEST_WAIVER} "
        "or earlier, and renew it when it is over"
    )
