"""Fields in which a tracker keeps what registers ask of a risk, an issue or a decision.

They are read into ``Item.told``, by what they are for; nothing is ever written to a tracker.
"""

from collections.abc import Mapping
from typing import Any, cast

from pydantic import Field

from slipwatch.config.base import Settings

_NAMES = ("value", "name", "displayName", "login", "raw")
"""Where an option, an account or a rendered text says what people see."""


class RegisterFields(Settings):
    """Which fields say what labels would have to say of a risk or an issue otherwise.

    They are read from the tracker into the register, never written; a field that is set outweighs
    a label. Numbers, dates, texts, choices and accounts are understood.
    """

    probability: str | None = Field(
        default=None,
        description="How likely: a number from 0 to 1, a share such as 30 %, or a word of "
        "`risk_scale.probability`.",
    )
    impact: str | None = Field(
        default=None, description="How costly: an amount, or a word of `risk_scale.impact`."
    )
    owner: str | None = Field(
        default=None, description="Who answers for it; default: the assignee."
    )
    response: str | None = Field(
        default=None, description="avoid, mitigate, transfer, accept or escalate."
    )
    mitigation: str | None = Field(default=None, description="How it is kept small.")
    review: str | None = Field(
        default=None, description="When it is to be looked at again; default: the due date."
    )
    reviewed: str | None = Field(
        default=None, description="When it was last looked at; default: the last edit."
    )
    approver: str | None = Field(default=None, description="Who accepted it.")
    expires: str | None = Field(default=None, description="The last day it is accepted.")
    severity: str | None = Field(
        default=None, description="Of an issue: low, medium, high or critical."
    )

    def named(self) -> dict[str, str]:
        """Give what is configured, by what it is for."""
        return {purpose: name for purpose, name in self if name is not None}


def told(values: Mapping[str, object]) -> tuple[str, ...]:
    """Write what fields say as ``Item.told`` has it, by what each is for."""
    found = ((purpose, shown(value)) for purpose, value in values.items())
    return tuple(f"{purpose}:{text}" for purpose, text in found if text is not None)


def shown(value: object) -> str | None:
    """Give what a field's value looks like to people, on one line; None where it is empty."""
    match value:
        case str():
            return " ".join(value.split()) or None
        case bool() | None:
            return None
        case int() | float():
            return f"{value:.6f}".rstrip("0").rstrip(".")
        case list():
            every = map(shown, cast("list[object]", value))
            return next((text for text in every if text is not None), None)
        case dict():
            parts = cast("dict[str, Any]", value)
            return next((text for name in _NAMES if (text := shown(parts.get(name)))), None)
        case _:
            return None
