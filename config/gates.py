"""Stage gates: what must be true before the next stage begins, and who says that it may."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Literal, Self, cast

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from .base import Day, Duration, Settings, at_key
from .forms import EntryId, Text

YEAR = timedelta(days=365)


def _several(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value


Names = Annotated[
    tuple[Text, ...],
    BeforeValidator(_several),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "examples": ["dana"]},
                {"type": "array", "items": {"type": "string"}},
            ]
        }
    ),
]
"""One person, or several."""
Milestones = Annotated[
    tuple[Text, ...],
    BeforeValidator(_several),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "examples": ["payments/api-ga"]},
                {"type": "array", "items": {"type": "string"}},
            ]
        }
    ),
]
"""One milestone, or several."""


class TrackerIssueSettings(Settings):
    """An issue or a pull request in which somebody says yes.

    An issue that is closed as done approves, by its assignee; closed otherwise it refuses. A pull
    request of GitHub approves by its reviews: the last one of each reviewer counts unless it was
    dismissed, none that asks for changes may stand, and its author's own is none. Without reviews
    it approves once it is merged, by who merged it; closed without that it refuses.
    """

    issue: Text = Field(description="Its key, such as PAY-12 or acme/api#7.")
    source: str | None = Field(
        default=None, description="Its source; default: the one that has such a key."
    )
    reviews: int | None = Field(
        default=None,
        ge=1,
        description="So many people have to approve the pull request in reviews; then merging it "
        "alone is no approval. Default: one, or the merge.",
    )
    by: Names = Field(
        default=(),
        description="Who may approve, by `id` of `people` or as the tracker calls them; others do "
        "not count. Default: everybody.",
    )


class EvidenceSettings(Settings):
    """Items of the program that are evidence once they are done."""

    label: Text = Field(default="evidence", description="The label that they carry.")
    valid_for: Duration = Field(
        default=YEAR, description="How long it counts after it was done.", examples=["365d"]
    )


class NeedSettings(Settings):
    """One criterion of a gate: exactly one of its kinds, or a control with its evidence."""

    title: str = Field(default="", description="What people call it.")
    milestone: str | None = Field(default=None, description="A milestone that has to be done.")
    approval: TrackerIssueSettings | None = Field(
        default=None,
        description="An issue that has to be closed as done, or a pull request to be approved.",
    )
    control: str | None = Field(
        default=None, description="A control that needs evidence, such as CMMC-AC.L2-3.1.1."
    )
    evidence: EvidenceSettings | None = Field(
        default=None,
        description="Items that have to be done: with a `control`, those that carry its id as a "
        "label, too.",
    )

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        kinds = ("milestone", "approval", "control")
        given = [kind for kind in kinds if getattr(self, kind) is not None]
        if len(given) > 1:
            raise at_key(given[1], f"`{given[0]}` and `{given[1]}` are two criteria: write two")
        if not given and self.evidence is None:
            raise ValueError("say what it asks for: milestone, approval, control or evidence")
        if given and given != ["control"] and self.evidence is not None:
            raise at_key("evidence", f"`{given[0]}` and `evidence` are two criteria: write two")
        return self


class GateDecisionSettings(Settings):
    """What was decided at a gate."""

    state: Literal["approved", "rejected"] = Field(description="Whether the next stage may begin.")
    by: Text = Field(description="Who decided.")
    decided: Day = Field(description="When.")
    reference: str = Field(default="", description="Where that can be looked up.")


class GateSettings(Settings):
    """A gate between two stages."""

    id: EntryId = Field(description="Unique in its program.")
    title: str = Field(default="", description="What people call it.")
    before: Milestones = Field(
        default=(),
        description="The milestones of the next stage: no work on them before it is approved.",
    )
    due: Day | None = Field(default=None, description="When it is to be passed.")
    asked: Day | None = Field(
        default=None,
        description="Since when a decision is waited for; default: since its issue was raised.",
    )
    needs: tuple[NeedSettings, ...] = Field(default=(), description="What must be true.")
    approval: TrackerIssueSettings | None = Field(
        default=None, description="The issue or pull request in which it is decided."
    )
    decision: GateDecisionSettings | None = Field(
        default=None, description="What was decided; it outweighs the issue."
    )

    def approvals(self) -> Iterator[TrackerIssueSettings]:
        """Give the issues in which it, or one of its criteria, is decided."""
        for approval in (self.approval, *(need.approval for need in self.needs)):
            if approval is not None:
                yield approval
