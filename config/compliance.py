"""What a program has to show that it works within the law; slipwatch certifies nothing."""

from typing import Literal, Self

from pydantic import Field, model_validator

from .base import Day, Duration, Settings, at_key
from .catalogues import CatalogueName
from .forms import Text
from .gates import YEAR
from .selectors import Selector

Data = Literal["ephi", "cui", "fci"]


class ControlSettings(Settings):
    """A control, and what shows that it is in place, where no tracker item does."""

    id: Text = Field(
        description="Its id, such as CMMC-AC.L2-3.1.1 or HIPAA-164.312(b); own ones may be added."
    )
    title: str = Field(default="", description="What an own one is called.")
    artefact: str = Field(default="", description="Page of what shows it.")
    reviewer: str | None = Field(default=None, description="Who looked at that.")
    reviewed: Day | None = Field(default=None, description="When.")
    not_applicable: str = Field(default="", description="Why it does not apply here.")

    @model_validator(mode="after")
    def _applies_or_not(self) -> Self:
        if self.not_applicable and (self.artefact or self.reviewed):
            raise at_key("not_applicable", "what does not apply needs no evidence: remove one")
        return self


class PoamSettings(Settings):
    """An item of the plan of action and milestones, or where a tracker keeps them.

    A tracker's item names its control by its id as a label.
    """

    from_: Selector | None = Field(
        default=None, alias="from", description="Every item that this means is one."
    )
    control: Text | None = Field(default=None, description="The control that is not met yet.")
    opened: Day | None = Field(
        default=None,
        description="When it was written down; its clock runs from the conditional status date "
        "where there is one.",
    )
    closed: Day | None = Field(default=None, description="When it was met.")
    owner: str | None = Field(default=None, description="Who answers for it.")

    @model_validator(mode="after")
    def _is_one_or_many(self) -> Self:
        if (self.from_ is None) == (self.control is None):
            raise ValueError("write either the `control`, or `from` for those of a tracker")
        return self


class AgreementSettings(Settings):
    """An agreement with somebody outside who works on protected data."""

    provider: Text = Field(description="As the `owner` of its external milestones is called.")
    kind: Literal["baa", "flow-down"] = Field(
        description="A business associate contract (baa), or CMMC requirements that flow down."
    )
    reference: Text = Field(description="Where it can be looked up.")
    signed: Day = Field(description="When it was signed.")
    expires: Day | None = Field(default=None, description="The last day it holds.")


class RiskAnalysisSettings(Settings):
    """The analysis of risks to protected data, 45 CFR 164.308(a)(1)(ii)(A)."""

    done: Day = Field(description="When it was last done.")
    reference: str = Field(default="", description="Where it can be looked up.")


class ComplianceSettings(Settings):
    """What a program has to show that it works within the law."""

    catalogues: tuple[CatalogueName, ...] = Field(
        default=(), description="Catalogues whose controls all need evidence."
    )
    scope: tuple[Selector, ...] = Field(
        default=(),
        description="Items that may carry such labels beside those of the program's projects.",
    )
    controls: tuple[ControlSettings, ...] = Field(
        default=(), description="Controls with what shows them, beside the labels of trackers."
    )
    evidence_label: Text = Field(
        default="evidence",
        description="The label of items that are evidence: with the id of a control as another.",
    )
    evidence_valid_for: Duration = Field(
        default=YEAR, description="After so long evidence has to be reviewed.", examples=["365d"]
    )
    conditional_status: Day | None = Field(
        default=None, description="The Conditional CMMC Status Date, from which POA&M clocks run."
    )
    assessed: Day | None = Field(default=None, description="The last CMMC assessment.")
    affirmed: Day | None = Field(
        default=None, description="The last affirmation of continuing compliance."
    )
    poam: tuple[PoamSettings, ...] = Field(
        default=(), description="The plan of action and milestones (POA&M)."
    )
    risk_analysis: RiskAnalysisSettings | None = Field(
        default=None, description="The last analysis of risks to protected data."
    )
    agreements: tuple[AgreementSettings, ...] = Field(
        default=(), description="Agreements with those outside who work on protected data."
    )
