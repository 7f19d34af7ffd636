"""What all settings are made of: strict frozen models, durations, days, secrets by reference."""

import os
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}


class Settings(BaseModel):
    """Base of every part of the settings tree: unknown keys are errors, values never change."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        arbitrary_types_allowed=False,
        hide_input_in_errors=True,
        allow_inf_nan=False,
    )

    @field_validator("*", mode="after")
    @classmethod
    def _from_the_files_folder(cls, value: object, info: ValidationInfo) -> object:
        """Take a relative path from the folder of the file that is being read."""
        if isinstance(value, Path) and info.context is not None:
            try:
                return Path(info.context["folder"]) / value.expanduser()
            except RuntimeError:
                raise ValueError("~ stands for a home folder that does not exist") from None
        return value


def at_key(key: str, message: str) -> PydanticCustomError:
    """Make the error of a model validator that is to point at one of the model's keys.

    The message must not hold a value that may be a secret.
    """
    return PydanticCustomError("at_key", "{message}", {"key": key, "message": message})


class MissingSecretError(Exception):
    """A secret's environment variable or file is not there, or holds nothing that can be used."""


_VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"
# What GitHub, GitLab, Slack and Atlassian begin their tokens with: somebody took "env" for the
# place of the token itself.
_TOKEN = re.compile(r"(gh[pousr]_|github_pat_|glpat-|xox[a-z]-|ATATT|ATCTT)\w")


class Secret(Settings):
    """A secret by reference, read when it is used: an environment variable or a file."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["env"]}, {"required": ["file"]}],
            "examples": ["{env: NAME}"],
        }
    )

    env: str | None = Field(
        default=None, description="Name of the environment variable that holds the secret."
    )
    file: Path | None = Field(
        default=None,
        description="File that holds the secret; relative to the folder of slipwatch.yaml.",
    )

    @model_validator(mode="before")
    @classmethod
    def refuse_literals(cls, value: object) -> object:
        """Refuse a literal without repeating it."""
        if isinstance(value, (dict, Secret)):
            return value
        raise PydanticCustomError(
            "secret_literal",
            "a secret is never written into the file: "
            "write {{env: NAME_OF_A_VARIABLE}} or {{file: /path/to/a/file}}",
        )

    @model_validator(mode="after")
    def exactly_one(self) -> Self:
        """Take exactly one of the two, and no token in place of a variable's name."""
        if (self.env is None) == (self.file is None):
            raise ValueError("write either {env: NAME} or {file: PATH}")
        if self.env is not None:
            if _TOKEN.match(self.env):
                raise at_key(
                    "env",
                    "this looks like the secret itself; "
                    "write the name of an environment variable that holds it",
                )
            if re.match(_VARIABLE, self.env) is None:
                raise at_key("env", "expected the name of an environment variable, letters and _")
        return self

    def reveal(self) -> str:
        """Read the secret; raises ``MissingSecretError`` saying which reference failed."""
        if self.env is not None:
            return read_variable(self.env)
        assert self.file is not None
        try:
            secret = self.file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise MissingSecretError(f"cannot read {self.file}: {error.strerror}") from None
        except ValueError:
            raise MissingSecretError(f"{self.file} does not hold text in UTF-8") from None
        if not secret:
            raise MissingSecretError(f"{self.file} is empty")
        return secret


def read_variable(name: str) -> str:
    """Read an environment variable; raises ``MissingSecretError`` when it is unset or empty."""
    value = os.environ.get(name)
    if value is None:
        raise MissingSecretError(f"the environment variable {name} is not set")
    if not value.strip():
        raise MissingSecretError(f"the environment variable {name} is empty")
    return value.strip()


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    match = (
        re.fullmatch(r"([0-9]{1,6})\s*([smhdw])", value.strip()) if isinstance(value, str) else None
    )
    if match is None:
        raise ValueError("expected a duration such as 30s, 5m, 24h or 7d")
    duration = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if not duration:
        raise ValueError("expected a duration of more than nothing, such as 30s, 5m, 24h or 7d")
    return duration


def duration_text(value: timedelta) -> str:
    """Write a span of time in the largest unit that fits."""
    seconds = round(value.total_seconds())
    unit = next(unit for unit, length in _SECONDS.items() if seconds % length == 0)
    return f"{seconds // _SECONDS[unit]}{unit}"


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(duration_text, return_type=str),
    WithJsonSchema(
        {"type": "string", "pattern": r"^[0-9]{1,6}\s*[smhdw]$", "examples": ["30s", "5m", "24h"]}
    ),
]
"""A span of time, written ``30s``, ``5m``, ``24h``, ``7d`` or ``2w``."""


def _day(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("expected a date such as 2027-01-15")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value} is not a date: no calendar has that day") from None


Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2027-01-15"]}),
]
"""A day of the program, written ``2027-01-15``."""

JsonSchema = dict[str, Any]
