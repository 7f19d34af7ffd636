"""What an operator writes about a plan that lives in a file."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from slipwatch.config.sources import SourceSettings

from .sheet import COLUMNS


class FileSettings(SourceSettings):
    """A sheet or document with items and milestones, see docs/file-connector.md."""

    kind: Literal["file"] = Field(  # pyright: ignore[reportIncompatibleVariableOverride]  # settings are frozen
        description="Which connector reads it."
    )
    path: Path = Field(
        description="A .csv, .yaml, .yml or .json file; relative to the file this is written in."
    )
    columns: dict[str, str] = Field(
        default_factory=dict[str, str],
        description="Which header of the sheet stands for a column of ours: {due: Deadline}.",
    )

    @field_validator("columns")
    @classmethod
    def _are_ours(cls, value: dict[str, str]) -> dict[str, str]:
        for column in value:
            if column not in COLUMNS:
                raise ValueError(f"{column!r} is no column: choose from {', '.join(COLUMNS)}")
        return value
