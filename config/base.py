"""What all settings are made of: strict frozen models, durations, secrets by reference."""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Settings(BaseModel):
    """Base of every part of the settings tree: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=False)


class MissingSecretError(Exception):
    """A secret's environment variable is not set, or its file cannot be read."""


class Secret(Settings):
    """A secret by reference: ``{env: NAME}`` or ``{file: PATH}``, read when it is used."""

    env: str | None = None
    file: Path | None = None

    @model_validator(mode="before")
    @classmethod
    def refuse_literals(cls, value: object) -> object:
        """Refuse a literal without repeating it."""
        if isinstance(value, (str, int, float)):
            raise ValueError(
                "a secret is never written into the file: "
                "write {env: NAME_OF_A_VARIABLE} or {file: /path/to/a/file}"
            )
        return value

    @model_validator(mode="after")
    def exactly_one(self) -> Self:
        """Take exactly one of the two."""
        if (self.env is None) == (self.file is None):
            raise ValueError("write either {env: NAME} or {file: PATH}")
        return self

    def reveal(self) -> str:
        """Read the secret; raises ``MissingSecretError`` saying which reference failed."""
        if self.env is not None:
            try:
                return os.environ[self.env].strip()
            except KeyError:
                raise MissingSecretError(
                    f"the environment variable {self.env} is not set"
                ) from None
        assert self.file is not None
        try:
            return self.file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise MissingSecretError(f"cannot read {self.file}: {error.strerror}") from None


def _duration(value: object) -> object:
    if isinstance(value, str):
        match = re.fullmatch(r"(\d+)\s*([smhdw])", value.strip())
        if match is None:
            raise ValueError("expected a duration such as 30s, 5m, 24h or 7d")
        return timedelta(**{_UNITS[match[2]]: int(match[1])})
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
"""A span of time, written ``30s``, ``5m``, ``24h``, ``7d`` or ``2w``."""

JsonSchema = dict[str, Any]
